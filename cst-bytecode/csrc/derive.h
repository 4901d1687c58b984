// What a parent's fields follow from: the children, the production and the grammar.
//
// This is not tree-sitter's own summary called from outside: that one asserts what a hostile byte
// could break, and rewrites fields that are primary here. Where the two should ever disagree, the
// walk finds it and the row carries the tree's own value.
#ifndef CST_DERIVE_H_
#define CST_DERIVE_H_

#include "flags.h"
#include "release.h"
#include "tree.h"
#include "language.h"
#include "error_costs.h"

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
  // CST_DERIVED_FLAGS, and CST_HAS_CHANGES where a child has it.
  uint16_t flags;
} cst_derived;

// A compiler left alone calls these, at a fifth of a tree's time.
#if defined(__GNUC__)
#define CST_INLINED static inline __attribute__((always_inline))
#elif defined(_MSC_VER)
#define CST_INLINED static __forceinline
#else
#define CST_INLINED static inline
#endif

// The library sums the costs of errors in 32 bits and asserts that they have not overflowed; all leaves
// of a tree together must cost no more than this, were they one error.
#define CST_MAX_EXTENT_COST INT32_MAX

static inline uint64_t cst_extent_cost(Subtree subtree) {
  Length padding = ts_subtree_padding(subtree);
  Length size = ts_subtree_size(subtree);
  return (uint64_t)padding.bytes + size.bytes +
    ((uint64_t)padding.extent.row + size.extent.row) * ERROR_COST_PER_SKIPPED_LINE;
}

// What a tree takes from the allocator, counted the same on every platform, for the number is part
// of the format: 64-bit sizes, and for each block eight bytes of book-keeping, rounded up to sixteen
// (what glibc's malloc takes, and others come close to).
static inline uint64_t cst_block_bytes(uint64_t size) {
  return (size + 8 + 15) & ~(uint64_t)15;
}

// A tree's own two blocks, without its subtrees.
static inline uint64_t cst_tree_own_bytes(uint32_t included_range_count) {
  return cst_block_bytes(32) + cst_block_bytes((uint64_t)included_range_count * 24);
}

// The block of a subtree on the heap, with its children's slots.
static inline uint64_t cst_heap_bytes(uint32_t child_count) {
  return cst_block_bytes(80 + (uint64_t)child_count * 8);
}

// The block of a scanner's state; short ones lie in the subtree.
static inline uint64_t cst_scanner_state_bytes(uint32_t length) {
  return length > 24 ? cst_block_bytes(length) : 0;
}

// A subtree's own blocks, without its children's.
static inline uint64_t cst_subtree_own_bytes(Subtree subtree) {
  if (subtree.data.is_inline) return 0;
  const SubtreeHeapData *data = subtree.ptr;
  uint64_t bytes = cst_heap_bytes(data->child_count);
  if (data->child_count == 0 && data->has_external_tokens) {
    bytes += cst_scanner_state_bytes(data->external_scanner_state.length);
  }
  return bytes;
}

// The share of an error's cost that stands for its extent.
static inline uint32_t cst_error_extent_cost(Length size) {
  return ERROR_COST_PER_RECOVERY +
    ERROR_COST_PER_SKIPPED_CHAR * size.bytes +
    ERROR_COST_PER_SKIPPED_LINE * size.extent.row;
}

static inline bool cst_is_error_group(TSSymbol symbol) {
  return symbol == ts_builtin_sym_error || symbol == ts_builtin_sym_error_repeat;
}

// A child's share of the cost of an error that holds it.
static inline uint32_t cst_skipped_tree_cost(Subtree child) {
  uint32_t grandchild_count = ts_subtree_child_count(child);
  if (ts_subtree_extra(child) || (ts_subtree_is_error(child) && grandchild_count == 0)) return 0;
  if (ts_subtree_visible(child)) return ERROR_COST_PER_SKIPPED_TREE;
  return grandchild_count > 0 ? ERROR_COST_PER_SKIPPED_TREE * child.ptr->visible_child_count : 0;
}

// Adds what one more child contributes; the order of children is the order of calls.
typedef struct {
  const TSLanguage *language;
  // The production's aliases, NULL where it has none.
  const TSSymbol *aliases;
  uint32_t structural_index;
  bool in_error;
  uint64_t end;
  uint64_t lookahead_end;
} cst_position;

