/* The rules by which a proof is accepted, as docs/formats.md 9.1 and 9.2 say them, one after the other. Slow; what the
 * verifiers are held against where there is no trie to ask: with malformed trees. */
#ifndef CAIRN_TESTS_INDEX_JUDGE_H
#define CAIRN_TESTS_INDEX_JUDGE_H

#include "tests/index/model.h"

bool judge_presence(const struct hash *key, const struct list_value *value, const struct trie_path *path,
                    const struct hash *root);
bool judge_absence(const struct hash *key, const struct hash *other, const struct list_value *value,
                   const struct trie_path *path, const struct hash *root);
bool judge_prefix(const struct hash *prefix, unsigned bits, const struct trie_entry *leaves, size_t count,
                  const struct trie_path *path, const struct hash *root);
bool judge_prefix_absence(const struct hash *prefix, unsigned bits, const struct hash *other,
                          const struct list_value *value, const struct trie_path *path, const struct hash *root);
/* As opened_verify, over items that need no decoding. */
enum err judge_opened(const struct items *items, const struct hash *root, const struct hash *keys, size_t count,
                      bool *ret_present, struct list_value *ret_value);

#endif
