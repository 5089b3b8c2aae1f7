/* DIR/log.key: what the server signs with. */
#include <stdlib.h>

#include "log/evidence/armour.h"
#include "server/command.h"

static enum err keys_take(const struct key_file *file, struct span origin, struct log_keys *ret)
{
    bool checkpoint = false, seal = false;
    struct public_key key;

    if (file->role != KEY_LOG) return ERR_WRONG_KIND;
    if (!span_equal(file->name, origin)) return ERR_WRONG_KIND;
    for (size_t i = 0; i < file->count; i++) {
        if (file->key[i].purposes & PURPOSE_CHECKPOINT) {
            secret_key_from_seed(file->key[i].seed, &ret->checkpoint);
            checkpoint = true;
        }
        if (file->key[i].purposes & PURPOSE_SEAL) {
            secret_key_from_seed(file->key[i].seed, &ret->seal);
            seal = true;
        }
    }
    if (!checkpoint || !seal) return ERR_WRONG_KIND;
    key = secret_key_public(&ret->checkpoint);
    vkey_make(origin, NOTE_ED25519, &key, &ret->vkey);
    key = secret_key_public(&ret->seal);
    ret->seal_kid = cose_key_thumbprint(&key);
    return ERR_OK;
}

enum err command_keys(const char *dir, struct span origin, struct log_keys *ret)
{
    uint8_t room[KEY_FILE_SIZE_MAX], *text;
    struct out bytes = out_over(room, sizeof(room));
    enum armour_kind kind = ARMOUR_KEY;
    struct key_file file;
    char path[FILE_PATH_MAX];
    size_t len;
    enum err e;

    TRY(file_path(dir, "log.key", path));
    TRY(file_private(path));
    TRY(file_read(path, 4 * KEY_FILE_SIZE_MAX, &text, &len));
    e = armour_decode(span_of(text, len), &bytes, &kind);
    if (e == ERR_OK && kind != ARMOUR_KEY) e = ERR_WRONG_KIND;
    if (e == ERR_OK) e = key_file_decode(out_span(&bytes), &file);
    if (e == ERR_OK) e = keys_take(&file, origin, ret);
    secret_wipe(text, len);
    secret_wipe(room, sizeof(room));
    secret_wipe(&file, sizeof(file));
    free(text);
    return e;
}
