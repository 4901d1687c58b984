// Shapes and records to a tree, without parsing. Whatever they say, the result is either refused or safe
// for every function of the library: all that it indexes with is checked against the language, what
// subtrees share in shape.c, what a place in the tree and a whole tree must be in check.h, the rest here
// and in reduce.h.

#include <stdlib.h>
#include <string.h>
#include "reduce.h"

#if defined(__GNUC__)
#define RARE __attribute__((noinline))
#define SELDOM(condition) __builtin_expect(condition, false)
#else
#define RARE
#define SELDOM(condition) (condition)
#endif

// --- Frames -----------------------------------------------------------------------------------

RARE static bool grow_frames(cst_builder *self) {
  size_t depth = self->frames ? (size_t)(self->top - self->frames) : 0;
  size_t capacity = self->frames ? (size_t)(self->frames_end - self->frames) * 2 : 32;
  if (capacity > SIZE_MAX / sizeof(cst_frame)) return false;
  cst_frame *frames = realloc(self->frames, capacity * sizeof(cst_frame));
  if (!frames) return false;
  self->frames = frames;
  self->top = frames + depth;
  self->frames_end = frames + capacity;
  return true;
}

// What a subtree counts for among its parent's children. False where the production has no such child.
CST_INLINED bool count_child(cst_builder *self, const cst_shape *shape, bool is_extra, uint64_t *counts) {
  cst_frame *parent = self->top;
  *counts = shape->counts;
  if (!parent->aliases || is_extra) return true;
  if (parent->aliases == parent->aliases_end) return false;
  TSSymbol alias = *parent->aliases++;
  if (alias != 0) {
    bool is_named = ts_language_symbol_metadata(self->language, alias).named;
    *counts = is_named ? CST_ONE_NAMED : CST_ONE_VISIBLE;
  }
  return true;
}

// Makes room for one more finished subtree.
RARE static bool grow_finished(cst_builder *self) {
  size_t count = (size_t)(self->next - self->finished);
  size_t capacity = self->finished ? (size_t)(self->finished_end - self->finished) * 2 : 256;
  if (capacity > SIZE_MAX / sizeof(Subtree)) return false;
  Subtree *finished = malloc(capacity * sizeof(Subtree));
  if (!finished) return false;
  if (count > 0) memcpy(finished, self->finished, count * sizeof(Subtree));
  // The first has none of its own.
  for (cst_frame *frame = self->frames + 1; frame <= self->top; frame++) {
    frame->children = finished + (frame->children - self->finished);
  }
  free(self->finished);
  self->finished = finished;
  self->next = finished + count;
  self->finished_end = finished + capacity;
  return true;
}

// Whether the next child of a parent is.
CST_INLINED bool is_renamed(const cst_frame *parent) {
  return parent->aliases && parent->aliases != parent->aliases_end && *parent->aliases != 0;
}

// What there is to say of a parent when it begins.
typedef struct {
  uint64_t counts;
  uint32_t child_count;
  const uint32_t *exception;
  TSStateId state;
  TSStateId link_state;
  bool has_links;
  bool is_odd;
} opening;

// Makes room for a parent, whose block is paid for, and goes on to its children.
CST_INLINED cst_status open_parent(cst_builder *self, const cst_shape *shape, const opening *opening) {
  if (SELDOM(self->top + 1 == self->frames_end) && !grow_frames(self)) return CST_OUT_OF_MEMORY;
  cst_frame *frame = ++self->top;
  frame->children = self->next;
  frame->shape = shape;
  frame->aliases = shape->aliases;
  if (shape->aliases) frame->aliases_end = shape->aliases + self->language->max_alias_sequence_length;
  frame->exception = opening->exception;
  frame->counts = opening->counts;
  self->sums.descendants += (uint32_t)opening->counts;
  cst_copy_sums(&frame->before, &self->sums);
  self->sums.lookahead_end = 0;
  self->sums.flags = 0;
  self->sums.dynamic_precedence += (uint32_t)shape->heap_data.dynamic_precedence;
  frame->missing = opening->child_count;
  frame->child_count = opening->child_count;
  frame->parse_state = opening->state;
  frame->link_state = opening->link_state;
  frame->is_odd = opening->is_odd;
  frame->has_links = opening->has_links;
  frame->is_predicted = true;
  return CST_OK;
}

