// Shapes and records to a tree, without parsing. Whatever they say, the result is either refused or safe
// for every function of the library: all that it indexes with is checked against the language, what
// subtrees share in shape.c, what a whole tree must be in check.h, the rest where subtrees arrive.

#include "rare.h"

// --- Records ----------------------------------------------------------------------------------

// Takes the links above a plain subtree into account, which are in one place with it; says where that is.
CST_INLINED bool enter_links(cst_builder *self, const cst_shape *shape, TSStateId *state) {
  cst_predict(&self->predictor, self->links[shape->first_link]->symbol, false, false, false);
  *state = self->predictor.state;
  cst_predict_link(&self->predictor, *state);
  return *state != ERROR_STATE;
}

CST_INLINED cst_status add_plain_leaf(cst_builder *self, const cst_shape *shape, uint64_t counts, const cst_leaf_text *text) {
  TSStateId link_state = ERROR_STATE;
  if (shape->link_count > 0 && !enter_links(self, shape, &link_state)) return CST_BAD_PARSE_STATE;
  TSStateId state = cst_predict(&self->predictor, shape->symbol, true, false, false);
  Subtree leaf;
  if (shape->kind == INLINE_TOKEN) {
    if (CST_SELDOM(!cst_fits_inline(text))) return CST_BAD_EXTENT;
    // Its lookahead is in the shape.
    leaf = cst_inline_leaf(shape, state, text->padding, text->size.bytes, 0);
  } else {
    cst_status status;
    leaf.ptr = cst_heap_leaf(self, shape, *text, state, &status);
    if (!leaf.ptr) return status;
  }
  cst_sum_up_leaf(self, shape, text, counts);
  cst_predict_leaf(&self->predictor, shape->symbol, false, state);
  if (shape->link_count > 0) {
    cst_fields fields = {
      .text = {text->padding, text->size, text->lookahead, 0},
      .children = counts,
      .descendants = (uint32_t)counts,
      .flags = shape->flags,
      .first_symbol = shape->symbol,
      .first_state = state,
    };
    leaf = cst_add_links(self, shape, leaf, link_state, &fields);
  }
  *self->next++ = leaf;
  return cst_close_parents(self);
}

CST_INLINED cst_status open_plain_parent(cst_builder *self, const cst_shape *shape, uint64_t counts) {
  cst_opening opening = {.counts = counts, .child_count = shape->child_count, .has_links = shape->link_count > 0};
  if (opening.has_links && !enter_links(self, shape, &opening.link_state)) return CST_BAD_PARSE_STATE;
  bool is_visible = shape->heap_data.visible;
  opening.state = cst_predict(&self->predictor, shape->symbol, false, shape->is_fragile, false);
  // Only extras begin where an error is skipped.
  if (CST_SELDOM(opening.state == ERROR_STATE)) return CST_BAD_PARSE_STATE;
  cst_status status = cst_open_parent(self, shape, &opening);
  if (status != CST_OK) return status;
  self->top->is_predicted = !shape->is_link;
  if (shape->is_link) {
    cst_predict_link(&self->predictor, opening.state);
    return CST_OK;
  }
  bool has_room = cst_predict_parent(&self->predictor, shape->symbol, is_visible, false, opening.state);
  return has_room ? CST_OK : CST_OUT_OF_MEMORY;
}

// The next eight bytes, the first in the lowest bits.
CST_INLINED uint64_t read_word(const uint8_t *bytes) {
  uint64_t word = 0;
#if TS_BIG_ENDIAN
  for (size_t i = 0; i < 8; i++) word |= (uint64_t)bytes[i] << (8 * i);
#else
  // Compilers do not always see that the loop is this.
  memcpy(&word, bytes, 8);
#endif
  return word;
}

