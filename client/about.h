/* What a log says of itself at /log, checked as far as it can be: its checkpoint under its own key. */
#ifndef CAIRN_ABOUT_H
#define CAIRN_ABOUT_H

#include "client/known.h"

struct about_log {
    struct known_log known; /* its policy, with the address it was asked at */
    char *vkey, *policy_text;
    char rules_id[65];
    bool approved_mode, closes;
    uint64_t closing; /* seconds */
    char *successor;  /* NULL when none is named */
    uint64_t size;
};
int about_log(const char *url, struct about_log **ret) MUST_USE;
void about_log_free(struct about_log **l);
/* "2 of 3 witnesses must agree" */
void about_print_quorum(const struct policy *p);
/* "close 2027-03-01 00:00:00Z; log.example.net follows it", when it says so. */
void about_print_closing(const struct about_log *l);
/* "key   log.example.org+…": the log's word, escaped. */
void about_print_key(const struct about_log *l);

#endif