// --- Leaves -----------------------------------------------------------------------------------

// What a record says of a leaf.
typedef struct {
  Length padding;
  Length size;
  uint32_t lookahead;
  int32_t lookahead_char;
} leaf_text;

// Refuses inline leaves that do not fit their fields.
CST_INLINED bool fits_inline(const leaf_text *text) {
  uint64_t padding_bytes = text->padding.bytes, padding_column = text->padding.extent.column, size = text->size.bytes;
  bool is_small = ((padding_bytes + 1) | (padding_column + 1) | (size + 1)) <= UINT8_MAX;
  return is_small && text->padding.extent.row < 16;
}

// NULL with a status where it is refused.
static SubtreeHeapData *heap_leaf(
  cst_builder *self, const cst_shape *shape, leaf_text text, TSStateId state, cst_status *status
) {
  *status = CST_BAD_EXTENT;
  if ((uint64_t)text.padding.bytes + text.size.bytes + text.lookahead > UINT32_MAX) return NULL;
  uint64_t rows = (uint64_t)text.padding.extent.row + text.size.extent.row;
  if (rows * ERROR_COST_PER_SKIPPED_LINE > CST_MAX_EXTENT_COST) return NULL;
  const cst_scanner_state *scanner_state = NULL;
  if (shape->kind == EXTERNAL_TOKEN) {
    const cst_tree_parts *parts = self->parts;
    *status = CST_TOO_SHORT_COLUMN;
    if (self->next_scanner_state == parts->scanner_state_id_count) return NULL;
    scanner_state = &parts->scanner_states[parts->scanner_state_ids[self->next_scanner_state++]];
    *status = CST_BAD_SCANNER_STATE;
    if (scanner_state->length > TREE_SITTER_SERIALIZATION_BUFFER_SIZE) return NULL;
    *status = CST_BAD_LIVE_BYTES;
    if (!cst_spend(self, cst_scanner_state_bytes(scanner_state->length))) return NULL;
  }
  SubtreeHeapData *data = cst_arena_take(&self->arena, sizeof(SubtreeHeapData));
  memcpy(data, &shape->heap_data, sizeof(*data));
  data->parse_state = state;
  data->padding = text.padding;
  data->size = text.size;
  data->lookahead_bytes = text.lookahead;
  if (scanner_state) {
    ts_external_scanner_state_init(
      &data->external_scanner_state, (const char *)scanner_state->bytes, scanner_state->length
    );
  } else if (shape->kind == ERROR_LEAF) {
    data->lookahead_char = text.lookahead_char;
  }
  *status = CST_OK;
  return data;
}

// Adds a leaf, on one line if it is inline, to what was summed up.
CST_INLINED void sum_up_leaf(cst_builder *self, const cst_shape *shape, const leaf_text *text, uint64_t counts) {
  cst_sums *sums = &self->sums;
  sums->bytes += (uint64_t)text->padding.bytes + text->size.bytes;
  sums->rows += (uint64_t)text->padding.extent.row + text->size.extent.row;
  uint32_t column = text->padding.extent.row > 0 ? 0 : sums->column;
  column += text->padding.extent.column;
  sums->column = text->size.extent.row > 0 ? text->size.extent.column : column + text->size.extent.column;
  uint64_t lookahead_end = sums->bytes + text->lookahead;
  if (lookahead_end > sums->lookahead_end) sums->lookahead_end = lookahead_end;
  sums->descendants += (uint32_t)counts;
  sums->children += counts;
  sums->flags |= shape->flags;
}

