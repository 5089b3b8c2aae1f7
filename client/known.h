/* What the reader's folder remembers: logs, issuer keys, names. */
#ifndef CAIRN_KNOWN_H
#define CAIRN_KNOWN_H

#include "client/client.h"
#include "log/evidence/armour.h"
#include "log/note/lines.h"
#include "log/note/quorum.h"

/* HOME/logs/NAME.policy: a tlog-policy of one log with its address, its witnesses and quorum. */
struct known_log {
    char name[64], url[POLICY_URL_MAX + 1];
    struct span origin;
    struct policy policy; /* borrows from text */
    uint8_t *text;
};
/* --log NAME, or the only one there is. Says what is wrong and gives the exit code. */
int known_log(struct args *a, struct known_log **ret) MUST_USE;
void known_log_free(struct known_log **l);
/* Reads policy lines; ERR_BAD_POLICY unless there is exactly one log. */
enum err known_log_parse(uint8_t *text, size_t len, struct known_log *ret) MUST_USE;

/* HOME/NAME.key */
struct issuer_key {
    char name[64];
    struct secret_key secret;
    struct public_key public;
    struct hash kid;
    uint8_t iss[ISS_MAX]; /* what the key file says: later keys are not those that the name was made of */
    size_t iss_len;
};
/* --issuer NAME, or the only one there is. */
int known_issuer(struct args *a, struct issuer_key *ret) MUST_USE;
int known_issuer_named(const struct args *a, const char *name, struct issuer_key *ret) MUST_USE;
void issuer_key_wipe(struct issuer_key *k);
/* HOME/NAME.begun: the command that made HOME/NAME.key.next, as it goes on. */
#define BEGUN_LEN 1600
enum err known_begun_path(const struct args *a, const char *name, char ret[PATH_LEN]) MUST_USE;
bool known_begun(const struct args *a, const char *name, char ret[BEGUN_LEN]);
/* HOME/NAME.attested: lines "@POSITION ckt:…", what was attested from this folder and with which key. */
struct attested {
    struct lines lines;
    uint64_t position;
    struct hash kid;
};
enum err known_attest(const struct args *a, const struct issuer_key *k, uint64_t position) MUST_USE;
/* The same of the issuer here that has this key; nothing when none has. */
enum err known_attest_by(const struct args *a, const struct hash *kid, uint64_t position) MUST_USE;
/* *ret_text is malloced and owns what is read. */
enum err known_attested(const struct args *a, const char *name, uint8_t **ret_text, struct attested *ret) MUST_USE;
bool known_attested_next(struct attested *at);
#define ISSUER_KEY __attribute__((cleanup(issuer_key_wipe))) struct issuer_key

/* The one secret key of a private key file of role `role`, and the iss or origin that it is for. */
enum err key_load(const char *path, enum key_role role, struct issuer_key *ret) MUST_USE;
/* Says why key_load failed: of another kind of file, which kind it is and which was wanted. Gives the exit code. */
int key_fail(enum err e, const char *path, enum key_role wanted);
/* A new file, durable, 0600, with one key. */
enum err key_file_write(const char *path, enum key_role role, struct span name, unsigned purposes,
                        const uint8_t seed[32]) MUST_USE;
struct span issuer_iss(const struct issuer_key *k);
/* The iss of a ckt: name, of an issuer whose key is here, or of a name that cairn log approve remembers; else
 * ERR_NOT_FOUND. Appended. */
enum err known_iss(const struct args *a, const char *word, struct out *ret) MUST_USE;
/* Lower-case letters, digits, '-', '_' and '.', at most 40: what may name a file. */
bool pet_name_good(const char *name);

#endif
