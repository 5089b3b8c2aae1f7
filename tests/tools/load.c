/* cairn-load: arguments to modes; nothing else. See load.h. */
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>

#include "log/base/codec.h"
#include "server/shell/options.h"
#include "tests/tools/load.h"

static int usage(void)
{
    fprintf(stderr, "usage: cairn-load setup URL --operator FILE --out DIR [--issuers K]\n"
                    "       cairn-load run   URL --dir DIR --journal FILE [--clients N] [--count N] [--seconds S]\n"
                    "                        [--watch MS] [--payload BYTES] [--wait-every N]\n"
                    "       cairn-load grow  URL --dir DIR --size N [--clients N]\n"
                    "       cairn-load check URL --journal FILE [--seen | --whole] [--patience S]\n"
                    "exit codes: 0 as wanted, 1 not, 2 usage, 3 the log went away\n");
    return LOAD_USAGE;
}

static bool number(int *argc, char **argv, const char *name, uint64_t standard, uint64_t least, uint64_t most,
                   uint64_t *ret)
{
    const char *word = option_value(argc, argv, name);

    *ret = standard;
    if (word == NULL) return true;
    return decimal_decode(span_text(word), most, ret) == ERR_OK && *ret >= least;
}

static int setup(int argc, char **argv)
{
    const char *key = option_value(&argc, argv, "--operator"), *out = option_value(&argc, argv, "--out");
    uint64_t issuers;

    if (!number(&argc, argv, "--issuers", 4, 1, ISSUERS_MAX, &issuers)) return usage();
    if (argc != 1 || key == NULL || out == NULL) return usage();
    return ground_setup(argv[0], key, out, (size_t)issuers);
}

static int run(int argc, char **argv)
{
    const char *dir = option_value(&argc, argv, "--dir");
    struct run_options o = {.journal = option_value(&argc, argv, "--journal")};
    uint64_t clients, seconds, watch, payload, wait;
    struct ground *g = calloc(1, sizeof(*g));
    int code;

    ASSERT(g != NULL);
    if (!number(&argc, argv, "--clients", 4, 1, 1024, &clients) ||
        !number(&argc, argv, "--count", 0, 1, 1U << 30, &o.count) ||
        !number(&argc, argv, "--seconds", 0, 1, 86400, &seconds) ||
        !number(&argc, argv, "--watch", 50, 1, 60000, &watch) ||
        !number(&argc, argv, "--payload", 0, 1, 65000, &payload) ||
        !number(&argc, argv, "--wait-every", 16, 0, 1U << 30, &wait))
        return usage();
    if (argc != 1 || dir == NULL || o.journal == NULL) return usage();
    o.url = argv[0];
    o.clients = (unsigned)clients;
    o.seconds = (unsigned)seconds;
    o.watch_ms = (unsigned)watch;
    o.payload = (size_t)payload;
    o.wait_every = (unsigned)wait;
    code = ground_read(dir, g) ? load_run(g, &o) : LOAD_USAGE;
    free(g);
    return code;
}

static int grow(int argc, char **argv)
{
    const char *dir = option_value(&argc, argv, "--dir");
    struct ground *g = calloc(1, sizeof(*g));
    uint64_t size, clients;
    int code;

    ASSERT(g != NULL);
    if (!number(&argc, argv, "--size", 0, 1, 1U << 30, &size) ||
        !number(&argc, argv, "--clients", 16, 1, 1024, &clients))
        return usage();
    if (argc != 1 || dir == NULL || size == 0) return usage();
    code = ground_read(dir, g) ? load_grow(g, argv[0], size, (unsigned)clients) : LOAD_USAGE;
    free(g);
    return code;
}

static int check(int argc, char **argv)
{
    const char *journal = option_value(&argc, argv, "--journal");
    bool seen = option_flag(&argc, argv, "--seen"), whole = option_flag(&argc, argv, "--whole");
    uint64_t patience;

    if (!number(&argc, argv, "--patience", 30, 1, 3600, &patience)) return usage();
    if (argc != 1 || journal == NULL || (seen && whole)) return usage();
    return load_check(argv[0], journal, seen ? CHECK_SEEN : whole ? CHECK_WHOLE : CHECK_ALL, (unsigned)patience);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *word;
        int (*run)(int argc, char **argv);
    } modes[] = {{"setup", setup}, {"run", run}, {"grow", grow}, {"check", check}};

    signal(SIGPIPE, SIG_IGN);
    if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != 0 || argc < 2) return usage();
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (size_t i = 0; i < COUNT_OF(modes); i++)
        if (strcmp(argv[1], modes[i].word) == 0) return modes[i].run(argc - 2, argv + 2);
    return usage();
}