static inline void cst_count_visible(cst_derived *derived, bool named) {
  derived->visible_descendant_count++;
  derived->visible_child_count++;
  if (named) derived->named_child_count++;
}

// The alias that the parent gives to a child; 0 for none. False where the table is too narrow.
CST_INLINED bool cst_next_alias(cst_position *self, TSSymbol symbol, TSSymbol *alias) {
  *alias = 0;
  if (self->aliases) {
    if (self->structural_index >= self->language->max_alias_sequence_length) return false;
    if (symbol != ts_builtin_sym_end) *alias = self->aliases[self->structural_index];
  }
  self->structural_index++;
  return true;
}

CST_INLINED void cst_extend(
  cst_position *self, cst_derived *derived, bool first, Length padding, Length size, uint32_t lookahead
) {
  Length total = length_add(padding, size);
  if (first) {
    derived->padding = padding;
    derived->size = size;
  } else {
    derived->size = length_add(derived->size, total);
  }
  self->end += total.bytes;
  uint64_t lookahead_end = self->end + lookahead;
  if (lookahead_end > self->lookahead_end) self->lookahead_end = lookahead_end;
}

// Most children are inline leaves, and most rules are not about them.
CST_INLINED cst_status cst_add_inline(cst_position *self, cst_derived *derived, bool first, SubtreeInlineData leaf) {
  if (CST_INLINE_DEPENDS_ON_COLUMN(leaf) && (first || derived->size.extent.row == 0)) derived->flags |= CST_DEPENDS_ON_COLUMN;
  if (leaf.has_changes) derived->flags |= CST_HAS_CHANGES;
  Length padding = {leaf.padding_bytes, {leaf.padding_rows, leaf.padding_columns}};
  Length size = {leaf.size_bytes, {0, leaf.size_bytes}};
  cst_extend(self, derived, first, padding, size, leaf.lookahead_bytes);
  if (leaf.is_missing) derived->error_cost += ERROR_COST_PER_MISSING_TREE + ERROR_COST_PER_RECOVERY;

  TSSymbol alias = 0;
  if (!leaf.extra) {
    if (self->in_error && leaf.visible) derived->error_cost += ERROR_COST_PER_SKIPPED_TREE;
    if (!cst_next_alias(self, leaf.symbol, &alias)) return CST_BAD_CHILD_COUNT;
  }
  if (alias != 0) {
    cst_count_visible(derived, ts_language_symbol_metadata(self->language, alias).named);
  } else if (leaf.visible) {
    cst_count_visible(derived, leaf.named);
  }
  return CST_OK;
}

CST_INLINED cst_status cst_add_heap(cst_position *self, cst_derived *derived, bool first, const SubtreeHeapData *child) {
  uint16_t flags = cst_heap_flags(child);
  uint16_t inherited = CST_HAS_CHANGES | CST_EXTERNAL_TOKENS;
  if (first || derived->size.extent.row == 0) inherited |= CST_DEPENDS_ON_COLUMN;
  cst_extend(self, derived, first, child->padding, child->size, child->lookahead_bytes);

  Subtree subtree = {.ptr = child};
  // What has no errors in it costs nothing, and hardly anything has.
  if (child->error_cost > 0 || flags & CST_MISSING) {
    bool is_group = child->symbol == ts_builtin_sym_error_repeat;
    if (CST_GROUPS_ARE_REFUNDED || !is_group) derived->error_cost += ts_subtree_error_cost(subtree);
  }
  if (child->symbol == ts_builtin_sym_error_repeat && CST_GROUPS_ARE_REFUNDED) {
    derived->error_cost -= cst_error_extent_cost(child->size);
  } else if (self->in_error) {
    derived->error_cost += cst_skipped_tree_cost(subtree);
  }

  TSSymbol alias = 0;
  if (!(flags & CST_EXTRA) && !cst_next_alias(self, child->symbol, &alias)) return CST_BAD_CHILD_COUNT;
  bool has_children = child->child_count > 0;
  if (alias != 0) {
    cst_count_visible(derived, ts_language_symbol_metadata(self->language, alias).named);
  } else if (flags & CST_VISIBLE) {
    cst_count_visible(derived, flags & CST_NAMED);
  } else if (has_children) {
    derived->visible_child_count += child->visible_child_count;
    derived->named_child_count += child->named_child_count;
  }
  if (has_children) {
    derived->visible_descendant_count += child->visible_descendant_count;
    // Unsigned, so that sums wrap as the library's do, without being undefined.
    derived->dynamic_precedence =
      (int32_t)((uint32_t)derived->dynamic_precedence + (uint32_t)child->dynamic_precedence);
  }
  // The library leaves this flag unset in tokens that an edit has moved to the heap.
  if (has_children || flags & CST_EXTERNAL_TOKENS) inherited |= CST_SCANNER_STATE_CHANGE;
  derived->flags |= flags & inherited;
  return CST_OK;
}

