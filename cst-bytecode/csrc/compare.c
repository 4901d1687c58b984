// The oracle of every round trip: two trees, compared in every field of every subtree.
//
// Only the reference count is left out (it says who holds a subtree, not what it is), and, of a
// token's union, the bytes that tree-sitter neither writes nor reads.

#include <stdlib.h>
#include <string.h>
#include "derive.h"

typedef struct {
  Subtree left;
  Subtree right;
} pair;

typedef struct {
  pair *contents;
  size_t size;
  size_t capacity;
} pair_stack;

static bool push(pair_stack *self, pair entry) {
  if (self->size == self->capacity) {
    size_t capacity = self->capacity ? self->capacity * 2 : 256;
    if (capacity > SIZE_MAX / sizeof(pair)) return false;
    pair *contents = realloc(self->contents, capacity * sizeof(pair));
    if (!contents) return false;
    self->contents = contents;
    self->capacity = capacity;
  }
  self->contents[self->size++] = entry;
  return true;
}

#define COMPARE(field) \
  if (left.field != right.field) return #field

static const char *compare_inline(SubtreeInlineData left, SubtreeInlineData right) {
  COMPARE(symbol);
  COMPARE(visible);
  COMPARE(named);
  COMPARE(extra);
  COMPARE(has_changes);
  COMPARE(is_missing);
  COMPARE(is_keyword);
  if (CST_INLINE_DEPENDS_ON_COLUMN(left) != CST_INLINE_DEPENDS_ON_COLUMN(right)) return "depends_on_column";
  COMPARE(parse_state);
  COMPARE(padding_columns);
  COMPARE(padding_rows);
  COMPARE(lookahead_bytes);
  COMPARE(padding_bytes);
  COMPARE(size_bytes);
  return NULL;
}

#undef COMPARE
#define COMPARE(field) \
  if (left->field != right->field) return #field

static const char *compare_counts(const SubtreeHeapData *left, const SubtreeHeapData *right) {
  COMPARE(visible_child_count);
  COMPARE(named_child_count);
  COMPARE(visible_descendant_count);
  COMPARE(dynamic_precedence);
  COMPARE(repeat_depth);
  COMPARE(production_id);
  COMPARE(first_leaf.symbol);
  COMPARE(first_leaf.parse_state);
  return NULL;
}

static const char *compare_heap(
  const TSLanguage *language, const SubtreeHeapData *left, const SubtreeHeapData *right
) {
  COMPARE(symbol);
  COMPARE(child_count);
  COMPARE(padding.bytes);
  COMPARE(padding.extent.row);
  COMPARE(padding.extent.column);
  COMPARE(size.bytes);
  COMPARE(size.extent.row);
  COMPARE(size.extent.column);
  COMPARE(lookahead_bytes);
  COMPARE(error_cost);
  COMPARE(parse_state);
  COMPARE(visible);
  COMPARE(named);
  COMPARE(extra);
  COMPARE(fragile_left);
  COMPARE(fragile_right);
  COMPARE(has_changes);
  COMPARE(has_external_tokens);
  // The library leaves this flag unset in tokens that an edit has moved to the heap.
  if (left->child_count > 0 || left->has_external_tokens) COMPARE(has_external_scanner_state_change);
  COMPARE(depends_on_column);
  COMPARE(is_missing);
  COMPARE(is_keyword);
  if (left->child_count > 0) return compare_counts(left, right);
  if (left->has_external_tokens) {
    const ExternalScannerState *a = &left->external_scanner_state;
    const ExternalScannerState *b = &right->external_scanner_state;
    COMPARE(external_scanner_state.length);
    if (!ts_external_scanner_state_eq(a, ts_external_scanner_state_data(b), b->length)) {
      return "external_scanner_state";
    }
    return NULL;
  }
  if (left->symbol == ts_builtin_sym_error) {
    COMPARE(lookahead_char);
    return NULL;
  }
  return left->symbol >= language->token_count ? compare_counts(left, right) : NULL;
}

#undef COMPARE

static const char *compare_trees(const TSTree *left, const TSTree *right) {
  if (left->language != right->language) return "language";
  if (left->included_range_count != right->included_range_count) return "included_range_count";
  for (uint32_t i = 0; i < left->included_range_count; i++) {
    const TSRange *a = &left->included_ranges[i];
    const TSRange *b = &right->included_ranges[i];
    if (a->start_byte != b->start_byte || a->end_byte != b->end_byte ||
        a->start_point.row != b->start_point.row || a->start_point.column != b->start_point.column ||
        a->end_point.row != b->end_point.row || a->end_point.column != b->end_point.column) {
      return "included_ranges";
    }
  }
  return NULL;
}

bool cst_tree_compare(const TSTree *left, const TSTree *right, cst_difference *difference) {
  difference->subtree = 0;
  difference->field = compare_trees(left, right);
  if (difference->field) return true;

  pair_stack stack = {NULL, 0, 0};
  bool ok = push(&stack, (pair) {left->root, right->root});
  while (ok && stack.size > 0) {
    pair entry = stack.contents[--stack.size];
    if (entry.left.data.is_inline != entry.right.data.is_inline) {
      difference->field = "is_inline";
    } else if (entry.left.data.is_inline) {
      difference->field = compare_inline(entry.left.data, entry.right.data);
    } else {
      difference->field = compare_heap(left->language, entry.left.ptr, entry.right.ptr);
    }
    if (difference->field) break;
    difference->subtree++;
    // Last child first, so that the first is compared next and the count is in pre-order.
    for (uint32_t i = ts_subtree_child_count(entry.left); ok && i > 0; i--) {
      ok = push(&stack, (pair) {
        ts_subtree_children(entry.left)[i - 1], ts_subtree_children(entry.right)[i - 1]
      });
    }
  }
  free(stack.contents);
  return ok;
}
