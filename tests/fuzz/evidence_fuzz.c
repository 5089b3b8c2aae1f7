/* Evidence files, as bytes: one form each, and positions read as they stand. */
#include "log/evidence/evidence.h"
#include "tests/fuzz/fuzz.h"

static void check_order(const struct evidence_map *m)
{
    ASSERT(m->statement_count >= 1 && m->statement_count <= EVIDENCE_STATEMENTS_MAX);
    for (size_t i = 1; i < m->statement_count; i++) ASSERT(m->statement[i - 1].position < m->statement[i].position);
    for (size_t i = 1; i < m->answer_count; i++) ASSERT(hash_compare(&m->answer[i - 1].key, &m->answer[i].key) < 0);
}

static void check_answer(const struct evidence_map *m, const struct evidence_answer *a)
{
    struct hash key = index_key(a->kind, a->component);

    ASSERT(hash_equal(&key, &a->key));
    for (size_t n = 0; n < a->count; n++) {
        uint64_t position = evidence_position(a, n);

        ASSERT(n == 0 || position > evidence_position(a, n - 1));
        ASSERT(evidence_names(a, position));
    }
    for (size_t i = 0; i < m->statement_count; i++) {
        bool named = false;

        for (size_t n = 0; n < a->count; n++) named = named || evidence_position(a, n) == m->statement[i].position;
        ASSERT(evidence_names(a, m->statement[i].position) == named);
    }
}

FUZZ(input)
{
    static struct evidence e;
    FUZZ_OUT(map);
    FUZZ_OUT(o);

    if (evidence_decode(input, &e) != ERR_OK) return;
    evidence_map_encode(&e.map, &map);
    evidence_encode(&e.cose, e.receipt, out_span(&map), &o);
    fuzz_same(&o, input);
    check_order(&e.map);
    for (size_t i = 0; i < e.map.answer_count && e.map.statement_count < 64; i++)
        check_answer(&e.map, &e.map.answer[i]);
}
