/* cairn-witness status: what the state files say. Needs no key and disturbs no running witness. */
#include <stdio.h>
#include <stdlib.h>

#include "log/base/text.h"
#include "server/shell/clock.h"
#include "witness/command.h"
#include "witness/keep.h"
#include "witness/say.h"

enum { LOG, SIZE, COSIGNED, REFUSED, COLUMNS };
#define CELL_MAX 1200

struct row {
    char cell[COLUMNS][CELL_MAX];
};

static void ago(uint64_t now, uint64_t time, char ret[CELL_MAX])
{
    static const struct {
        uint64_t below, unit;
        const char *name;
    } units[] = {{120, 1, "s"}, {7200, 60, "min"}, {172800, 3600, "h"}, {UINT64_MAX, 86400, "days"}};
    uint64_t s = now > time ? now - time : 0;
    size_t i = 0;

    while (s >= units[i].below) i++;
    snprintf(ret, CELL_MAX, "%s %s ago", say_size(s / units[i].unit), units[i].name);
}

static void row_fill(const char *dir, struct span origin, struct state *state, struct row *ret)
{
    struct out o = out_over(ret->cell[LOG], CELL_MAX - 1);
    enum err e = keep_read(dir, origin, state);

    memset(ret, 0, sizeof(*ret));
    text_escape(origin, 255, &o);
    ret->cell[LOG][o.len] = 0;
    if (e != ERR_OK) {
        snprintf(ret->cell[SIZE], CELL_MAX, "-");
        snprintf(ret->cell[COSIGNED], CELL_MAX, "%s", e == ERR_NO_FILE ? "no state" : err_reason(e));
        snprintf(ret->cell[REFUSED], CELL_MAX, "-");
        return;
    }
    snprintf(ret->cell[SIZE], CELL_MAX, "%s", state->seen ? say_size(state->size) : "-");
    if (state->seen)
        ago(clock_s(), state->time, ret->cell[COSIGNED]);
    else
        snprintf(ret->cell[COSIGNED], CELL_MAX, "never");
    snprintf(ret->cell[REFUSED], CELL_MAX, "%s", say_size(state->refused));
}

static size_t columns_of(const char *text)
{
    size_t columns = 0;

    for (; *text != 0; text++) columns += ((unsigned char)*text & 0xc0) != 0x80;
    return columns;
}

static void print(const struct row *rows, size_t count)
{
    size_t width[COLUMNS] = {0};

    for (size_t r = 0; r < count; r++)
        for (size_t c = 0; c < COLUMNS; c++)
            if (columns_of(rows[r].cell[c]) > width[c]) width[c] = columns_of(rows[r].cell[c]);
    for (size_t r = 0; r < count; r++) {
        for (size_t c = 0; c + 1 < COLUMNS; c++)
            printf("%s%*s", rows[r].cell[c], (int)(width[c] - columns_of(rows[r].cell[c]) + 3), "");
        printf("%s\n", rows[r].cell[COLUMNS - 1]);
    }
}

/* Whether an earlier line names the same origin: one row a log, however many keys. */
static bool shown(const struct policy *logs, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (span_equal(vkey_name(&logs->log[i].vkey), vkey_name(&logs->log[at].vkey))) return true;
    return false;
}

static void show(const char *dir, const struct policy *logs)
{
    static const struct row head = {{"log", "size", "cosigned", "refused"}};
    struct row *rows = calloc(POLICY_LOGS_MAX + 1, sizeof(*rows));
    struct state *state = malloc(sizeof(*state));
    size_t count = 1;

    ASSERT(rows != NULL);
    ASSERT(state != NULL);
    rows[0] = head;
    for (size_t i = 0; i < logs->log_count; i++)
        if (!shown(logs, i)) row_fill(dir, vkey_name(&logs->log[i].vkey), state, &rows[count++]);
    print(rows, count);
    free(state);
    free(rows);
}

int command_status(int argc, char **argv)
{
    struct settings settings;
    char where[200] = "";
    uint8_t *text;
    enum err e;

    if (argc != 1) {
        fprintf(stderr, "usage: cairn-witness status DIR\n");
        return EXIT_USAGE;
    }
    e = command_settings(argv[0], &text, &settings, where);
    if (e != ERR_OK) return command_settings_fail(e, argv[0], where);
    show(argv[0], &settings.logs);
    if (settings.logs.log_count == 0) printf("no log is followed yet: cairn-witness follow %s URL\n", argv[0]);
    free(text);
    return EXIT_YES;
}
