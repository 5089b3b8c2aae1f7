/* What the parts of a verdict share: judge_believed.c asks whom the reader believes, judge_when.c which moment is asked
 * about and how old the evidence is, judge_became.c what became of the statement; verdict.c puts them in order. */
#ifndef CAIRN_JUDGE_H
#define CAIRN_JUDGE_H

#include "log/evidence/check.h"
#include "log/evidence/verdict.h"

/* One judgement being made. */
struct judge {
    struct check *c;
    const struct trust *trust; /* NULL: nobody is believed */
    const struct question *q;
    struct judgement *j;
    enum verdict why_of;     /* the row that j->why explains */
    struct statement schema; /* with j->has_schema: its statement, and where it stands */
    uint64_t schema_position;
    /* By judge_moment. */
    uint64_t at;       /* statements below it count, those between it and an open moment perhaps */
    bool moment_known; /* else j->moment is open: what is not final may have changed by then */
};

/* The row applies. `why` may be NULL; the first reason of the first row that has one is what people read. */
void judge_apply(struct judge *g, enum verdict v, const char *why);

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

/* judge_became.c: of a statement that its issuer signed, and of the log, at the moment asked about. */
void judge_became(struct judge *g);
void judge_closing(struct judge *g);

#endif
