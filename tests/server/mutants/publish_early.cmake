# A checkpoint is served when its quorum is met; it is stored after.
set(BEFORE_1 [[static void drive_round(struct node *n)
]])
set(AFTER_1 [[static void to_published(const struct signed_checkpoint *c, struct published *ret);

static void drive_round(struct node *n)
]])
set(BEFORE_2 [[    assemble(n);
    submit_step(n, JOB_PUBLISH, PHASE_STORING);
]])
set(AFTER_2 [[    assemble(n);
    to_published(&n->step.checkpoint, &n->newest);
    submit_step(n, JOB_PUBLISH, PHASE_STORING);
]])
