/* See evidence_file.h. */
#include "client/evidence_file.h"

#include <stdlib.h>

#include "log/evidence/armour.h"

enum err evidence_file_write(const struct args *a, struct span evidence, const char *path)
{
    size_t cap = 2 * evidence.len + 8192;
    uint8_t *text = malloc(cap);
    struct out o = out_over(text, cap);
    enum err e = text == NULL ? ERR_NO_MEMORY : armour_encode(ARMOUR_EVIDENCE, evidence, &o);

    if (e == ERR_OK && path != NULL) e = file_write(path, out_span(&o), 0644, !a->yes);
    if (e == ERR_OK && path == NULL) print_out(&o);
    free(text);
    return e;
}

enum err evidence_file_claims(struct span preimage, uint8_t **evidence, size_t *len)
{
    size_t cap = *len + preimage.len + 64;
    struct evidence *e = malloc(sizeof(*e));
    uint8_t *map = malloc(cap), *file = malloc(cap);
    struct out m = out_over(map, cap), o = out_over(file, cap);
    enum err err = e == NULL || map == NULL || file == NULL ? ERR_NO_MEMORY : ERR_OK;

    if (err == ERR_OK) err = evidence_decode(span_of(*evidence, *len), e);
    if (err == ERR_OK) {
        e->map.preimage = preimage;
        evidence_map_encode(&e->map, &m);
        evidence_encode(&e->cose, e->receipt, out_span(&m), &o);
        err = o.len > EVIDENCE_SIZE_MAX ? ERR_NO_ROOM : out_check(&o);
    }
    free(e);
    free(map);
    if (err != ERR_OK) {
        free(file);
        return err;
    }
    free(*evidence);
    *evidence = file;
    *len = o.len;
    return ERR_OK;
}
