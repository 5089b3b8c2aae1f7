/* cairnd fsck: reads everything again and recomputes every hash. */
#include <stdio.h>

#include "server/command.h"

static void tell(void *ctx, uint64_t done, uint64_t all)
{
    (void)ctx;
    fprintf(stderr, "\rchecked %llu of %llu places", (unsigned long long)done, (unsigned long long)all);
    if (done == all) fprintf(stderr, "\n");
}

/* The published note must name the root that the tree has at its size. */
static enum err check_note(struct store *store, char where[160])
{
    struct log_view *view __attribute__((cleanup(log_view_cleanup))) = NULL;
    struct tree_reader reader;
    struct signature ignored;
    struct checkpoint c;
    struct note note;
    struct span bytes;
    struct hash root;
    enum err e;

    TRY(log_view_open(store, &view));
    e = log_published(view, &bytes, &ignored);
    if (e == ERR_NOT_FOUND) return ERR_OK;
    TRY(e);
    reader = log_reader(view);
    snprintf(where, 160, "the published checkpoint does not fit the tree");
    if (note_decode(bytes, &note) != ERR_OK || checkpoint_decode(note.text, &c) != ERR_OK) return ERR_DAMAGED;
    TRY(tree_range_root(&reader, 0, c.size, &root));
    return hash_equal(&root, &c.root) ? ERR_OK : ERR_DAMAGED;
}

int command_fsck(int argc, char **argv)
{
    char where[160] = "";
    struct store *store;
    enum err e;

    if (argc != 1) {
        fprintf(stderr, "usage: cairnd fsck DIR   (stop the server first)\n");
        return EXIT_USAGE;
    }
    e = folder_lock(argv[0], NULL);
    if (e == ERR_OK) e = store_open(argv[0], false, 0, &store);
    if (e != ERR_OK) return command_fail(e, argv[0], "");
    e = store_check(store, tell, NULL, where);
    if (e == ERR_OK) e = check_note(store, where);
    store_close(store);
    if (e != ERR_OK) return command_fail(e, argv[0], where);
    printf("ok    every statement hashes to its place, every tile to the one above, the index to its seal\n");
    return EXIT_YES;
}