CST_INLINED cst_status cst_add_child(cst_position *self, cst_derived *derived, bool first, Subtree child) {
  return child.data.is_inline
    ? cst_add_inline(self, derived, first, child.data)
    : cst_add_heap(self, derived, first, child.ptr);
}

// Beneath `cst_derive`, with what is known of `count` and `in_error` there.
CST_INLINED cst_status cst_derive_from(
  const TSLanguage *language, const SubtreeHeapData *parent,
  const Subtree *children, uint32_t count, bool in_error, cst_derived *out
) {
  cst_position self = {
    .language = language,
    .aliases = ts_language_alias_sequence(language, parent->production_id),
    .in_error = in_error,
  };
  cst_derived derived = {
    .first_leaf_symbol = ts_subtree_leaf_symbol(children[0]),
    .first_leaf_parse_state = ts_subtree_leaf_parse_state(children[0]),
  };
  cst_status status = cst_add_child(&self, &derived, true, children[0]);
  for (uint32_t i = 1; i < count && status == CST_OK; i++) {
    status = cst_add_child(&self, &derived, false, children[i]);
  }
  if (status != CST_OK) return status;
  // The library looks up the alias of an extra too, one place after the last child's.
  if (self.aliases && self.structural_index >= language->max_alias_sequence_length &&
      parent->production_id + 1u >= language->production_id_count && ts_subtree_extra(children[count - 1])) {
    return CST_BAD_CHILD_COUNT;
  }
  if (derived.flags & CST_HAS_CHANGES && !parent->has_changes) return CST_BAD_FLAGS;
  if (self.lookahead_end > UINT32_MAX) return CST_BAD_EXTENT;

  derived.lookahead_bytes = (uint32_t)(self.lookahead_end - self.end);
  if (in_error) derived.error_cost += cst_error_extent_cost(derived.size);

  Subtree last = children[count - 1];
  if (count >= 2 && !parent->visible && !parent->named && ts_subtree_symbol(children[0]) == parent->symbol) {
    // A leaf has none; the library reads its union all the same, which an edit may have left unset.
    uint32_t left = ts_subtree_child_count(children[0]) > 0 ? ts_subtree_repeat_depth(children[0]) : 0;
    uint32_t right = ts_subtree_child_count(last) > 0 ? ts_subtree_repeat_depth(last) : 0;
    derived.repeat_depth = (uint16_t)((left > right ? left : right) + 1);
  }

  *out = derived;
  return CST_OK;
}

// Derives a parent's fields. `parent` gives symbol, production, visible and named; `count` is at
// least 1. Refuses what the library could not index with: more structural children than the
// grammar's alias table is wide, an extent beyond 32 bits, a changed child in an unchanged parent.
CST_INLINED cst_status cst_derive(
  const TSLanguage *language, const SubtreeHeapData *parent,
  const Subtree *children, uint32_t count, cst_derived *out
) {
  if (cst_is_error_group(parent->symbol)) return cst_derive_from(language, parent, children, count, true, out);
  // Every other parent has one child.
  if (count == 1) return cst_derive_from(language, parent, children, 1, false, out);
  return cst_derive_from(language, parent, children, count, false, out);
}

// --- Hidden parents of one child --------------------------------------------------------------
//
// A third of all subtrees; nearly all of them have what their child has, which is asked at once. The
// fields from the padding to the error's cost lie side by side.

