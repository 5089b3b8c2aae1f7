/* Every failure there is, in one table: its reason word, what was expected, what to do.
 * A new failure is a new row. Programs map classes to exit codes and HTTP statuses. */
#ifndef CAIRN_ERR_H
#define CAIRN_ERR_H

#define MUST_USE __attribute__((warn_unused_result))

/* What kind of failure a row is.
 *   INPUT    the bytes are wrong: the sender mends them
 *   REFUSED  the bytes are right and a rule says no
 *   LATER    not now: trying again may help
 *   ABSENT   there is no such thing here
 *   TRUST    it does not hold: a signature, a proof, a history
 *   OURS     this machine failed: disk, memory, network
 *   UNKNOWN  the outcome is not known: stop and start again */
enum err_class {
    CLASS_OK,
    CLASS_INPUT,
    CLASS_REFUSED,
    CLASS_LATER,
    CLASS_ABSENT,
    CLASS_TRUST,
    CLASS_OURS,
    CLASS_UNKNOWN
};

/* One row, one line, however long. */
/* clang-format off */
#define ERR_TABLE(X) \
    X(OK, OK, "ok", "", "") \
    /* bytes */ \
    X(NO_ROOM, INPUT, "too-large", "a message within its limit", "make it smaller; the limits stand in /log") \
    X(TRUNCATED, INPUT, "truncated", "more bytes", "send the whole of it") \
    X(TRAILING, INPUT, "trailing-bytes", "nothing after the end", "send exactly one, without anything behind it") \
    X(BAD_HEX, INPUT, "bad-hex", "lower-case hexadecimal digits", "write it as it was printed") \
    X(BAD_BASE64, INPUT, "bad-base64", "canonical base64 with padding", "copy the text again, whole and unchanged") \
    X(BAD_NUMBER, INPUT, "bad-number", "a decimal number without sign or leading zeros", "write the number plainly") \
    X(BAD_UTF8, INPUT, "bad-utf8", "valid UTF-8", "encode the text as UTF-8") \
    X(BAD_CBOR, INPUT, "bad-cbor", "well-formed CBOR of definite lengths and shortest heads", "encode it deterministically (RFC 8949, 4.2)") \
    X(CBOR_TYPE, INPUT, "wrong-type", "another CBOR type at this place", "see docs/formats.md for what stands where") \
    X(CBOR_DUPLICATE, INPUT, "duplicate-key", "each key of a map once", "remove the second one") \
    X(CBOR_DEPTH, INPUT, "too-deep", "nesting of at most 16", "flatten the value") \
    /* tree and notes */ \
    X(BAD_SIZE, INPUT, "bad-size", "a size and an index that fit together", "ask for a tree that exists") \
    X(BAD_PROOF, TRUST, "bad-proof", "a proof that leads to the root", "ask the log again; if it insists, keep both answers") \
    X(BAD_TILE, INPUT, "bad-tile", "a tile path as tlog-tiles writes it", "see c2sp.org/tlog-tiles") \
    X(BAD_NOTE, INPUT, "bad-note", "a signed note", "see c2sp.org/signed-note") \
    X(BAD_VKEY, INPUT, "bad-vkey", "a verifier key: name+hash+base64", "copy the whole line that was published") \
    X(BAD_CHECKPOINT, INPUT, "bad-checkpoint", "origin, size and root, each on a line", "see c2sp.org/tlog-checkpoint") \
    X(BAD_SIGNATURE, TRUST, "bad-signature", "a signature that verifies", "sign again with the right key") \
    X(NOT_SIGNED, TRUST, "not-signed", "a signature by the key that is trusted", "check the key you were given") \
    X(BAD_POLICY, INPUT, "bad-policy", "lines of c2sp.org/tlog-policy", "mend the line that is named") \
    X(NO_QUORUM, TRUST, "no-quorum", "cosignatures that meet the quorum", "wait for the witnesses, or ask for fresh evidence") \
    X(BAD_KEY, INPUT, "bad-key", "a canonical Ed25519 key of prime order", "make a new key") \
    X(BAD_TLOG_PROOF, INPUT, "bad-tlog-proof", "the lines of c2sp.org/tlog-proof@v1", "get the proof again, whole and unchanged") \
    /* statements */ \
    X(NOT_SIGN1, INPUT, "not-cose-sign1", "a tagged COSE_Sign1 with an embedded payload", "see docs/formats.md") \
    X(UNPROTECTED, INPUT, "unprotected-not-empty", "an empty unprotected map", "submit the statement without receipts or proofs") \
    X(BAD_ALG, INPUT, "bad-algorithm", "alg -8 or -19 (Ed25519)", "sign with Ed25519") \
    X(BAD_HEADER, INPUT, "bad-header", "the protected labels of this kind of statement", "see docs/formats.md") \
    X(BAD_CLAIMS_SET, INPUT, "bad-cwt-claims", "iss, sub and the claims of this kind of statement", "see docs/formats.md") \
    X(BAD_ISS, INPUT, "bad-iss", "an issuer of 1 to 255 bytes without control characters", "use the ckt: name of the key or an approved name") \
    X(BAD_SUB, INPUT, "bad-sub", "a subject of 1 to 255 printable ASCII characters without space", "choose another subject") \
    X(SUB_NOT_CANONICAL, INPUT, "subject-not-canonical", "a subject spelt in the one way", "write hexadecimal digits in lower case and without 0x or UUID dashes") \
    X(WRONG_SUB, INPUT, "wrong-sub", "a schema's name as its sub", "write the sub as formats.md has it") \
    X(BAD_TYP, INPUT, "reserved-typ", "a typ that does not begin with vnd.cairn", "use a media type of your own") \
    X(BAD_PAYLOAD, INPUT, "bad-payload", "the payload of this kind of statement", "see docs/formats.md") \
    X(STATEMENT_TOO_LARGE, INPUT, "statement-too-large", "a statement within the size limit", "keep large things outside and attest their hash") \
    X(BAD_SCHEMA, INPUT, "bad-schema", "fields as a schema has them", "see docs/formats.md") \
    X(NOT_BUILT, REFUSED, "not-built", "something this version can do", "leave it out, or wait for a later version") \
    /* rules */ \
    X(WRONG_HOME, REFUSED, "wrong-home", "this log's origin as home", "submit to the log that the statement names") \
    X(NOT_APPROVED, REFUSED, "not-approved", "an issuer that the operator approved", "send the operator: cairn log approve CKT") \
    X(WITHDRAWN, REFUSED, "withdrawn", "an issuer whose approval stands", "ask the operator") \
    X(UNREGISTERED, REFUSED, "unregistered", "an issuer that is registered here", "cairn issuer register NAME") \
    X(REGISTERED, REFUSED, "already-registered", "one first statement an issuer", "nothing: it is registered; cairn issuer rotate NAME changes its keys") \
    X(GENESIS_FIXED, REFUSED, "genesis-fixed", "the genesis key that this name was first approved with", "approve it with that key, or approve another name") \
    X(ISS_NOT_KEY, REFUSED, "iss-not-key", "an iss equal to the thumbprint of the signing key, or an approved name", "sign with the key that the name says") \
    X(NOT_LISTED, REFUSED, "key-not-listed", "a signing key in the issuer's set with the purpose", "sign with a listed key; cairn issuer show NAME says which those are") \
    X(BAD_CHAIN, REFUSED, "bad-chain", "seq and prev that continue the last one", "build on the newest statement") \
    X(KEY_RETURNS, REFUSED, "key-returns", "keys that were never removed", "make a new key") \
    X(CHAIN_FULL, REFUSED, "chain-full", "at most 64 issuer statements", "recover with the recovery key") \
    X(BAD_CUT, REFUSED, "bad-cut", "cuts of keys once listed, each lower than the one before and not ahead", "name a key of this issuer and a position up to now") \
    X(BAD_RECOVERY, REFUSED, "bad-recovery", "a recovery key that is committed, and new ones to follow it", "cairn issuer recover NAME FILE, with the newest recovery file") \
    X(LOG_CLOSED, REFUSED, "log-closed", "a log that takes new statements", "submit to the log that follows it; /log names it") \
    X(CLOSING_SOON, REFUSED, "closing-too-soon", "a closing at least 90 days ahead, which stays once it has come", "choose a later date") \
    X(ISSUER_FULL, LATER, "issuer-full", "no more statements of one issuer between two checkpoints than there is room for", "send it again after the next checkpoint") \
    X(RULES_VERSION, REFUSED, "rules-version", "a rules version that this log knows", "use version 1") \
    X(RESERVED, REFUSED, "reserved-to-log", "statements that the log itself makes", "nothing: the log writes its seals and its origin") \
    X(UNKNOWN_SCHEMA, REFUSED, "unknown-schema", "a schema that is in this log", "cairn schema publish FILE") \
    X(SCHEMA_NOT_VALID, REFUSED, "schema-not-valid", "a schema that is neither revoked, superseded nor suspended", "use the one that replaced it, or ask whoever published it") \
    X(SCHEMA_EXISTS, REFUSED, "schema-exists", "a name that this issuer has not used", "publish the next version of it, or choose another name") \
    X(SCHEMA_BREAKS, REFUSED, "schema-breaks", "a version that keeps the fields of the one before, or says breaking", "keep them, or say breaking") \
    X(PRIVATE_REFUSED, REFUSED, "private-not-allowed", "a schema that allows private claims", "attest the claims openly, or under another schema") \
    X(UNKNOWN_DEPENDENCY, REFUSED, "unknown-dependency", "attestations that are in this log", "submit what it depends on first") \
    X(BAD_DEPENDENCY, REFUSED, "bad-dependency", "an attestation to depend on", "depend on attestations only, and on none that has ended") \
    X(DEPENDENCIES_FULL, REFUSED, "too-many-dependencies", "at most 16 attestations, 4 deep, that it rests on", "depend on fewer") \
    X(CLAIMS_MISMATCH, REFUSED, "claims-mismatch", "claims as the schema has them", "mend the field that is named") \
    X(EXPIRED_NOW, REFUSED, "already-expired", "an expiry in the future", "choose a later date") \
    X(ISSUED_AHEAD, REFUSED, "issued-ahead", "an issue date not in the future", "set this machine's clock") \
    X(BAD_DATES, REFUSED, "bad-dates", "an expiry after the start and within the schema's longest validity", "choose an earlier expiry") \
    X(UNKNOWN_TARGET, REFUSED, "unknown-target", "a target that is in this log", "check the position or id") \
    X(BAD_TARGET, REFUSED, "bad-target", "an attestation or schema of the same issuer and subject", "name a statement of your own") \
    X(NOT_REVOCABLE, REFUSED, "not-revocable", "a schema that lets its attestations be revoked", "nothing: it was published as final") \
    X(STATUS_FINAL, REFUSED, "status-final", "a target that is neither revoked nor superseded", "nothing: what is final stays") \
    X(STATUS_SAME, REFUSED, "status-unchanged", "a move between valid and suspended", "nothing: it has that status already") \
    X(STATUS_FULL, REFUSED, "status-full", "at most 64 moves", "revoke it or leave it") \
    X(BAD_REPLACEMENT, REFUSED, "bad-replacement", "a later statement of the same kind, issuer and subject", "name the statement that replaces it") \
    X(BAD_ENTRY, TRUST, "bad-entry", "an entry that is the id of its statement, 32 bytes", "ask the log again; if it insists, keep both answers") \
    X(TWICE, TRUST, "entered-twice", "each statement once", "keep both positions: the log broke its rules") \
    X(BAD_SEAL, TRUST, "bad-seal", "a seal that says what is so", "keep the seal and what is before it: the log broke its rules") \
    /* log and peers */ \
    X(KEY_NOT_HELD, REFUSED, "key-not-held", "keys of the log that its server has", "put the key file that is missing back; of a log that runs, cairnd key DIR makes the next keys and prints what cairn log rotate wants") \
    X(ROLLED_BACK, LATER, "rolled-back", "a log that is not older than its last signature", "this copy must not write: stop it and find the newest one") \
    X(FORKED, LATER, "forked", "a history that continues what the witnesses saw", "two copies of this log ran: stop one and keep both") \
    X(STALLED, LATER, "publication-stalled", "a quorum of witnesses that answers", "try again; nothing you sent is lost") \
    X(BUSY, LATER, "busy", "room in the queue", "try again in a moment") \
    X(STARTING, LATER, "starting", "a log that has finished its recovery", "try again in a moment") \
    X(UNPUBLISHED, LATER, "not-yet-published", "a published statement", "ask again after the next checkpoint") \
    X(NOT_FOUND, ABSENT, "not-found", "something this log has", "check the address") \
    X(BAD_REQUEST, INPUT, "bad-request", "a request as the documents have it", "see /about and docs/formats.md") \
    X(TOO_SLOW, LATER, "too-slow", "a whole request within the time limit", "send it again without pauses") \
    X(WRONG_METHOD, INPUT, "wrong-method", "a method this address takes", "use the method named in Allow") \
    X(WITNESS_OLD, TRUST, "wrong-old-size", "the size this witness saw last", "send a proof from the size in the answer") \
    X(CLOCK_BACK, LATER, "clock-stepped-back", "a clock at most 300 s behind the last cosignature", "ask the operator of the witness to set its clock") \
    X(UNKNOWN_LOG, ABSENT, "unknown-log", "a log that this witness follows", "cairn-witness follow DIR URL") \
    /* files and trust */ \
    X(BAD_ARMOUR, INPUT, "bad-armour", "a file as Cairn wrote it", "copy the file again; its lines must not be edited") \
    X(WRONG_KIND, INPUT, "wrong-kind", "another kind of file", "look at its first line") \
    X(BAD_EVIDENCE, TRUST, "bad-evidence", "evidence that holds together", "get it again from its log") \
    X(INCOMPLETE, TRUST, "incomplete", "everything a verdict needs", "cairn verify FILE --refresh") \
    X(BAD_TRUST, INPUT, "bad-trust-file", "a line of a trust file", "mend the line that is named") \
    X(BAD_CONFIG, INPUT, "bad-config", "a line of the configuration", "mend the line that is named") \
    /* this machine */ \
    X(IO, OURS, "io-error", "a disk and files that work", "see the message of the system") \
    X(DISK_FULL, OURS, "disk-full", "room on the disk", "free some; nothing acknowledged is lost") \
    X(DAMAGED, OURS, "damaged", "a store as it was written", "cairnd fsck DIR") \
    X(OTHER_FORMAT, OURS, "other-format", "a store in the format of this version", "run the version that wrote it") \
    X(IN_USE, OURS, "in-use", "a log that no other process serves", "stop the other cairnd, or name another folder") \
    X(NO_FILE, INPUT, "no-file", "a file that is there", "check its name and its folder") \
    X(NOT_READABLE, INPUT, "not-readable", "a file that may be read", "check whose it is, and its mode") \
    X(NOT_PRIVATE, INPUT, "not-private", "a key file that only its owner may read", "chmod 600 it, and think about who has read it") \
    X(EXISTS, INPUT, "exists", "a name that is not taken", "choose another name, or move the file away") \
    X(NO_MEMORY, OURS, "no-memory", "enough memory", "give the process more") \
    X(NETWORK, OURS, "network", "an answer from the other side", "check the address and the connection") \
    X(UNCERTAIN, UNKNOWN, "outcome-unknown", "a commit that says how it ended", "start again: recovery finds out")

/* clang-format on */

#define ERR_ENUM_ROW_(name, class, reason, expected, advice) ERR_##name,
enum err { ERR_TABLE(ERR_ENUM_ROW_) ERR_COUNT };
#undef ERR_ENUM_ROW_

/* The stable word, without blanks: what programs look at. */
const char *err_reason(enum err e);
/* "an expiry in the future": completes "expected …". */
const char *err_expected(enum err e);
/* What to do about it. */
const char *err_advice(enum err e);
enum err_class err_class(enum err e);

#endif
