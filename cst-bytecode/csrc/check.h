// What must be true of a decoded tree, so that every function of the library may be called with it: of a parent with its
// children, of the root and of the ranges of text. Nothing here changes anything.
#ifndef CST_CHECK_H_
#define CST_CHECK_H_

#include "derive.h"

// Whether the parser could have made a rule's node in the state that the node says.
static inline cst_status cst_check_state(const TSLanguage *language, const SubtreeHeapData *data) {
  TSStateId state = data->parse_state;
  if (state == ERROR_STATE) {
    // While the parser skips errors only extras begin, with a token that it shifts then; any other node
    // of that state would be looked up as if it were a token.
    uint32_t count;
    if (!data->extra) return CST_BAD_PARSE_STATE;
    const TSParseAction *actions = ts_language_actions(language, state, data->first_leaf.symbol, &count);
    if (count == 0 || actions->type != TSParseActionTypeShift) return CST_BAD_PARSE_STATE;
  } else if (data->extra && state != TS_TREE_STATE_NONE) {
    // An extra leaves the state as it is. One that does not would not be counted among a rule's
    // children, and the parser would take others that are not there.
    if (ts_language_next_state(language, state, data->symbol) != state) return CST_BAD_FLAGS;
  }
  return CST_OK;
}

// What a parent has in common with its children, so that what is not fragile can be used again.
static inline cst_status cst_check_family(
  const TSLanguage *language, const SubtreeHeapData *data, const Subtree *children, bool is_root
) {
  Subtree first = children[0];
  Subtree last = children[data->child_count - 1];
  if (ts_subtree_fragile_left(first) && !data->fragile_left) return CST_BAD_FLAGS;
  if (ts_subtree_fragile_right(last) && !data->fragile_right) return CST_BAD_FLAGS;
  if (is_root) return CST_OK;
  if (data->first_leaf.symbol == ts_builtin_sym_end) return CST_BAD_SYMBOL;
  if (cst_is_error_group(data->symbol)) return CST_OK;
  // A rule begins with its first part; extras before it are not its own.
  if (ts_subtree_extra(first)) return CST_BAD_FLAGS;
  return cst_check_state(language, data);
}

// What must be true of a parent with its fields, whoever has set them.
static inline cst_status cst_check_parent(
  const TSLanguage *language, uint32_t subtree_count, const SubtreeHeapData *data, const Subtree *children,
  bool is_root
) {
  // Callers reserve memory by these, and what an exception says of a child adds up in its parents.
  if (data->visible_child_count >= subtree_count ||
      data->named_child_count >= subtree_count ||
      data->visible_descendant_count >= subtree_count) return CST_BAD_CHILD_COUNT;
  // What the parser would look up, should it reuse this node by its first leaf.
  TSSymbol leaf = data->first_leaf.symbol;
  bool is_error_leaf = leaf == ts_builtin_sym_error || leaf == ts_builtin_sym_error_repeat;
  if (leaf >= language->token_count && !is_error_leaf) return CST_BAD_SYMBOL;
  bool is_fragile = data->fragile_left && data->fragile_right;
  if (data->first_leaf.parse_state >= language->state_count && !is_fragile) return CST_BAD_PARSE_STATE;
  cst_status status = cst_check_family(language, data, children, is_root);
  if (status != CST_OK) return status;
  // The library takes for granted that a group of errors costs at least what its extent costs.
  if (data->symbol == ts_builtin_sym_error_repeat && !data->has_changes &&
      data->error_cost < cst_error_extent_cost(data->size)) return CST_BAD_ERROR_COST;
  return CST_OK;
}

// A root is what the parser accepts: the start rule, or an error in its place.
static inline cst_status cst_check_root(const TSLanguage *language, Subtree root) {
  if (root.data.is_inline || root.ptr->child_count == 0 || root.ptr->extra) return CST_BAD_SYMBOL;
  if (root.ptr->symbol == ts_builtin_sym_error) return CST_OK;
  TSStateId state = ts_language_next_state(language, 1, root.ptr->symbol);
  uint32_t count = 0;
  const TSParseAction *actions = NULL;
  if (state != ERROR_STATE) actions = ts_language_actions(language, state, ts_builtin_sym_end, &count);
  return count > 0 && actions[count - 1].type == TSParseActionTypeAccept ? CST_OK : CST_BAD_SYMBOL;
}

// As the library checks the ranges that a parser is given; and none after the first begins at the very
// end, for the library, comparing two trees' ranges, would run past the other's.
static inline cst_status cst_check_ranges(const cst_range *ranges, uint32_t count) {
  uint32_t end = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (ranges[i].start_byte < end || ranges[i].end_byte < ranges[i].start_byte) return CST_BAD_EXTENT;
    if (i > 0 && ranges[i].start_byte == UINT32_MAX) return CST_BAD_EXTENT;
    end = ranges[i].end_byte;
  }
  return count > 0 ? CST_OK : CST_BAD_EXTENT;
}

#endif
