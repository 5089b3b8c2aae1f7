/* A log made from choices, whatever they are, is what the model of it says: see tests/admit/history.h. */
#include "tests/fuzz/fuzz.h"

#include "tests/admit/history.h"

FUZZ(input)
{
    static struct history_tally tally;

    history_run(input, &tally);
}
