// Which fields of a parent are not what its children and its production say. The parser re-balances repetitions, and
// sums up those that it has turned but not what is above them, where two fields can come out differently; all else is
// stale only where an edit has been.
#ifndef CST_STALE_H_
#define CST_STALE_H_

#include "derive.h"

// Which derived fields of a parent may be stale.
static inline uint16_t cst_allowed_exceptions(bool has_changes) {
  return has_changes ? CST_STORED_ALL : CST_STORED_REPEAT_DEPTH | CST_STORED_DEPENDS_ON_COLUMN;
}

static inline uint32_t cst_length_difference(Length a, Length b) {
  return (a.bytes ^ b.bytes) | (a.extent.row ^ b.extent.row) | (a.extent.column ^ b.extent.column);
}

// Whether any derived field differs from those in `derived`: nearly always none does, which is asked of all at once.
static inline bool cst_is_stale(const SubtreeHeapData *data, const cst_derived *derived) {
  return 0 != (
    cst_shared_difference(&data->padding, &derived->padding) |
    (data->visible_child_count ^ derived->visible_child_count) |
    (data->named_child_count ^ derived->named_child_count) |
    (data->visible_descendant_count ^ derived->visible_descendant_count) |
    (uint32_t)(data->repeat_depth ^ derived->repeat_depth) |
    (uint32_t)(data->first_leaf.symbol ^ derived->first_leaf_symbol) |
    (uint32_t)(data->first_leaf.parse_state ^ derived->first_leaf_parse_state) |
    (uint32_t)((cst_heap_flags(data) ^ derived->flags) & CST_DERIVED_FLAGS)
  );
}

// Which of them do, as bits of CST_STORED_ALL.
static inline uint16_t cst_stale_fields(const SubtreeHeapData *data, const cst_derived *derived) {
  uint16_t flags = cst_heap_flags(data) ^ derived->flags;
  bool has_other_first_leaf =
    data->first_leaf.symbol != derived->first_leaf_symbol ||
    data->first_leaf.parse_state != derived->first_leaf_parse_state;
  return (uint16_t)(
    (cst_length_difference(data->padding, derived->padding) ? CST_STORED_PADDING : 0) |
    (cst_length_difference(data->size, derived->size) ? CST_STORED_SIZE : 0) |
    (data->lookahead_bytes != derived->lookahead_bytes ? CST_STORED_LOOKAHEAD : 0) |
    (data->error_cost != derived->error_cost ? CST_STORED_ERROR_COST : 0) |
    (data->visible_child_count != derived->visible_child_count ? CST_STORED_VISIBLE_CHILD_COUNT : 0) |
    (data->named_child_count != derived->named_child_count ? CST_STORED_NAMED_CHILD_COUNT : 0) |
    (data->visible_descendant_count != derived->visible_descendant_count ? CST_STORED_VISIBLE_DESCENDANT_COUNT : 0) |
    (data->repeat_depth != derived->repeat_depth ? CST_STORED_REPEAT_DEPTH : 0) |
    (has_other_first_leaf ? CST_STORED_FIRST_LEAF : 0) |
    (flags & CST_DEPENDS_ON_COLUMN ? CST_STORED_DEPENDS_ON_COLUMN : 0) |
    (flags & CST_SCANNER_STATE_CHANGE ? CST_STORED_SCANNER_STATE_CHANGE : 0)
  );
}

#endif
