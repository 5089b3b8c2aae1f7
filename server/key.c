/* cairnd key: the next keys of a log, in a file beside those it signs with. They sign nothing until the operator has
 * listed them: cairn log rotate, where the operator's key is. The log may be served meanwhile. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <sodium.h>

#include "server/command.h"

#define SEAL_NAME "seal"

struct making {
    const char *dir;
    struct span origin;
    struct vkey checkpoint, seal;
    char file[OWN_FILE_LEN];
};

static void vkey_of(struct span name, const uint8_t seed[32], struct vkey *ret)
{
    struct secret_key secret;
    struct public_key public;

    secret_key_from_seed(seed, &secret);
    public = secret_key_public(&secret);
    secret_wipe(&secret, sizeof(secret));
    vkey_make(name, NOTE_ED25519, &public, ret);
}

/* Named after the key, so that no file takes the place of another. */
static enum err make(struct making *m)
{
    struct key_file file = {.role = KEY_LOG, .name = m->origin, .count = 2};
    char path[FILE_PATH_MAX];
    const uint8_t *id = m->checkpoint.id;

    file.key[0].purposes = PURPOSE_CHECKPOINT;
    file.key[1].purposes = PURPOSE_SEAL;
    for (size_t i = 0; i < file.count; i++) randombytes_buf(file.key[i].seed, sizeof(file.key[i].seed));
    vkey_of(m->origin, file.key[0].seed, &m->checkpoint);
    vkey_of(SPAN(SEAL_NAME), file.key[1].seed, &m->seal);
    snprintf(m->file, sizeof(m->file), "log-%02x%02x%02x%02x.key", id[0], id[1], id[2], id[3]);
    TRY(file_path(m->dir, m->file, path));
    if (access(path, F_OK) == 0) return ERR_EXISTS;
    return command_key_write(m->dir, m->file, &file);
}

static void say_made(const struct making *m)
{
    uint8_t text[1024];
    struct out o = out_over(text, sizeof(text));

    vkey_encode(&m->checkpoint, &o);
    out_byte(&o, ' ');
    vkey_encode(&m->seal, &o);
    printf("made  %s/%s 0600: the next keys (checkpoints; seals and receipts); they sign nothing yet\n", m->dir,
           m->file);
    printf("next  where operator.key is, and with --stolen when the keys of now are not yours alone any more:\n");
    printf("      cairn log rotate %.*s --key operator.key\n", (int)o.len, (const char *)text);
}

/* Those that are there stay readable with two more. */
static enum err room_check(const struct making *m, char why[200])
{
    struct log_keys there;
    enum err e = command_keys(m->dir, m->origin, &there, why);

    if (e == ERR_OK && there.count + 2 > OWN_KEYS_MAX) {
        snprintf(why, 200, "%zu keys already: delete the files that cairnd serve says are spent", there.count);
        e = ERR_NO_ROOM;
    }
    secret_wipe(&there, sizeof(there));
    return e;
}

int command_key(int argc, char **argv)
{
    static struct config config;
    struct making m = {.dir = argc == 1 ? argv[0] : ""};
    char path[FILE_PATH_MAX], why[200] = "";
    uint8_t *text;
    size_t len;
    enum err e;

    if (argc != 1) {
        fprintf(stderr, "usage: cairnd key DIR\n");
        return EXIT_USAGE;
    }
    e = file_path(m.dir, "cairnd.conf", path);
    if (e == ERR_OK) e = file_read(path, CONFIG_SIZE_MAX, &text, &len);
    if (e != ERR_OK) return command_fail(e, path, "");
    e = config_decode(span_of(text, len), &config, why);
    m.origin = config.origin;
    if (e == ERR_OK) e = room_check(&m, why);
    if (e == ERR_OK) e = make(&m);
    if (e == ERR_OK) say_made(&m);
    free(text);
    return e == ERR_OK ? EXIT_YES : command_fail(e, m.dir, why);
}
