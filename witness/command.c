/* See command.h. */
#include "witness/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "log/evidence/armour.h"

int command_fail(enum err e, const char *what, const char *found)
{
    return say_failure("cairn-witness", e, what, found);
}

enum err command_settings(const char *dir, uint8_t **ret_text, struct settings *ret, char ret_where[200])
{
    char path[FILE_PATH_MAX];
    uint8_t *text;
    size_t len;
    enum err e;

    TRY(file_path(dir, SETTINGS_FILE, path));
    TRY(file_read(path, SETTINGS_SIZE_MAX, &text, &len));
    e = settings_decode(span_of(text, len), ret, ret_where);
    if (e != ERR_OK) {
        free(text);
        return e;
    }
    *ret_text = text;
    return ERR_OK;
}

int command_settings_fail(enum err e, const char *dir, const char *where)
{
    if (e != ERR_NO_FILE) return command_fail(e, SETTINGS_FILE, where);
    fprintf(stderr, "cairn-witness: %s is not a witness: it has no %s\n", dir, SETTINGS_FILE);
    fprintf(stderr, "  make one: cairn-witness init %s --name NAME\n", dir);
    return EXIT_USAGE;
}

static enum err key_take(const struct key_file *file, struct span name, struct cosigner *ret, char why[200])
{
    struct public_key key;

    if (file->role != KEY_WITNESS || file->count != 1) {
        snprintf(why, 200, "a key file that is not a witness's");
        return ERR_WRONG_KIND;
    }
    if (!span_equal(file->name, name)) {
        snprintf(why, 200, "the key of another name than %s says", SETTINGS_FILE);
        return ERR_WRONG_KIND;
    }
    secret_key_from_seed(file->key[0].seed, &ret->key);
    key = secret_key_public(&ret->key);
    vkey_make(name, NOTE_COSIGNATURE, &key, &ret->vkey);
    return ERR_OK;
}

static enum err key_decode(struct span text, struct span name, struct cosigner *ret, char why[200])
{
    uint8_t room[KEY_FILE_SIZE_MAX];
    struct out bytes = out_over(room, sizeof(room));
    enum armour_kind kind = ARMOUR_KEY;
    struct key_file file;
    enum err e = armour_decode(text, &bytes, &kind);

    if (e == ERR_OK && kind != ARMOUR_KEY) e = ERR_WRONG_KIND;
    if (e == ERR_OK) e = key_file_decode(out_span(&bytes), &file);
    if (e == ERR_OK) e = key_take(&file, name, ret, why);
    secret_wipe(room, sizeof(room));
    secret_wipe(&file, sizeof(file));
    return e;
}

enum err command_key(const char *dir, struct span name, struct cosigner *ret, char ret_why[200])
{
    char path[FILE_PATH_MAX];
    struct stat about;
    uint8_t *text;
    size_t len;
    enum err e;

    TRY(file_path(dir, "witness.key", path));
    if (stat(path, &about) == 0 && (about.st_mode & 077) != 0) {
        snprintf(ret_why, 200, "one that others may read; after chmod 600 think about who did");
        return ERR_WRONG_KIND;
    }
    snprintf(ret_why, 200, "no file witness.key that can be read");
    TRY(file_read(path, 4 * KEY_FILE_SIZE_MAX, &text, &len));
    ret_why[0] = 0;
    e = key_decode(span_of(text, len), name, ret, ret_why);
    secret_wipe(text, len);
    free(text);
    return e;
}
