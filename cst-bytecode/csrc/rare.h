// Records out of the common: of the longer forms; with something that does not follow from its place; or that may
// not stand just anywhere. Whatever they are, each subtree is taken by itself, its links as parents among the others.
#ifndef CST_RARE_H_
#define CST_RARE_H_

#include "arrive.h"

// Up to which number of a subtree all follows from its place. Nothing does where no parent is open.
static void cst_find_plain_end(cst_builder *self) {
  uint32_t end = self->parts->subtree_count;
  if (self->next_state && *self->next_state < end) end = *self->next_state;
  if (self->next_exception && *self->next_exception < end) end = *self->next_exception;
  self->plain_end = self->top == self->frames ? 0 : end;
}

// The own state of the next subtree, if it has one.
static bool cst_take_state(cst_builder *self, TSStateId *state) {
  if (!self->next_state || *self->next_state != self->subtree) return false;
  *state = (TSStateId)self->next_state[1];
  self->next_state += 2;
  if (self->next_state == self->parts->states + self->parts->state_count) self->next_state = NULL;
  return true;
}

// How many numbers an exception has after the one that says which fields it has.
static size_t cst_exception_width(uint32_t stored) {
  size_t width = 0;
  for (uint32_t bit = 1; bit <= CST_STORED_ALL; bit <<= 1) {
    if (!(stored & bit)) continue;
    width += bit == CST_STORED_PADDING || bit == CST_STORED_SIZE ? 3 : bit == CST_STORED_FIRST_LEAF ? 2 : 1;
  }
  return width;
}

// The exception of the next subtree; NULL where it has none.
static const uint32_t *cst_take_exception(cst_builder *self) {
  if (!self->next_exception || *self->next_exception != self->subtree) return NULL;
  const uint32_t *exception = self->next_exception + 1;
  self->next_exception = exception + 1 + cst_exception_width(*exception);
  if (self->next_exception == self->parts->exceptions + self->parts->exception_count) self->next_exception = NULL;
  return exception;
}

// A node without a state is never asked for its lexer mode as long as it is fragile.
static bool cst_is_state(const cst_builder *self, const cst_shape *shape, TSStateId state) {
  return state < self->language->state_count || (state == TS_TREE_STATE_NONE && shape->is_fragile);
}

// Whether a subtree may stand in its parent: the end of the text only in the root, a group of errors
// only in an error, an error only in a fragile node.
static cst_status cst_check_place(cst_builder *self, const cst_shape *shape) {
  cst_frame *parent = self->top;
  if (parent == self->frames) return CST_OK;
  // Looked at more closely when all children are here.
  if (shape->is_extra && self->next == parent->children) parent->is_odd = true;
  if (!shape->is_placed) return CST_OK;
  if (shape->symbol == ts_builtin_sym_end) return parent == self->frames + 1 ? CST_OK : CST_BAD_SYMBOL;
  if (shape->symbol == ts_builtin_sym_error) return parent->shape->is_fragile ? CST_OK : CST_BAD_FLAGS;
  return cst_is_error_group(parent->shape->symbol) ? CST_OK : CST_BAD_SYMBOL;
}

// Opens any parent, a link among them.
static cst_status cst_open_any(cst_builder *self, const cst_shape *shape, uint32_t child_count) {
  TSStateId state = cst_predict(&self->predictor, shape->symbol, false, shape->is_fragile, shape->is_extra);
  cst_take_state(self, &state);
  if (!cst_is_state(self, shape, state)) return CST_BAD_PARSE_STATE;
  const uint32_t *exception = cst_take_exception(self);
  const SubtreeHeapData *data = &shape->heap_data;
  if (exception && *exception & ~(uint32_t)cst_allowed_exceptions(data->has_changes)) return CST_BAD_FLAGS;
  self->subtree++;
  cst_opening opening = {
    .child_count = child_count,
    .exception = exception,
    .state = state,
    .is_odd = self->top == self->frames || exception || shape->is_extra || state == ERROR_STATE ||
      shape->flags & CST_NOT_SUMMED || (data->production_id != 0 && child_count > self->language->max_alias_sequence_length),
  };
  if (child_count == 0) return CST_BAD_CHILD_COUNT;
  cst_status status = cst_check_place(self, shape);
  if (status != CST_OK) return status;
  if (!cst_count_child(self, shape, shape->is_extra, &opening.counts)) return CST_BAD_CHILD_COUNT;
  if (!cst_spend(self, cst_heap_bytes(child_count))) return CST_BAD_LIVE_BYTES;
  bool is_link = cst_is_link(&self->predictor, child_count, data->visible, data->extra);
  status = cst_open_parent(self, shape, &opening);
  if (status != CST_OK) return status;
  self->top->is_predicted = !is_link;
  if (is_link) {
    cst_predict_link(&self->predictor, state);
    return CST_OK;
  }
  bool has_room = cst_predict_parent(&self->predictor, data->symbol, data->visible, data->extra, state);
  return has_room ? CST_OK : CST_OUT_OF_MEMORY;
}

