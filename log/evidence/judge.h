/* What the parts of a verdict share: judge_believed.c asks whom the reader believes, judge_when.c which moment is asked
 * about and how old the evidence is, judge_became.c what became of an attestation, judge_depends.c the same of all that
 * it depends on; verdict.c puts them in order. */
#ifndef CAIRN_JUDGE_H
#define CAIRN_JUDGE_H

#include "log/evidence/check.h"
#include "log/evidence/verdict.h"

/* One judgement being made, of one attestation: the carrier, or one that it depends on. */
struct judge {
    struct check *c;
    const struct trust *trust; /* NULL: nobody is believed */
    const struct question *q;
    struct judgement *j;
    enum verdict why_of;     /* the row that j->why explains */
    const char *why;         /* and what it is made of; NULL when there is none */
    size_t of;               /* index of the attestation in field 2 */
    struct statement schema; /* with j->has_schema: its statement, and where it stands */
    uint64_t schema_position;
    /* By judge_moment. */
    uint64_t at;       /* statements below it count, those between it and an open moment perhaps */
    bool moment_known; /* else j->moment is open: what is not final may have changed by then */
};

/* The row applies. `why` may be NULL; the first reason of the first row that has one is what people read. */
void judge_apply(struct judge *g, enum verdict v, const char *why);
/* The row applies through something that it depends on. */
void judge_apply_through(struct judge *g, enum verdict v, const struct dependency *d);
/* The first row that applies. */
enum verdict judge_first(const bool applies[VERDICT_COUNT]);

/* verdict.c: what the file says of the attestation g->of; what became of it at the moment asked about, whoever is
 * believed. Of the carrier or of one that it depends on alike. */
void judge_read(struct judge *g);
void judge_attestation(struct judge *g);

/* judge_believed.c: the log first, as nothing more is asked about a file that is forged; then the issuer, the schema's
 * issuer and the home. */
void judge_log(struct judge *g);
void judge_issuer(struct judge *g);

/* judge_when.c: whose clock says how old it is; the moment asked about; the statement's dates then; the age then, which
 * wants to know whether the log has closed. */
void judge_witnesses(struct judge *g);
void judge_moment(struct judge *g);
void judge_dates(struct judge *g);
void judge_age(struct judge *g);

/* judge_depends.c: what it depends on, each by itself at the same moment. */
void judge_depends(struct judge *g);

/* judge_became.c: of a statement that its issuer signed, and of the log, at the moment asked about. */
void judge_became(struct judge *g);
void judge_closing(struct judge *g);

#endif