#define CST_SHARED_OFFSET offsetof(SubtreeHeapData, padding)
#define CST_SHARED_BYTES (offsetof(SubtreeHeapData, child_count) - CST_SHARED_OFFSET)
_Static_assert(CST_SHARED_BYTES == 2 * sizeof(Length) + 2 * sizeof(uint32_t), "padding, size, lookahead, cost");
_Static_assert(offsetof(cst_derived, visible_child_count) == CST_SHARED_BYTES, "the same in what is derived");

// Whether a child passes everything on: it is no error, no extra, neither missing nor changed, and its
// parent's production does not rename it.
static inline bool cst_passes_on(const TSLanguage *language, const SubtreeHeapData *parent, Subtree child) {
  if (parent->production_id != 0) {
    if (language->max_alias_sequence_length == 0) return false;
    if (ts_language_alias_sequence(language, parent->production_id)[0] != 0) return false;
  }
  if (parent->has_changes || parent->symbol >= ts_builtin_sym_error_repeat) return false;
  if (child.data.is_inline) return !child.data.extra && !child.data.is_missing && !child.data.has_changes;
  const SubtreeHeapData *data = child.ptr;
  return data->child_count > 0 && !data->extra && !data->has_changes && data->symbol < ts_builtin_sym_error_repeat;
}

// What the four fields from the padding on differ in, eight bytes at a time; 0 where they are equal.
static inline uint64_t cst_shared_difference(const Length *a, const Length *b) {
  uint64_t words[2][CST_SHARED_BYTES / 8];
  memcpy(words[0], a, CST_SHARED_BYTES);
  memcpy(words[1], b, CST_SHARED_BYTES);
  uint64_t difference = 0;
  for (size_t i = 0; i < CST_SHARED_BYTES / 8; i++) difference |= words[0][i] ^ words[1][i];
  return difference;
}

static inline bool cst_has_taken_over_leaf(const SubtreeHeapData *parent, SubtreeInlineData leaf) {
  uint32_t difference =
    (parent->padding.bytes ^ leaf.padding_bytes) |
    (parent->padding.extent.row ^ leaf.padding_rows) |
    (parent->padding.extent.column ^ leaf.padding_columns) |
    (parent->size.bytes ^ leaf.size_bytes) |
    parent->size.extent.row |
    (parent->size.extent.column ^ leaf.size_bytes) |
    (parent->lookahead_bytes ^ leaf.lookahead_bytes) |
    parent->error_cost |
    (parent->visible_child_count ^ leaf.visible) |
    (parent->named_child_count ^ (leaf.visible & leaf.named)) |
    (parent->visible_descendant_count ^ leaf.visible) |
    parent->repeat_depth |
    (uint32_t)(parent->first_leaf.symbol ^ leaf.symbol) |
    (uint32_t)(parent->first_leaf.parse_state ^ leaf.parse_state);
  uint16_t flags = cst_heap_flags(parent) & CST_DERIVED_FLAGS;
  return difference == 0 && flags == (CST_INLINE_DEPENDS_ON_COLUMN(leaf) ? CST_DEPENDS_ON_COLUMN : 0);
}

// Whether a hidden parent has just what its only child passes on. `precedence` is what it adds.
static inline bool cst_has_taken_over(const SubtreeHeapData *parent, Subtree child, int32_t *precedence) {
  if (child.data.is_inline) {
    *precedence = parent->dynamic_precedence;
    return cst_has_taken_over_leaf(parent, child.data);
  }
  const SubtreeHeapData *data = child.ptr;
  *precedence = (int32_t)((uint32_t)parent->dynamic_precedence - (uint32_t)data->dynamic_precedence);
  uint16_t flags = cst_heap_flags(data);
  bool visible = flags & CST_VISIBLE;
  uint32_t difference =
    (parent->visible_child_count ^ (visible ? 1 : data->visible_child_count)) |
    (parent->named_child_count ^ (visible ? (flags & CST_NAMED) != 0 : data->named_child_count)) |
    (parent->visible_descendant_count ^ (data->visible_descendant_count + visible)) |
    parent->repeat_depth |
    (uint32_t)(parent->first_leaf.symbol ^ data->first_leaf.symbol) |
    (uint32_t)(parent->first_leaf.parse_state ^ data->first_leaf.parse_state) |
    ((cst_heap_flags(parent) ^ flags) & CST_DERIVED_FLAGS);
  return difference == 0 && cst_shared_difference(&parent->padding, &data->padding) == 0;
}

#endif
