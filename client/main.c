/* cairn: the tool of issuers, operators and verifiers. Words to commands; nothing else. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "client/client.h"
#include "server/shell/program.h"

#define REASONS \
    "REASON is one of: key-compromise issued-in-error claims-changed subject-request superseded ceased\n" \
    "legal-order suspended-for-review unspecified\n" \
    "  --issuer NAME, --log NAME   which, when there are several\n"

static const struct tool {
    const char *word;
    int (*run)(struct args *a); /* NULL: named, and not built */
    const char *usage, *what;
    const char *more; /* what cairn help WORD adds */
} commands[] = {
    {"log", command_log, "log add URL [--key VKEY] [--name NAME]", "get to know a log", NULL},
    {"log", command_log, "log approve CKT --key FILE [--name NAME]", "operator: admit an issuer",
     "  --name NAME   what you call it; nothing of that goes on the log\n"
     "  --as ISS      let it sign under this name instead of its key's\n"},
    {"log", command_log, "log withdraw CKT|NAME --key FILE", "operator: admit it no more",
     "What it said stands, and it can still revoke; approve takes it in again.\n"},
    {"log", command_log, "log limits --bytes N --statements N --key FILE", "operator: bound what an issuer adds",
     "  --bytes N        the largest attestation; 0: 16,384\n"
     "  --statements N   attestations and schemas of one issuer between two checkpoints; 0: no bound\n"},
    {"log", command_log, "log close --not-before DATE --key FILE", "operator: say when the log ends",
     "From that day on, 90 days ahead or more, it takes no new attestations, schemas and issuers; revocations always.\n"
     "Until then another date that is 90 days ahead or later than the one before takes its place, or `never`.\n"
     "  --successor ORIGIN   the log that follows; a later date keeps it\n"},
    {"log", command_log, "log rotate VKEY SEAL --key FILE [--stolen]", "operator: new keys for its server",
     "VKEY and SEAL are the line that cairnd key prints. The keys of before seal no more; checkpoints carry the\n"
     "signature of the old key too, while the server has it, so that whoever knows no other goes on.\n"
     "  --stolen   cut them: from then on what they sign counts for nothing. Witnesses must know the new key.\n"
     "After a crash the same command goes on where it stopped.\n"},
    {"issuer", command_issuer, "issuer new NAME [--name TEXT] [--url URL]", "make an issuer's keys", NULL},
    {"issuer", command_issuer, "issuer register NAME", "send its first statement to the log", NULL},
    {"issuer", command_issuer, "issuer show NAME|CKT", "its keys by position, in words", NULL},
    {"issuer", command_issuer, "issuer rotate NAME [--stolen-since @POSITION]", "a new key for the old one",
     "  --stolen-since @POSITION   what the old key attested from there on counts for nothing; without a position:\n"
     "                             from now on. What it revoked stays revoked.\n"
     "After a crash the same command goes on where it stopped.\n"},
    {"issuer", command_issuer, "issuer cut NAME CKT [--stolen-since @POSITION]", "end another key than one's own",
     "One that a thief added, or an old one that turns out to be stolen; without a position: from now on.\n"},
    {"issuer", command_issuer, "issuer recover NAME FILE.recovery", "new keys when a thief changed them",
     "  --back-to @POSITION        the last statement about its keys that is its own; those after it are dropped\n"
     "  --stolen-since @POSITION   as with rotate, for the keys that it goes back to\n"
     "It makes a new key and a new recovery key; the recovery file that was used is spent.\n"},
    {"schema", command_schema, "schema publish FILE", "fix the fields attestations may have",
     "A schema file has one of these on each line; # begins a comment:\n"
     "  schema NAME VERSION            first of all; the first version is 1\n"
     "  valid-for 365d                 the longest an attestation may last (s, m, h, d)\n"
     "  field NAME TYPE …              bool, int, uint, text, bytes, time; text[] is a list; behind it:\n"
     "      required                   it must be there (optional: it may)\n"
     "      one-of a,b,c               nothing else\n"
     "      length 2   length 1..40    texts and bytes: so many bytes\n"
     "      range -5..5   range 0..    numbers and times: from, to\n"
     "  describe NAME WORDS            what a field that stands above is\n"
     "  open                           fields that are not named here may be there too\n"
     "  not-revocable                  its attestations are final\n"
     "  private-allowed                claims may be kept out of the log\n"
     "  breaking                       a later version need not keep the fields of the one before\n"
     "  prev ID                        the version before, when this folder did not publish it\n"},
    {"attest", command_attest, "attest SCHEMA FIELD=VALUE… --about new|SUBJECT", "state something about a subject",
     "A subject is 1 to 255 printable letters without blanks: a pseudonym, better than a name.\n"
     "  --private        keep the claims out of the log, which gets a hash of them: only your folder and the file\n"
     "                   that is written have them. The schema must allow it (private-allowed).\n"
     "  --depends-on @POSITION|ID   an attestation of the same log that this one rests on; up to 16 of them. What\n"
     "                   becomes of them becomes of this: revoked, expired or suspended, it is so here too\n"
     "  --until DATE     until when it holds (else as long as the schema allows, or a year)\n"
     "  --out FILE       where the evidence goes (else SUBJECT.cairn here)\n"
     "  --issuer NAME, --log NAME   which, when there are several\n"
     "Values: yes, no; 5; -5; words; 00ff; 2026-11-20 or 2026-11-20T03:08Z; a,b,c for a list.\n"},
    {"revoke", command_revoke, "revoke @POSITION|ID --reason REASON", "take it back, for ever", REASONS},
    {"suspend", command_suspend, "suspend @POSITION|ID --reason REASON", "take it back for a while", REASONS},
    {"reinstate", command_reinstate, "reinstate @POSITION|ID --reason REASON", "a suspended one counts again", REASONS},
    {"supersede", command_supersede, "supersede @POSITION|ID --by @POSITION|ID", "another takes its place, for ever",
     "The other one is newer, of the same issuer, about the same subject.\n"
     "  --reason REASON   another than superseded\n" REASONS},
    {"get", command_get, "get @POSITION|ID [--out FILE]", "fetch the evidence of a statement",
     "Private claims come from your folder, if it has them; no log does.\n"},
    {"verify", command_verify, "verify FILE [--refresh] [--as-of WHEN]", "one dated verdict from one file, offline",
     "  --refresh             ask the log for newer evidence, and judge that\n"
     "  --out NEW             with --refresh: keep what it brought, with the private claims of FILE\n"
     "  --as-of WHEN          2026-11-20T03:08Z, 2026-11-20 (its first second) or @POSITION\n"
     "  --trust FILE          another trust file than the one in the folder\n"
     "  --log VKEY --issuer CKT   no trust file at all\n"
     "  --json                for programs\n"
     "Exit: 0 valid; 1 forged, revoked, superseded, expired, suspended, not-yet-valid, …; 3 cannot say.\n"},
    {"inspect", command_inspect, "inspect FILE", "what a file says, unchecked", NULL},
    {"trust", command_trust, "trust log URL", "believe a log and its witnesses",
     "  --replace   in place of the keys by which the log is believed, as when one was stolen\n"},
    {"trust", command_trust, "trust issuer URL|CKT --for SCHEMA", "believe an issuer for a schema",
     "SCHEMA is version 1 of it and compatible ones; 'SCHEMA>=N' is version N and compatible ones; any is everything.\n"
     "Several: kyc,age>=2. Compatible with a version are those after it that keep its fields and their types and\n"
     "require nothing new, up to one that says breaking. The values that a field may have may change.\n"
     "  --as NAME   what you call it; with a CKT it must be there the first time\n"},
    {"subject", NULL, "", "", NULL},
    {"export", NULL, "", "", NULL},
    {"doctor", NULL, "", "", NULL},
    {"backup", NULL, "", "", NULL},
};

