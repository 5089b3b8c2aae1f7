/* Receipts: one form, and whatever path one holds leads to a root or nowhere. */
#include "log/statement/receipt.h"
#include "tests/fuzz/fuzz.h"

FUZZ(input)
{
    const struct hash leaf = {{7}};
    struct receipt r;
    struct hash root;
    FUZZ_OUT(o);

    if (receipt_decode(input, &r) != ERR_OK) return;
    ASSERT(r.index < r.size);
    ASSERT(r.size <= TREE_SIZE_MAX);
    receipt_encode(&r, &o);
    fuzz_same(&o, input);
    if (tree_inclusion_root(&leaf, r.index, r.size, r.path.hash, r.path.count, &root) != ERR_OK) return;
    ASSERT(tree_inclusion_verify(&leaf, r.index, r.size, r.path.hash, r.path.count, &root) == ERR_OK);
}
