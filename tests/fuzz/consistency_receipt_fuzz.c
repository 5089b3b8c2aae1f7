/* Receipts that one tree begins with another: one form, and none is signed by a key that signed nothing. */
#include "log/statement/receipt.h"
#include "tests/fuzz/fuzz.h"

FUZZ(input)
{
    const struct hash old_root = {{7}};
    struct consistency_receipt r;
    struct public_key key = {{0}};
    struct hash root;
    FUZZ_OUT(o);

    if (consistency_receipt_decode(input, &r) != ERR_OK) return;
    ASSERT(r.old > 0 && r.old < r.size && r.size <= TREE_SIZE_MAX);
    consistency_receipt_encode(&r, &o);
    fuzz_same(&o, input);
    ASSERT(input.len <= RECEIPT_SIZE_MAX);
    ASSERT(consistency_receipt_verify(&r, &old_root, &key, &root) != ERR_OK);
}