static int help(FILE *to)
{
    fprintf(to, "cairn signs statements, follows what becomes of them, and checks what others show.\n\n");
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        if (commands[i].run != NULL) fprintf(to, "  cairn %-48s %s\n", commands[i].usage, commands[i].what);
    fprintf(to, "\n  --home DIR   where keys, names and trust are kept (else CAIRN_HOME, else ~/.config/cairn)\n"
                "  --yes        do not ask\n"
                "  cairn help WORD says more of one.\n"
                "Exit codes: 0 yes, 1 no, 2 usage or not such a file, 3 cannot say.\n");
    return to == stdout ? EXIT_YES : EXIT_USAGE;
}

static int no_such(const char *what, const char *word)
{
    struct nearest n = nearest_to(word);

    for (size_t i = 0; i < COUNT_OF(commands); i++)
        if (commands[i].run != NULL) nearest_offer(&n, commands[i].word);
    return no_such_word("cairn", what, &n);
}

int client_help(const char *word)
{
    bool known = false;

    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        if (strcmp(commands[i].word, word) != 0 || commands[i].run == NULL) continue;
        known = true;
        printf("cairn %s\n  %s\n", commands[i].usage, commands[i].what);
        if (commands[i].more != NULL) printf("%s", commands[i].more);
    }
    return known ? EXIT_YES : no_such("word", word);
}

static void shift(struct args *a)
{
    a->count--;
    a->word++;
}

static int run(struct args *a, const char *word)
{
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        if (strcmp(word, commands[i].word) != 0) continue;
        if (commands[i].run != NULL) return commands[i].run(a);
        fprintf(stderr, "cairn: %s is not in this version\n", word);
        return EXIT_USAGE;
    }
    return no_such("command", word);
}

int main(int argc, char **argv)
{
    struct args a;
    const char *word;
    bool wants_help;
    int code;

    code = program_begin("cairn");
    if (code != EXIT_YES) return code;
    a = (struct args){argc - 1, argv + 1, NULL, false};
    a.home = args_value(&a, "--home");
    a.yes = args_flag(&a, "--yes");
    if (args_flag(&a, "--version")) {
        printf("cairn %s\n", CAIRN_VERSION);
        return EXIT_YES;
    }
    wants_help = args_flag(&a, "--help") || (a.count > 0 && strcmp(a.word[0], "help") == 0);
    if (a.count > 0 && strcmp(a.word[0], "help") == 0) shift(&a);
    if (a.count == 0) return help(wants_help ? stdout : stderr);
    if (wants_help) return client_help(a.word[0]);
    word = a.word[0];
    shift(&a);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    code = run(&a, word);
    curl_global_cleanup();
    return code;
}