// --- Records out of the common ----------------------------------------------------------------

// Up to which number of a subtree all follows from its place. Nothing does where no parent is open.
static void find_plain_end(cst_builder *self) {
  uint32_t end = self->parts->subtree_count;
  if (self->next_state && *self->next_state < end) end = *self->next_state;
  if (self->next_exception && *self->next_exception < end) end = *self->next_exception;
  self->plain_end = self->top == self->frames ? 0 : end;
}

// The own state of the next subtree, if it has one.
static bool take_state(cst_builder *self, TSStateId *state) {
  if (!self->next_state || *self->next_state != self->subtree) return false;
  *state = (TSStateId)self->next_state[1];
  self->next_state += 2;
  if (self->next_state == self->parts->states + self->parts->state_count) self->next_state = NULL;
  return true;
}

// How many numbers an exception has after the one that says which fields it has.
static size_t exception_width(uint32_t stored) {
  size_t width = 0;
  for (uint32_t bit = 1; bit <= CST_STORED_ALL; bit <<= 1) {
    if (!(stored & bit)) continue;
    width += bit == CST_STORED_PADDING || bit == CST_STORED_SIZE ? 3 : bit == CST_STORED_FIRST_LEAF ? 2 : 1;
  }
  return width;
}

// The exception of the next subtree; NULL where it has none.
static const uint32_t *take_exception(cst_builder *self) {
  if (!self->next_exception || *self->next_exception != self->subtree) return NULL;
  const uint32_t *exception = self->next_exception + 1;
  self->next_exception = exception + 1 + exception_width(*exception);
  if (self->next_exception == self->parts->exceptions + self->parts->exception_count) self->next_exception = NULL;
  return exception;
}

// A node without a state is never asked for its lexer mode as long as it is fragile.
static bool is_state(const cst_builder *self, const cst_shape *shape, TSStateId state) {
  return state < self->language->state_count || (state == TS_TREE_STATE_NONE && shape->is_fragile);
}

