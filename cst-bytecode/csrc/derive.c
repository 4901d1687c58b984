// Derives a parent's fields from its children, as tree-sitter summarises a node it has just made.
//
// This is not tree-sitter's function called from outside: that one asserts what a hostile byte
// could break, and rewrites fields that are primary here. Where the two should ever disagree,
// the walk finds it and the row carries the tree's own value.

#include "derive.h"
#include "error_costs.h"

uint32_t cst_error_extent_cost(Length size) {
  return ERROR_COST_PER_RECOVERY +
    ERROR_COST_PER_SKIPPED_CHAR * size.bytes +
    ERROR_COST_PER_SKIPPED_LINE * size.extent.row;
}

static inline bool is_error_group(TSSymbol symbol) {
  return symbol == ts_builtin_sym_error || symbol == ts_builtin_sym_error_repeat;
}

// A child's share of the cost of an error that holds it.
static uint32_t skipped_tree_cost(Subtree child) {
  uint32_t grandchild_count = ts_subtree_child_count(child);
  if (ts_subtree_extra(child) || (ts_subtree_is_error(child) && grandchild_count == 0)) return 0;
  if (ts_subtree_visible(child)) return ERROR_COST_PER_SKIPPED_TREE;
  return grandchild_count > 0 ? ERROR_COST_PER_SKIPPED_TREE * child.ptr->visible_child_count : 0;
}

cst_status cst_derive(
  const TSLanguage *language, const SubtreeHeapData *parent,
  const Subtree *children, uint32_t count, cst_derived *out
) {
  const bool in_error = is_error_group(parent->symbol);
  const TSSymbol *aliases = ts_language_alias_sequence(language, parent->production_id);
  uint32_t structural_index = 0;
  uint64_t lookahead_end = 0;
  uint64_t end = 0;
  cst_derived derived = {
    .padding = ts_subtree_padding(children[0]),
    .size = ts_subtree_size(children[0]),
    .first_leaf_symbol = ts_subtree_leaf_symbol(children[0]),
    .first_leaf_parse_state = ts_subtree_leaf_parse_state(children[0]),
  };

  for (uint32_t i = 0; i < count; i++) {
    Subtree child = children[i];
    TSSymbol symbol = ts_subtree_symbol(child);
    Length size = ts_subtree_total_size(child);
    bool extra = ts_subtree_extra(child);

    if (ts_subtree_has_changes(child) && !parent->has_changes) return CST_BAD_FLAGS;

    // A column matters to the parent as long as no line break lies between its start and the child.
    if ((i == 0 || derived.size.extent.row == 0) && ts_subtree_depends_on_column(child)) {
      derived.depends_on_column = true;
    }
    if (i > 0) derived.size = length_add(derived.size, size);

    end += size.bytes;
    if (end > UINT32_MAX) return CST_BAD_EXTENT;
    uint64_t child_lookahead_end = end + ts_subtree_lookahead_bytes(child);
    if (child_lookahead_end > UINT32_MAX) return CST_BAD_EXTENT;
    if (child_lookahead_end > lookahead_end) lookahead_end = child_lookahead_end;

    derived.error_cost += ts_subtree_error_cost(child);
    if (symbol == ts_builtin_sym_error_repeat) {
      derived.error_cost -= cst_error_extent_cost(ts_subtree_size(child));
    } else if (in_error) {
      derived.error_cost += skipped_tree_cost(child);
    }

    // Unsigned, so that sums wrap as the library's do, without being undefined.
    derived.dynamic_precedence = (int32_t)(
      (uint32_t)derived.dynamic_precedence + (uint32_t)ts_subtree_dynamic_precedence(child)
    );
    derived.visible_descendant_count += ts_subtree_visible_descendant_count(child);

    TSSymbol alias = 0;
    if (aliases && !extra) {
      if (structural_index >= language->max_alias_sequence_length) return CST_BAD_CHILD_COUNT;
      if (symbol != ts_builtin_sym_end) alias = aliases[structural_index];
    }
    if (alias != 0) {
      derived.visible_descendant_count++;
      derived.visible_child_count++;
      if (ts_language_symbol_metadata(language, alias).named) derived.named_child_count++;
    } else if (ts_subtree_visible(child)) {
      derived.visible_descendant_count++;
      derived.visible_child_count++;
      if (ts_subtree_named(child)) derived.named_child_count++;
    } else if (ts_subtree_child_count(child) > 0) {
      derived.visible_child_count += child.ptr->visible_child_count;
      derived.named_child_count += child.ptr->named_child_count;
    }

    if (ts_subtree_has_external_tokens(child)) derived.has_external_tokens = true;
    if (ts_subtree_has_external_scanner_state_change(child)) derived.has_scanner_state_change = true;
    if (!extra) structural_index++;
  }

  derived.lookahead_bytes = (uint32_t)(lookahead_end - end);
  if (in_error) derived.error_cost += cst_error_extent_cost(derived.size);

  Subtree last = children[count - 1];
  if (count >= 2 && !parent->visible && !parent->named && ts_subtree_symbol(children[0]) == parent->symbol) {
    uint32_t left = ts_subtree_repeat_depth(children[0]);
    uint32_t right = ts_subtree_repeat_depth(last);
    derived.repeat_depth = (uint16_t)((left > right ? left : right) + 1);
  }

  *out = derived;
  return CST_OK;
}
