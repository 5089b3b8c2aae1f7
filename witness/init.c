/* cairn-witness init: a key, a folder for states, an example for the proxy, the configuration. The configuration is
 * written last: a folder without it was never finished. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include <sodium.h>

#include "log/base/text.h"
#include "log/evidence/armour.h"
#include "witness/command.h"

static enum err key_write(const char *dir, struct span name, const uint8_t seed[32])
{
    uint8_t room[KEY_FILE_SIZE_MAX], text[4 * KEY_FILE_SIZE_MAX];
    struct out bytes = out_over(room, sizeof(room)), o = out_over(text, sizeof(text));
    struct key_file file = {.role = KEY_WITNESS, .name = name, .count = 1};
    enum err e;

    memcpy(file.key[0].seed, seed, 32);
    key_file_encode(&file, &bytes);
    e = out_check(&bytes);
    if (e == ERR_OK) e = armour_encode(ARMOUR_KEY, out_span(&bytes), &o);
    if (e == ERR_OK) e = file_write_durable(dir, "witness.key", out_span(&o), 0600);
    secret_wipe(room, sizeof(room));
    secret_wipe(text, sizeof(text));
    secret_wipe(&file, sizeof(file));
    return e;
}

/* Up to the first '/': what a proxy listens for. */
static struct span host_of(struct span name)
{
    return span_slice(name, 0, span_find(name, '/'));
}

static void proxy_text(struct span name, const char *listen, struct out *o)
{
    struct span host = host_of(name), path = span_slice(name, host.len, name.len);

    out_text(o, "# nginx: HTTPS in front of this witness. Certificates are your own affair (certbot does it).\n"
                "server {\n    listen 443 ssl;\n    server_name ");
    out_bytes(o, host);
    out_text(o, ";\n    # ssl_certificate …; ssl_certificate_key …;\n\n"
                "    client_max_body_size 80k;\n    location ");
    out_bytes(o, path);
    out_text(o, "/ {\n        proxy_pass http://");
    out_text(o, listen);
    out_text(o, "/;\n        proxy_http_version 1.1;\n        proxy_set_header Connection \"\";\n"
                "        proxy_set_header Host $host;\n        proxy_read_timeout 30s;\n    }\n}\n");
}

static enum err make_all(const char *dir, struct span name, const char *listen, const uint8_t seed[32])
{
    uint8_t text[8192];
    struct out o = out_over(text, sizeof(text));
    char logs[FILE_PATH_MAX];

    TRY(file_path(dir, "logs", logs));
    if (mkdir(logs, 0700) != 0) return ERR_IO;
    TRY(key_write(dir, name, seed));
    proxy_text(name, listen, &o);
    TRY(out_check(&o));
    TRY(file_write_durable(dir, "proxy.example", out_span(&o), 0600));
    o.len = 0;
    settings_write(name, listen, &o);
    TRY(out_check(&o));
    return file_write_durable(dir, SETTINGS_FILE, out_span(&o), 0600);
}

static void say_made(const char *dir, struct span name, const uint8_t seed[32])
{
    uint8_t text[512];
    struct out o = out_over(text, sizeof(text));
    struct secret_key secret;
    struct public_key key;
    struct vkey v;

    secret_key_from_seed(seed, &secret);
    key = secret_key_public(&secret);
    secret_wipe(&secret, sizeof(secret));
    vkey_make(name, NOTE_COSIGNATURE, &key, &v);
    vkey_encode(&v, &o);
    printf("made  %s: %s (commented), witness.key 0600\n", dir, SETTINGS_FILE);
    printf("vkey  %.*s     publish this line; never run a copy of this directory\n", (int)o.len, (const char *)text);
}

/* Names go into the lines of other people's files: what a terminal would not show as it is, is no name. */
static bool name_good(struct span name)
{
    uint8_t text[4 * NOTE_NAME_MAX];
    struct out o = out_over(text, sizeof(text));

    if (!note_name_good(name)) return false;
    text_escape(name, NOTE_NAME_MAX, &o);
    return span_equal(out_span(&o), name);
}

static int run(const char *dir, struct span name, const char *listen)
{
    uint8_t seed[32];
    enum err e;

    if (mkdir(dir, 0700) != 0) {
        fprintf(stderr, "cairn-witness: cannot make %s: %s\n", dir, strerror(errno));
        fprintf(stderr, "  a witness is made in a folder of its own that does not exist yet\n");
        return EXIT_NO;
    }
    randombytes_buf(seed, sizeof(seed));
    e = make_all(dir, name, listen, seed);
    if (e == ERR_OK) say_made(dir, name, seed);
    secret_wipe(seed, sizeof(seed));
    if (e == ERR_OK) return EXIT_YES;
    fprintf(stderr, "cairn-witness: %s is not finished: delete it, then try again\n", dir);
    return command_fail(e, "init", "");
}

int command_init(int argc, char **argv)
{
    char *name = option_value(&argc, argv, "--name"), *listen = option_value(&argc, argv, "--listen");
    struct settings unused;

    if (argc != 1 || name == NULL || argv[0][0] == '-') {
        fprintf(stderr, "usage: cairn-witness init DIR --name NAME [--listen HOST:PORT]\n");
        fprintf(stderr, "  NAME is what the witness is called for ever, like witness.example.org\n");
        return EXIT_USAGE;
    }
    if (listen == NULL) listen = "127.0.0.1:7380";
    if (!name_good(span_text(name))) return command_fail(ERR_BAD_CONFIG, "--name", "a name that keys cannot carry");
    if (settings_listen(&unused, span_text(listen)) != ERR_OK) return command_fail(ERR_BAD_CONFIG, "--listen", listen);
    return run(argv[0], span_text(name), listen);
}