// Whether a subtree may stand in its parent: the end of the text only in the root, a group of errors
// only in an error, an error only in a fragile node.
static cst_status check_place(cst_builder *self, const cst_shape *shape) {
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
static cst_status open_any(cst_builder *self, const cst_shape *shape, uint32_t child_count) {
  TSStateId state = cst_predict(&self->predictor, shape->symbol, false, shape->is_fragile, shape->is_extra);
  take_state(self, &state);
  if (!is_state(self, shape, state)) return CST_BAD_PARSE_STATE;
  const uint32_t *exception = take_exception(self);
  const SubtreeHeapData *data = &shape->heap_data;
  if (exception && *exception & ~(uint32_t)cst_allowed_exceptions(data->has_changes)) return CST_BAD_FLAGS;
  self->subtree++;
  opening opening = {
    .child_count = child_count,
    .exception = exception,
    .state = state,
    .is_odd = self->top == self->frames || exception || shape->is_extra || state == ERROR_STATE ||
      shape->flags & CST_NOT_SUMMED || (data->production_id != 0 && child_count > self->language->max_alias_sequence_length),
  };
  if (child_count == 0) return CST_BAD_CHILD_COUNT;
  cst_status status = check_place(self, shape);
  if (status != CST_OK) return status;
  if (!count_child(self, shape, shape->is_extra, &opening.counts)) return CST_BAD_CHILD_COUNT;
  if (!cst_spend(self, cst_heap_bytes(child_count))) return CST_BAD_LIVE_BYTES;
  bool is_link = cst_is_link(&self->predictor, child_count, data->visible, data->extra);
  status = open_parent(self, shape, &opening);
  if (status != CST_OK) return status;
  self->top->is_predicted = !is_link;
  if (is_link) {
    cst_predict_link(&self->predictor, state);
    return CST_OK;
  }
  bool has_room = cst_predict_parent(&self->predictor, data->symbol, data->visible, data->extra, state);
  return has_room ? CST_OK : CST_OUT_OF_MEMORY;
}

static cst_status add_any_leaf(cst_builder *self, const cst_record *record) {
  const cst_shape *shape = record->shape;
  TSStateId state = cst_predict(&self->predictor, shape->symbol, true, shape->is_fragile, shape->is_extra);
  take_state(self, &state);
  if (!is_state(self, shape, state)) return CST_BAD_PARSE_STATE;
  // A leaf derives nothing.
  if (take_exception(self)) return CST_BAD_FLAGS;
  self->subtree++;
  leaf_text text = {self->padding, record->size, record->lookahead, record->lookahead_char};
  self->padding = (Length) {0};
  self->is_padded = false;
  cst_status status = check_place(self, shape);
  if (status != CST_OK) return status;
  uint64_t counts;
  if (!count_child(self, shape, shape->is_extra, &counts)) return CST_BAD_CHILD_COUNT;
  Subtree leaf;
  if (shape->kind == INLINE_TOKEN) {
    bool is_on_one_line = text.size.extent.row == 0 && text.size.extent.column == text.size.bytes;
    if (!fits_inline(&text) || !is_on_one_line || text.lookahead >= 16) return CST_BAD_EXTENT;
    leaf = cst_inline_leaf(shape, state, text.padding, text.size.bytes, shape->lookahead < CST_LONG ? 0 : text.lookahead);
  } else {
    if (!cst_spend(self, cst_heap_bytes(0))) return CST_BAD_LIVE_BYTES;
    leaf.ptr = heap_leaf(self, shape, text, state, &status);
    if (!leaf.ptr) return status;
  }
  sum_up_leaf(self, shape, &text, counts);
  // A root may be a leaf here: it is refused when the tree is finished. Placed all the same, so that it is
  // freed with the rest.
  *self->next++ = leaf;
  cst_predict_leaf(&self->predictor, shape->symbol, shape->is_extra, state);
  return cst_close_parents(self);
}

// Takes a record of any form, which may have any links above it, in any place.
RARE static cst_status take_any_record(cst_builder *self, size_t *at) {
  const cst_tree_parts *parts = self->parts;
  cst_record record;
  // The zeros after the records can be read as well: it is seen later on.
  bool is_there = cst_record_read(
    self->shapes, parts->shapes.shape_count, parts->records, parts->record_end + 8, at, &record
  );
  if (!is_there) return CST_BAD_RECORD;
  const cst_shape *shape = record.shape;
  if (shape->has_padding) {
    if (self->is_padded) return CST_PADDED_TWICE;
    self->padding = record.padding;
    self->is_padded = true;
  }
  bool has_root = self->top == self->frames && self->subtree > 0;
  if (has_root || (uint64_t)self->subtree + shape->link_count >= parts->subtree_count) return CST_TOO_MANY_ROWS;
  if (self->top == self->frames && shape->link_count > 0) return CST_BAD_CHILD_COUNT;
  for (uint32_t i = 0; i < shape->link_count; i++) {
    cst_status status = open_any(self, self->links[shape->first_link + i], 1);
    if (status != CST_OK) return status;
  }
  cst_status status = shape->kind == PARENT ? open_any(self, shape, record.child_count) : add_any_leaf(self, &record);
  find_plain_end(self);
  return status;
}

// --- Records ----------------------------------------------------------------------------------

// Takes the links above a plain subtree into account, which are in one place with it; says where that is.
CST_INLINED bool enter_links(cst_builder *self, const cst_shape *shape, TSStateId *state) {
  cst_predict(&self->predictor, self->links[shape->first_link]->symbol, false, false, false);
  *state = self->predictor.state;
  self->predictor.in_link = true;
  return *state != ERROR_STATE;
}

CST_INLINED cst_status add_plain_leaf(cst_builder *self, const cst_shape *shape, uint64_t counts, const leaf_text *text) {
  TSStateId link_state = ERROR_STATE;
  if (shape->link_count > 0 && !enter_links(self, shape, &link_state)) return CST_BAD_PARSE_STATE;
  TSStateId state = cst_predict(&self->predictor, shape->symbol, true, false, false);
  Subtree leaf;
  if (shape->kind == INLINE_TOKEN) {
    if (SELDOM(!fits_inline(text))) return CST_BAD_EXTENT;
    // Its lookahead is in the shape.
    leaf = cst_inline_leaf(shape, state, text->padding, text->size.bytes, 0);
  } else {
    cst_status status;
    leaf.ptr = heap_leaf(self, shape, *text, state, &status);
    if (!leaf.ptr) return status;
  }
  sum_up_leaf(self, shape, text, counts);
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
  opening opening = {.counts = counts, .child_count = shape->child_count, .has_links = shape->link_count > 0};
  if (opening.has_links && !enter_links(self, shape, &opening.link_state)) return CST_BAD_PARSE_STATE;
  bool is_visible = shape->heap_data.visible;
  opening.state = cst_predict(&self->predictor, shape->symbol, false, shape->is_fragile, false);
  // Only extras begin where an error is skipped.
  if (SELDOM(opening.state == ERROR_STATE)) return CST_BAD_PARSE_STATE;
  bool is_link = cst_is_link(&self->predictor, opening.child_count, is_visible, false);
  cst_status status = open_parent(self, shape, &opening);
  if (status != CST_OK) return status;
  self->top->is_predicted = !is_link;
  if (is_link) {
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

// Takes all records. Nearly all are of the common forms, which are read without a branch: what comes next is hard to
// foresee for a processor.
static cst_status take_records(cst_builder *self) {
  const uint8_t *records = self->parts->records;
  const size_t end = self->parts->record_end;
  const uint32_t shape_count = self->parts->shapes.shape_count;
  size_t at = 0;
  while (at < end) {
    // A record is at most one of them.
    if (SELDOM(self->next == self->finished_end) && !grow_finished(self)) return CST_OUT_OF_MEMORY;
    uint64_t word = read_word(records + at);
    uint32_t number = word & UINT8_MAX;
    size_t start = at;
    if (number == UINT8_MAX) {
      number = word >> 8 & UINT16_MAX;
      word >>= 16;
      start += 2;
    }
    if (SELDOM(number >= shape_count)) return CST_BAD_RECORD;
    const cst_shape *shape = &self->shapes[number];
    uint64_t last = (uint64_t)self->subtree + shape->link_count;
    bool is_common = shape->is_plain && last < self->plain_end;
    if (SELDOM(!is_common || (shape->link_count > 0 && is_renamed(self->top)))) {
      size_t next = at;
      cst_status status = take_any_record(self, &next);
      if (status != CST_OK) return status;
      at = next;
      continue;
    }
    if (SELDOM(self->is_padded & shape->has_padding)) return CST_PADDED_TWICE;
    if (SELDOM(!cst_spend(self, shape->live_bytes))) return CST_BAD_LIVE_BYTES;
    uint64_t counts;
    if (SELDOM(!count_child(self, shape, false, &counts))) return CST_BAD_CHILD_COUNT;
    uint32_t bytes = ((word >> 8) & shape->padding_mask) + shape->padding_more;
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
      leaf_text text = {padding, cst_on_one_line(size), shape->lookahead, 0};
      status = add_plain_leaf(self, shape, counts, &text);
      // If the root is complete nothing may follow.
      if (SELDOM(self->top == self->frames)) self->plain_end = 0;
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
  if (!cst_predictor_start(&self->predictor, memo) || !grow_frames(self)) return CST_OUT_OF_MEMORY;
  // Has the root, and awaits one more.
  *self->top = (cst_frame) {.missing = 2};
  if (!grow_finished(self)) return CST_OUT_OF_MEMORY;
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
