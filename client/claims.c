/* See claims.h. */
#include "client/claims.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/evidence_file.h"
#include "log/base/codec.h"
#include "log/evidence/evidence.h"
#include "log/note/lines.h"
#include "log/statement/private.h"

#define HEAD "# claims that are not in the log: only this file and the evidence made from it have them\n"
#define FOLDER "claims/"
#define WORD "preimage "
#define FILE_ROOM (sizeof(HEAD) + sizeof(WORD) + 2 * PREIMAGE_MAX)

/* With `make`, the folder is made when it is not there. */
static enum err claims_path(const struct args *a, const struct hash *id, bool make, char ret[PATH_LEN])
{
    char name[96];
    struct out o = out_over(name, sizeof(name) - 1);

    out_text(&o, FOLDER);
    hex_encode(hash_span(id), &o);
    out_text(&o, ".claims");
    name[o.len] = 0;
    return make ? home_path(a, name, ret) : home_name(a, name, ret);
}

const char *claims_folder(const struct args *a, char room[PATH_LEN])
{
    return home_name(a, FOLDER, room) == ERR_OK ? path_shown(room) : FOLDER;
}

enum err claims_keep(const struct args *a, struct span statement, struct span preimage)
{
    char path[PATH_LEN];
    uint8_t *text = malloc(FILE_ROOM);
    struct out o = out_over(text, FILE_ROOM);
    struct hash id = hash_of(statement);
    enum err e = text == NULL ? ERR_NO_MEMORY : claims_path(a, &id, true, path);

    if (e == ERR_OK) {
        out_text(&o, HEAD WORD);
        hex_encode(preimage, &o);
        out_byte(&o, '\n');
        e = out_check(&o);
    }
    if (e == ERR_OK) e = file_write(path, out_span(&o), 0600, false);
    free(text);
    return e;
}

/* One line, and comments. */
static enum err preimage_of(struct span text, uint8_t *ret, size_t *ret_len)
{
    struct lines l = lines_over(text);
    bool more;

    TRY(lines_next(&l, &more));
    if (!more || l.count != 2 || !span_equal(l.word[0], SPAN("preimage"))) return ERR_BAD_ARMOUR;
    *ret_len = l.word[1].len / 2;
    if (*ret_len > PREIMAGE_MAX) return ERR_BAD_ARMOUR;
    TRY(hex_decode(l.word[1], ret, *ret_len));
    TRY(lines_next(&l, &more));
    return more ? ERR_BAD_ARMOUR : ERR_OK;
}

enum err claims_kept(const struct args *a, const struct statement *s, uint8_t **ret, size_t *ret_len)
{
    char path[PATH_LEN];
    uint8_t *text = NULL, *bytes = malloc(PREIMAGE_MAX);
    struct span claims;
    size_t len = 0;
    enum err e = bytes == NULL ? ERR_NO_MEMORY : claims_path(a, &s->id, false, path);

    ASSERT(s->is_private);
    if (e == ERR_OK) e = file_read(path, FILE_ROOM, &text, &len);
    if (e == ERR_OK && preimage_of(span_of(text, len), bytes, &len) != ERR_OK) e = ERR_BAD_ARMOUR;
    if (e == ERR_OK && private_open(s, span_of(bytes, len), &claims) != ERR_OK) e = ERR_BAD_ARMOUR;
    free(text);
    if (e != ERR_OK) {
        free(bytes);
        return e;
    }
    *ret = bytes;
    *ret_len = len;
    return ERR_OK;
}

void claims_say_left(const struct args *a, const struct hash *id)
{
    char path[PATH_LEN];

    if (claims_path(a, id, false, path) != ERR_OK || access(path, F_OK) != 0) return;
    fprintf(stderr, "  its claims are kept all the same, until you delete them: %s\n", path_shown(path));
}

/* ---- into evidence ---- */

static enum err carried(struct span evidence, struct statement *ret)
{
    struct evidence *e = malloc(sizeof(*e));
    enum err err = e == NULL ? ERR_NO_MEMORY : evidence_decode(evidence, e);

    if (err == ERR_OK) err = statement_of(&e->cose, ret);
    free(e);
    return err;
}

int claims_join(const struct args *a, uint8_t **evidence, size_t *len, enum claims_in *ret)
{
    char path[PATH_LEN] = "claims";
    uint8_t *preimage = NULL;
    size_t preimage_len;
    struct statement s;
    enum err e = carried(span_of(*evidence, *len), &s);

    *ret = CLAIMS_PUBLIC;
    if (e == ERR_OK && !s.is_private) return EXIT_YES;
    if (e == ERR_OK) e = claims_path(a, &s.id, false, path);
    if (e == ERR_OK) e = claims_kept(a, &s, &preimage, &preimage_len);
    *ret = e == ERR_NO_FILE ? CLAIMS_LACKING : CLAIMS_JOINED;
    if (e == ERR_NO_FILE) return EXIT_YES;
    if (e == ERR_OK) e = evidence_file_claims(span_of(preimage, preimage_len), evidence, len);
    free(preimage);
    return e == ERR_OK ? EXIT_YES : client_fail(e, path_shown(path), "");
}
