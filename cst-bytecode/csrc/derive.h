// What a parent's fields follow from: the children, the production and the grammar.
#ifndef CST_DERIVE_H_
#define CST_DERIVE_H_

#include "cst_shim.h"
#include "subtree.h"
#include "tree.h"
#include "language.h"

// What this file and its neighbours take for granted about the release they are compiled with.
_Static_assert(sizeof(Subtree) == 8, "a subtree is eight bytes: an inline leaf or a pointer");
_Static_assert(sizeof(SubtreeInlineData) == 8, "an inline leaf fills a subtree");
_Static_assert(sizeof(void *) != 8 || sizeof(SubtreeHeapData) == 80, "heap data is 80 bytes on 64 bit");
_Static_assert(sizeof(TSSymbol) == 2 && sizeof(TSStateId) == 2, "symbols and states are 16 bits");

// The fields that a parent has from its children.
typedef struct {
  Length padding;
  Length size;
  uint32_t lookahead_bytes;
  uint32_t error_cost;
  uint32_t visible_child_count;
  uint32_t named_child_count;
  uint32_t visible_descendant_count;
  // Sum over the children; the node's own share comes on top.
  int32_t dynamic_precedence;
  uint16_t repeat_depth;
  TSSymbol first_leaf_symbol;
  TSStateId first_leaf_parse_state;
  bool has_external_tokens;
  bool depends_on_column;
  bool has_scanner_state_change;
} cst_derived;

// Derives a parent's fields. `parent` gives symbol, production, visible and named; `count` is at
// least 1. Refuses what the library could not index with: more structural children than the
// grammar's alias table is wide, an extent beyond 32 bits, a changed child in an unchanged parent.
cst_status cst_derive(
  const TSLanguage *language, const SubtreeHeapData *parent,
  const Subtree *children, uint32_t count, cst_derived *out
);

// The share of an error's cost that stands for its extent.
uint32_t cst_error_extent_cost(Length size);

// What a tree takes from the allocator, counted the same on every platform, for the number is part
// of the format: 64-bit sizes, and for each block eight bytes of book-keeping, rounded up to sixteen
// (what glibc's malloc takes, and others come close to).
static inline uint64_t cst_block_bytes(uint64_t size) {
  return (size + 8 + 15) & ~(uint64_t)15;
}

// A tree's own two blocks, without its subtrees.
static inline uint64_t cst_tree_own_bytes(const TSTree *tree) {
  return cst_block_bytes(32) + cst_block_bytes((uint64_t)tree->included_range_count * 24);
}

// A subtree's own blocks, without its children's.
static inline uint64_t cst_subtree_own_bytes(Subtree subtree) {
  if (subtree.data.is_inline) return 0;
  uint64_t bytes = cst_block_bytes(80 + (uint64_t)subtree.ptr->child_count * 8);
  if (subtree.ptr->child_count == 0 && subtree.ptr->has_external_tokens) {
    uint32_t length = subtree.ptr->external_scanner_state.length;
    if (length > 24) bytes += cst_block_bytes(length);
  }
  return bytes;
}

#endif
