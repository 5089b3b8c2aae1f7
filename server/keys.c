/* What the server signs with: DIR/log.key, and DIR/log-….key for those that cairnd key made. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "log/evidence/armour.h"
#include "server/command.h"

/* "log.key", and "log-" with eight digits. */
static bool is_key_file(const char *name)
{
    size_t len = strlen(name);

    if (strcmp(name, "log.key") == 0) return true;
    return len == 16 && strncmp(name, "log-", 4) == 0 && strspn(name + 4, "0123456789abcdef") == 8 &&
           strcmp(name + 12, ".key") == 0;
}

static enum err keys_take(const struct key_file *file, struct span origin, const char *name, struct log_keys *ret)
{
    if (file->role != KEY_LOG) return ERR_WRONG_KIND;
    if (!span_equal(file->name, origin)) return ERR_WRONG_KIND;
    for (size_t i = 0; i < file->count; i++) TRY(log_keys_add(ret, file->key[i].purposes, file->key[i].seed, name));
    return ERR_OK;
}

static enum err file_take(const char *dir, const char *name, struct span origin, struct log_keys *ret)
{
    uint8_t room[KEY_FILE_SIZE_MAX], *text;
    struct out bytes = out_over(room, sizeof(room));
    enum armour_kind kind = ARMOUR_KEY;
    struct key_file file;
    char path[FILE_PATH_MAX];
    size_t len;
    enum err e;

    TRY(file_path(dir, name, path));
    TRY(file_private(path));
    TRY(file_read(path, 4 * KEY_FILE_SIZE_MAX, &text, &len));
    e = armour_decode(span_of(text, len), &bytes, &kind);
    if (e == ERR_OK && kind != ARMOUR_KEY) e = ERR_WRONG_KIND;
    if (e == ERR_OK) e = key_file_decode(out_span(&bytes), &file);
    if (e == ERR_OK) e = keys_take(&file, origin, name, ret);
    secret_wipe(text, len);
    secret_wipe(room, sizeof(room));
    secret_wipe(&file, sizeof(file));
    free(text);
    return e;
}

enum err command_keys(const char *dir, struct span origin, struct log_keys *ret, char why[200])
{
    const struct dirent *entry;
    enum err e = ERR_OK;
    DIR *files = opendir(dir);

    ret->count = 0;
    if (files == NULL) return errno == ENOENT ? ERR_NO_FILE : ERR_NOT_READABLE;
    while (e == ERR_OK && (entry = readdir(files)) != NULL) {
        if (!is_key_file(entry->d_name)) continue;
        e = file_take(dir, entry->d_name, origin, ret);
        if (e != ERR_OK) snprintf(why, 200, "%.24s", entry->d_name);
    }
    closedir(files);
    if (e != ERR_OK || ret->count > 0) return e;
    snprintf(why, 200, "no log.key");
    return ERR_NO_FILE;
}

enum err command_key_write(const char *dir, const char *name, struct key_file *file)
{
    uint8_t room[KEY_FILE_SIZE_MAX], text[4 * KEY_FILE_SIZE_MAX];
    struct out bytes = out_over(room, sizeof(room)), o = out_over(text, sizeof(text));
    enum err e;

    key_file_encode(file, &bytes);
    e = out_check(&bytes);
    if (e == ERR_OK) e = armour_encode(ARMOUR_KEY, out_span(&bytes), &o);
    if (e == ERR_OK) e = file_write_durable(dir, name, out_span(&o), 0600);
    secret_wipe(room, sizeof(room));
    secret_wipe(text, sizeof(text));
    secret_wipe(file, sizeof(*file));
    return e;
}
