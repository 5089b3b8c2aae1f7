/* Says of each line of hexadecimal digits whether the strict decoder accepts it: a line "accept" or "refuse" each. */
#include <stdio.h>
#include <stdlib.h>

#include "log/base/cbor.h"

#define LINE_MAX_LETTERS (1 << 20)

static int digit(int c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

int main(void)
{
    static char line[LINE_MAX_LETTERS];
    static uint8_t bytes[LINE_MAX_LETTERS / 2];

    while (fgets(line, sizeof line, stdin) != NULL) {
        size_t len = 0;

        for (const char *c = line; digit(c[0]) >= 0 && digit(c[1]) >= 0; c += 2) {
            bytes[len++] = (uint8_t)(digit(c[0]) << 4 | digit(c[1]));
        }
        if (line[2 * len] != '\n') return EXIT_FAILURE;
        puts(cbor_check((struct span){bytes, len}) == ERR_OK ? "accept" : "refuse");
    }
    return ferror(stdin) || fflush(stdout) != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
