/* Signed notes: text, empty line and signature lines are all there is, and each line can be written again. */
#include "log/base/codec.h"
#include "log/note/note.h"
#include "tests/fuzz/fuzz.h"

static void check_line(const struct note_line *line)
{
    uint8_t blob[4 + sizeof(line->blob)];
    FUZZ_OUT(o);

    if (line->blob_len > sizeof(line->blob)) return;
    memcpy(blob, line->id, 4);
    memcpy(blob + 4, line->blob, line->blob_len);
    out_text(&o, "\xe2\x80\x94 ");
    out_bytes(&o, line->name);
    out_byte(&o, ' ');
    base64_encode(span_of(blob, 4 + line->blob_len), &o);
    out_byte(&o, '\n');
    fuzz_same(&o, line->whole);
}

FUZZ(input)
{
    struct note note, again;
    struct note_line line;
    struct span rest;
    FUZZ_OUT(o);

    if (note_decode(input, &note) != ERR_OK) return;
    ASSERT(note_text_good(note.text));
    out_bytes(&o, note.text);
    out_byte(&o, '\n');
    rest = note.signatures;
    for (unsigned count = 0; note_next(&rest, &line); count++) {
        ASSERT(count < NOTE_SIGNATURES_MAX);
        check_line(&line);
        out_bytes(&o, line.whole);
    }
    ASSERT(rest.len == 0);
    fuzz_same(&o, input);
    ASSERT(note_decode(out_span(&o), &again) == ERR_OK);
}
