/* What a submitted attestation may rest on, and what is said of what it may not. */
#include "log/admit/closure.h"
#include "log/admit/submission.h"

enum err require_dependencies(const struct submission *q)
{
    struct closure c;
    enum err e;

    if (q->s->depends_count == 0) return ERR_OK;
    e = closure_walk(q->l, q->s, q->at->position, &c);
    if (e == ERR_UNKNOWN_DEPENDENCY) return refuse_id(q, e, "no earlier statement ", &c.id);
    if (e == ERR_BAD_DEPENDENCY) return refuse_number(q, e, "another kind of statement, at @", c.position, "");
    if (e == ERR_DEPENDENCIES_FULL) return refuse(q, e, c.too_deep ? "a chain of more than 4" : "more than 16");
    return e;
}