// The number of a shape that is no byte; how many bytes of operands it takes is added to `*at`.
CST_INLINED uint32_t wide_number(uint8_t byte, uint64_t word, size_t *at) {
  if (byte == CST_ESCAPE) {
    *at += 2;
    return word & UINT16_MAX;
  }
  *at += 1;
  return CST_FIRST_PAGE + (uint32_t)(byte - CST_FIRST_PAGE) * 256 + (word & UINT8_MAX);
}

// Takes all records. Nearly all are of the common forms, which are read without a branch: what comes next is hard to
// foresee for a processor.
static cst_status take_records(cst_builder *self) {
  const uint8_t *numbers = self->parts->numbers;
  const uint8_t *operands = self->parts->operands;
  const size_t end = self->parts->operand_end;
  const size_t record_count = self->parts->record_count;
  const uint32_t shape_count = self->parts->shapes.shape_count;
  size_t at = 0;
  for (size_t record = 0; record < record_count; record++) {
    // A record is at most one of them.
    if (CST_SELDOM(self->next == self->finished_end) && !cst_grow_finished(self)) return CST_OUT_OF_MEMORY;
    // From no later on are there eight bytes.
    if (CST_SELDOM(at > end)) return CST_BAD_RECORD;
    uint64_t word = read_word(operands + at);
    uint32_t number = numbers[record];
    size_t start = at;
    if (number >= CST_FIRST_PAGE) {
      number = wide_number((uint8_t)number, word, &start);
      word >>= 8 * (start - at);
    }
    if (CST_SELDOM(number >= shape_count)) return CST_BAD_RECORD;
    const cst_shape *shape = &self->shapes[number];
    uint64_t last = (uint64_t)self->subtree + shape->link_count;
    bool is_common = shape->is_plain && last < self->plain_end;
    if (CST_SELDOM(!is_common || (shape->link_count > 0 && cst_is_renamed(self->top)))) {
      cst_status status = cst_take_any_record(self, shape, &start);
      if (status != CST_OK) return status;
      at = start;
      continue;
    }
    if (CST_SELDOM(self->is_padded & shape->has_padding)) return CST_PADDED_TWICE;
    if (CST_SELDOM(!cst_spend(self, shape->live_bytes))) return CST_BAD_LIVE_BYTES;
    uint64_t counts;
    if (CST_SELDOM(!cst_count_child(self, shape, false, &counts))) return CST_BAD_CHILD_COUNT;
    uint32_t bytes = (word & shape->padding_mask) + shape->padding_more;
    // Only one of the two is there.
    Length padding = {
      self->padding.bytes + bytes,
      {self->padding.extent.row + shape->padding_row, self->padding.extent.column + bytes - shape->padding_row},
    };
    at = start + shape->length;
    self->subtree = (uint32_t)last + 1;
    cst_status status;
    if (shape->kind == PARENT) {
      self->padding = padding;
      self->is_padded |= shape->has_padding;
      status = open_plain_parent(self, shape, counts);
    } else {
      self->padding = (Length) {0};
      self->is_padded = false;
      uint32_t size = shape->size + ((word >> shape->size_shift) & shape->size_mask);
      cst_leaf_text text = {padding, cst_on_one_line(size), shape->lookahead, 0};
      status = add_plain_leaf(self, shape, counts, &text);
      // If the root is complete nothing may follow.
      if (CST_SELDOM(self->top == self->frames)) self->plain_end = 0;
    }
    if (status != CST_OK) return status;
  }
  return at == end ? CST_OK : CST_BAD_RECORD;
}

// --- Trees ------------------------------------------------------------------------------------

static cst_status read_shapes(const TSLanguage *language, const cst_shapes *shapes, cst_builder *self) {
  self->shapes = malloc((shapes->row_count ? shapes->row_count : 1) * sizeof(cst_shape));
  self->links = malloc((shapes->link_count ? shapes->link_count : 1) * sizeof(cst_shape *));
  if (!self->shapes || !self->links) return CST_OUT_OF_MEMORY;
  for (uint32_t i = 0; i < shapes->row_count; i++) {
    cst_status status = cst_shape_read(language, &shapes->rows[i], &self->shapes[i]);
    if (status != CST_OK) return status;
  }
  return cst_links_read(language, shapes, self->shapes, self->links);
}