static cst_status cst_add_any_leaf(cst_builder *self, const cst_record *record) {
  const cst_shape *shape = record->shape;
  TSStateId state = cst_predict(&self->predictor, shape->symbol, true, shape->is_fragile, shape->is_extra);
  cst_take_state(self, &state);
  if (!cst_is_state(self, shape, state)) return CST_BAD_PARSE_STATE;
  // A leaf derives nothing.
  if (cst_take_exception(self)) return CST_BAD_FLAGS;
  self->subtree++;
  cst_leaf_text text = {self->padding, record->size, record->lookahead, record->lookahead_char};
  self->padding = (Length) {0};
  self->is_padded = false;
  cst_status status = cst_check_place(self, shape);
  if (status != CST_OK) return status;
  uint64_t counts;
  if (!cst_count_child(self, shape, shape->is_extra, &counts)) return CST_BAD_CHILD_COUNT;
  Subtree leaf;
  if (shape->kind == INLINE_TOKEN) {
    bool is_on_one_line = text.size.extent.row == 0 && text.size.extent.column == text.size.bytes;
    if (!cst_fits_inline(&text) || !is_on_one_line || text.lookahead >= 16) return CST_BAD_EXTENT;
    leaf = cst_inline_leaf(shape, state, text.padding, text.size.bytes, shape->lookahead < CST_LONG ? 0 : text.lookahead);
  } else {
    if (!cst_spend(self, cst_heap_bytes(0))) return CST_BAD_LIVE_BYTES;
    leaf.ptr = cst_heap_leaf(self, shape, text, state, &status);
    if (!leaf.ptr) return status;
  }
  cst_sum_up_leaf(self, shape, &text, counts);
  // A root may be a leaf here: it is refused when the tree is finished. Placed all the same, so that it is
  // freed with the rest.
  *self->next++ = leaf;
  cst_predict_leaf(&self->predictor, shape->symbol, shape->is_extra, state);
  return cst_close_parents(self);
}

// Takes a record of any form, which may have any links above it, in any place; `*at` is where its operands are.
CST_NOT_INLINED static cst_status cst_take_any_record(cst_builder *self, const cst_shape *shape, size_t *at) {
  const cst_tree_parts *parts = self->parts;
  cst_record record;
  // The zeros after the operands can be read as well: it is seen later on.
  if (!cst_record_read(shape, parts->operands, parts->operand_end + 8, at, &record)) return CST_BAD_RECORD;
  if (shape->has_padding) {
    if (self->is_padded) return CST_PADDED_TWICE;
    self->padding = record.padding;
    self->is_padded = true;
  }
  bool has_root = self->top == self->frames && self->subtree > 0;
  if (has_root || (uint64_t)self->subtree + shape->link_count >= parts->subtree_count) return CST_TOO_MANY_ROWS;
  if (self->top == self->frames && shape->link_count > 0) return CST_BAD_CHILD_COUNT;
  for (uint32_t i = 0; i < shape->link_count; i++) {
    cst_status status = cst_open_any(self, self->links[shape->first_link + i], 1);
    if (status != CST_OK) return status;
  }
  cst_status status = shape->kind == PARENT ? cst_open_any(self, shape, record.child_count) : cst_add_any_leaf(self, &record);
  cst_find_plain_end(self);
  return status;
}

#endif
