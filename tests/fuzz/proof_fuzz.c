/* Proofs of the tree: an inclusion proof and a sparse proof of the same leaf hold the same hashes, in the order of
 * the path and in that of the leaves, and lead to the same root. */
#include "log/tree/merkle.h"
#include "tests/fuzz/fuzz.h"

/* Puts the hashes of a path from leaf to root in the order of what they cover (RFC 9162, 2.1.3.2). */
static void sort_path(uint64_t index, uint64_t size, const struct tree_path *path, struct out *o)
{
    uint64_t node = index, last = size - 1;
    const struct hash *left[TREE_PATH_MAX], *right[TREE_PATH_MAX];
    size_t lefts = 0, rights = 0;

    for (size_t i = 0; i < path->count; i++, node >>= 1, last >>= 1) {
        for (; node == last && node % 2 == 0 && node > 0; node >>= 1) last >>= 1;
        if (node % 2 == 1)
            left[lefts++] = &path->hash[i];
        else
            right[rights++] = &path->hash[i];
    }
    while (lefts > 0) out_bytes(o, hash_span(left[--lefts]));
    for (size_t i = 0; i < rights; i++) out_bytes(o, hash_span(right[i]));
}

static void take_hashes(struct span *rest, size_t most, struct tree_path *ret)
{
    for (ret->count = 0; ret->count < most && rest->len >= sizeof(struct hash); ret->count++)
        memcpy(ret->hash[ret->count].b, fuzz_take(rest, sizeof(struct hash)).ptr, sizeof(struct hash));
}

static void check_sparse(struct span input)
{
    uint64_t size = fuzz_u64(&input), position[16];
    struct hash leaf[16], root;
    size_t count = fuzz_take(&input, 1).len;

    if (count > 0) count = input.ptr[-1] % COUNT_OF(position);
    for (size_t i = 0; i < count; i++) {
        position[i] = fuzz_u64(&input);
        memset(leaf[i].b, (int)i, sizeof(leaf[i].b));
    }
    if (sparse_root(size, position, leaf, count, input, &root) != ERR_OK) return;
    ASSERT(count > 0);
    for (size_t i = 0; i < count; i++) ASSERT(position[i] < size && (i == 0 || position[i] > position[i - 1]));
    ASSERT(input.len % sizeof(struct hash) == 0);
}

FUZZ(input)
{
    struct span rest = input;
    uint64_t index = fuzz_u64(&rest), size = fuzz_u64(&rest);
    const struct hash leaf = {{1}};
    struct tree_path path;
    struct hash root, other;
    FUZZ_OUT(sorted);

    check_sparse(input);
    take_hashes(&rest, TREE_PATH_MAX, &path);
    if (tree_inclusion_root(&leaf, index, size, path.hash, path.count, &root) == ERR_OK) {
        ASSERT(index < size);
        sort_path(index, size, &path, &sorted);
        ASSERT(sparse_root(size, &index, &leaf, 1, out_span(&sorted), &other) == ERR_OK);
        ASSERT(hash_equal(&root, &other));
    }
    if (path.count < 2) return;
    if (tree_consistency_verify(index, size, path.hash + 2, path.count - 2, &path.hash[0], &path.hash[1]) == ERR_OK)
        ASSERT(index <= size && (index > 0 || size == 0));
}