cst_status cst_check_shapes(cst_memo *memo, const cst_shapes *shapes) {
  cst_builder self = {0};
  cst_status status = read_shapes(memo->language, shapes, &self);
  free(self.shapes);
  free(self.links);
  return status;
}

static cst_status start(cst_builder *self, cst_memo *memo, const cst_tree_parts *parts) {
  self->language = memo->language;
  self->parts = parts;
  self->live_bytes = parts->live_bytes;
  self->next_state = parts->state_count > 0 ? parts->states : NULL;
  self->next_exception = parts->exception_count > 0 ? parts->exceptions : NULL;
  if (!cst_predictor_start(&self->predictor, memo) || !cst_grow_frames(self)) return CST_OUT_OF_MEMORY;
  // Has the root, and awaits one more.
  *self->top = (cst_frame) {.missing = 2};
  if (!cst_grow_finished(self)) return CST_OUT_OF_MEMORY;
  return read_shapes(self->language, &parts->shapes, self);
}

// Frees what is not part of a tree.
static void end(cst_builder *self) {
  SubtreePool pool = ts_subtree_pool_new(0);
  for (Subtree *subtree = self->finished; subtree < self->next; subtree++) ts_subtree_release(&pool, *subtree);
  ts_subtree_pool_delete(&pool);
  cst_arena_close(&self->arena);
  cst_predictor_end(&self->predictor);
  free(self->frames);
  free(self->finished);
  free(self->links);
  free(self->shapes);
}

// What must be true of a tree when all its subtrees are there.
static cst_status check_whole(const cst_builder *self) {
  const cst_tree_parts *parts = self->parts;
  bool has_root = self->top == self->frames && self->subtree > 0;
  if (!has_root || self->subtree != parts->subtree_count) return CST_TOO_FEW_ROWS;
  bool is_used_up = self->next_scanner_state == parts->scanner_state_id_count;
  if (self->next_state || self->next_exception || !is_used_up) return CST_TOO_LONG_COLUMN;
  if (self->sums.bytes + self->sums.rows * ERROR_COST_PER_SKIPPED_LINE > CST_MAX_EXTENT_COST) return CST_BAD_EXTENT;
  if (self->live_bytes != cst_tree_own_bytes(parts->range_count)) return CST_BAD_LIVE_BYTES;
  cst_status status = cst_check_root(self->language, self->finished[0]);
  return status == CST_OK ? cst_check_ranges(parts->ranges, parts->range_count) : status;
}

static TSTree *make_tree(cst_builder *self) {
  uint32_t count = self->parts->range_count;
  TSRange *ranges = calloc(count, sizeof(TSRange));
  if (!ranges) return NULL;
  for (uint32_t i = 0; i < count; i++) {
    const cst_range *range = &self->parts->ranges[i];
    ranges[i] = (TSRange) {
      .start_point = {range->start_row, range->start_column},
      .end_point = {range->end_row, range->end_column},
      .start_byte = range->start_byte,
      .end_byte = range->end_byte,
    };
  }
  TSTree *tree = ts_tree_new(self->finished[0], self->language, ranges, count);
  free(ranges);
  // The tree's now.
  self->next = self->finished;
  return tree;
}

TSTree *cst_build(cst_memo *memo, const cst_tree_parts *parts, cst_status *status) {
  cst_builder self = {0};
  TSTree *tree = NULL;
  *status = start(&self, memo, parts);
  if (*status == CST_OK) *status = take_records(&self);
  if (*status == CST_OK) *status = check_whole(&self);
  if (*status == CST_OK) {
    tree = make_tree(&self);
    if (!tree) *status = CST_OUT_OF_MEMORY;
  }
  end(&self);
  return tree;
}
