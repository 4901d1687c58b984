// Rows to a tree, without parsing. Whatever the rows say, the result is either refused or safe for
// every function of the library: all that it indexes with is checked against the language here.

#include <stdlib.h>
#include <string.h>
#include "alloc.h"
#include "derive.h"

// A parent whose children are still arriving.
typedef struct {
  SubtreeHeapData *data;
  uint32_t next;
  // Derived fields that the row brought along; `data` has them already.
  uint16_t stored;
} build_frame;

static inline Subtree *frame_children(const build_frame *self) {
  return (Subtree *)self->data - self->data->child_count;
}

struct cst_builder {
  const TSLanguage *language;
  build_frame *frames;
  size_t depth;
  size_t capacity;
  // Rows that no open parent has claimed as its descendants' first: bounds what may be allocated.
  uint32_t unclaimed;
  uint32_t awaited;
  Subtree root;
  bool has_root;
};

cst_builder *cst_builder_new(const TSLanguage *language, uint32_t subtree_count) {
  cst_builder *self = calloc(1, sizeof(cst_builder));
  if (!self) return NULL;
  self->language = language;
  self->awaited = subtree_count;
  self->unclaimed = subtree_count > 0 ? subtree_count - 1 : 0;
  return self;
}

void cst_builder_delete(cst_builder *self) {
  if (!self) return;
  // Close the open parents over what has arrived, so that one release frees it all.
  while (self->depth > 0) {
    build_frame *frame = &self->frames[--self->depth];
    for (uint32_t i = frame->next; i < frame->data->child_count; i++) {
      frame_children(frame)[i] = (Subtree) {.data = {.is_inline = true}};
    }
    Subtree parent = {.ptr = frame->data};
    if (self->depth > 0) {
      build_frame *above = &self->frames[self->depth - 1];
      frame_children(above)[above->next++] = parent;
    } else {
      self->root = parent;
      self->has_root = true;
    }
  }
  if (self->has_root) {
    SubtreePool pool = ts_subtree_pool_new(0);
    ts_subtree_release(&pool, self->root);
    ts_subtree_pool_delete(&pool);
  }
  free(self->frames);
  free(self);
}

static bool fits_inline(const cst_row *row) {
  return row->symbol <= UINT8_MAX &&
    row->padding_bytes < UINT8_MAX && row->padding_row < 16 && row->padding_column < UINT8_MAX &&
    row->size_bytes < UINT8_MAX && row->size_row == 0 && row->size_column == row->size_bytes &&
    row->lookahead_bytes < 16;
}

static cst_status check_common(const cst_builder *self, const cst_row *row) {
  const TSLanguage *language = self->language;
  if ((uint64_t)row->padding_bytes + row->size_bytes + row->lookahead_bytes > UINT32_MAX) return CST_BAD_EXTENT;
  if (row->production_id != 0 && row->production_id >= language->production_id_count) return CST_BAD_PRODUCTION;
  if (row->stored & ~CST_STORED_ALL) return CST_BAD_FLAGS;
  // A node without a state is never asked for its lexer mode as long as it is fragile.
  uint16_t fragile = CST_FRAGILE_LEFT | CST_FRAGILE_RIGHT;
  if (row->parse_state >= language->state_count &&
      (row->parse_state != TS_TREE_STATE_NONE || !(row->flags & fragile))) return CST_BAD_PARSE_STATE;
  return CST_OK;
}

static cst_status check_leaf(const cst_builder *self, const cst_row *row) {
  const TSLanguage *language = self->language;
  bool is_error = row->symbol == ts_builtin_sym_error;
  bool is_token = row->symbol < language->token_count;
  // Only the start rule can match nothing, so only the root can be a rule without children.
  bool is_empty_root = !self->has_root && self->depth == 0 && row->symbol < language->symbol_count;
  if (!is_error && !is_token && !is_empty_root) return CST_BAD_SYMBOL;
  if (row->production_id != 0 && (is_error || is_token)) return CST_BAD_PRODUCTION;
  if (row->dynamic_precedence != 0 && (is_error || is_token)) return CST_BAD_FLAGS;
  if (row->flags & CST_EXTERNAL_TOKENS) {
    if (!is_token || language->external_token_count == 0) return CST_BAD_FLAGS;
    if (row->scanner_state_length > TREE_SITTER_SERIALIZATION_BUFFER_SIZE) return CST_BAD_SCANNER_STATE;
  }
  if (is_error && !(row->flags & CST_FRAGILE_LEFT && row->flags & CST_FRAGILE_RIGHT)) return CST_BAD_FLAGS;
  uint16_t stored = CST_STORED_ERROR_COST;
  if (is_empty_root && !is_token && !is_error) {
    stored |= CST_STORED_VISIBLE_CHILD_COUNT | CST_STORED_NAMED_CHILD_COUNT |
      CST_STORED_VISIBLE_DESCENDANT_COUNT | CST_STORED_REPEAT_DEPTH | CST_STORED_FIRST_LEAF;
  }
  if (row->stored & ~stored) return CST_BAD_FLAGS;
  if (row->flags & CST_INLINE) {
    uint16_t heap_only = CST_FRAGILE_LEFT | CST_FRAGILE_RIGHT | CST_EXTERNAL_TOKENS | CST_SCANNER_STATE_CHANGE;
    if (!is_token || row->stored || (row->flags & heap_only)) return CST_BAD_FLAGS;
    if (!fits_inline(row)) return CST_BAD_EXTENT;
  }
  return CST_OK;
}

static cst_status check_parent(const cst_builder *self, const cst_row *row) {
  bool is_error = row->symbol == ts_builtin_sym_error || row->symbol == ts_builtin_sym_error_repeat;
  if (!is_error && row->symbol >= self->language->symbol_count) return CST_BAD_SYMBOL;
  // A token with children would be looked up in the wrong half of the parse table.
  if (!is_error && row->symbol < self->language->token_count) return CST_BAD_SYMBOL;
  if (is_error && !(row->flags & CST_FRAGILE_LEFT && row->flags & CST_FRAGILE_RIGHT)) return CST_BAD_FLAGS;
  if (row->flags & CST_INLINE) return CST_BAD_FLAGS;
  if (row->child_count > self->unclaimed) return CST_BAD_CHILD_COUNT;
  return CST_OK;
}

static Subtree inline_leaf(const cst_row *row) {
  return (Subtree) {.data = {
    .is_inline = true,
    .visible = (row->flags & CST_VISIBLE) != 0,
    .named = (row->flags & CST_NAMED) != 0,
    .extra = (row->flags & CST_EXTRA) != 0,
    .has_changes = (row->flags & CST_HAS_CHANGES) != 0,
    .is_missing = (row->flags & CST_MISSING) != 0,
    .is_keyword = (row->flags & CST_KEYWORD) != 0,
    .depends_on_column = (row->flags & CST_DEPENDS_ON_COLUMN) != 0,
    .symbol = (uint8_t)row->symbol,
    .parse_state = row->parse_state,
    .padding_columns = (uint8_t)row->padding_column,
    .padding_rows = (uint8_t)row->padding_row & 15,
    .lookahead_bytes = (uint8_t)row->lookahead_bytes & 15,
    .padding_bytes = (uint8_t)row->padding_bytes,
    .size_bytes = (uint8_t)row->size_bytes,
  }};
}

// Writes what a row says of a subtree on the heap. What is neither primary nor stored is zero.
static void write_heap_data(SubtreeHeapData *data, const cst_row *row) {
  // With the whole union: the library copies and compares some of its bytes whatever they mean.
  *data = (SubtreeHeapData) {
    .ref_count = 1,
    .padding = {row->padding_bytes, {row->padding_row, row->padding_column}},
    .size = {row->size_bytes, {row->size_row, row->size_column}},
    .lookahead_bytes = row->lookahead_bytes,
    .error_cost = row->error_cost,
    .child_count = row->child_count,
    .symbol = row->symbol,
    .parse_state = row->parse_state,
    .visible = (row->flags & CST_VISIBLE) != 0,
    .named = (row->flags & CST_NAMED) != 0,
    .extra = (row->flags & CST_EXTRA) != 0,
    .fragile_left = (row->flags & CST_FRAGILE_LEFT) != 0,
    .fragile_right = (row->flags & CST_FRAGILE_RIGHT) != 0,
    .has_changes = (row->flags & CST_HAS_CHANGES) != 0,
    .has_external_tokens = (row->flags & CST_EXTERNAL_TOKENS) != 0,
    .has_external_scanner_state_change = (row->flags & CST_SCANNER_STATE_CHANGE) != 0,
    .depends_on_column = (row->flags & CST_DEPENDS_ON_COLUMN) != 0,
    .is_missing = (row->flags & CST_MISSING) != 0,
    .is_keyword = (row->flags & CST_KEYWORD) != 0,
    {{0}},
  };
}

// Writes the union's first member: what every reduction has.
static void write_counts(SubtreeHeapData *data, const cst_row *row) {
  data->visible_child_count = row->visible_child_count;
  data->named_child_count = row->named_child_count;
  data->visible_descendant_count = row->visible_descendant_count;
  data->dynamic_precedence = row->dynamic_precedence;
  data->repeat_depth = row->repeat_depth;
  data->production_id = row->production_id;
  data->first_leaf.symbol = row->first_leaf_symbol;
  data->first_leaf.parse_state = row->first_leaf_parse_state;
}

static Subtree heap_leaf(const cst_builder *self, const cst_row *row) {
  SubtreeHeapData *data = ts_malloc(sizeof(SubtreeHeapData));
  write_heap_data(data, row);
  if (row->flags & CST_EXTERNAL_TOKENS) {
    ts_external_scanner_state_init(
      &data->external_scanner_state, (const char *)row->scanner_state, row->scanner_state_length
    );
  } else if (row->symbol == ts_builtin_sym_error) {
    data->lookahead_char = row->lookahead_char;
  } else if (row->symbol >= self->language->token_count) {
    write_counts(data, row);
  }
  return (Subtree) {.ptr = data};
}

static cst_status open_parent(cst_builder *self, const cst_row *row) {
  if (self->depth == self->capacity) {
    size_t capacity = self->capacity ? self->capacity * 2 : 64;
    if (capacity > SIZE_MAX / sizeof(build_frame)) return CST_OUT_OF_MEMORY;
    build_frame *frames = realloc(self->frames, capacity * sizeof(build_frame));
    if (!frames) return CST_OUT_OF_MEMORY;
    self->frames = frames;
    self->capacity = capacity;
  }
  self->unclaimed -= row->child_count;
  Subtree *children = ts_malloc(ts_subtree_alloc_size(row->child_count));
  SubtreeHeapData *data = (SubtreeHeapData *)&children[row->child_count];
  write_heap_data(data, row);
  write_counts(data, row);
  self->frames[self->depth++] = (build_frame) {.data = data, .stored = row->stored};
  return CST_OK;
}

// Derives the fields of a parent whose last child has arrived.
static cst_status close_parent(const cst_builder *self, const build_frame *frame) {
  SubtreeHeapData *data = frame->data;
  cst_derived derived = {0};
  cst_status status = cst_derive(self->language, data, frame_children(frame), data->child_count, &derived);
  if (status != CST_OK) return status;

  data->dynamic_precedence = (int32_t)((uint32_t)data->dynamic_precedence + (uint32_t)derived.dynamic_precedence);
  data->has_external_tokens = derived.has_external_tokens;
  uint16_t stored = frame->stored;
  if (!(stored & CST_STORED_PADDING)) data->padding = derived.padding;
  if (!(stored & CST_STORED_SIZE)) data->size = derived.size;
  if (!(stored & CST_STORED_LOOKAHEAD)) data->lookahead_bytes = derived.lookahead_bytes;
  if (!(stored & CST_STORED_ERROR_COST)) data->error_cost = derived.error_cost;
  if (!(stored & CST_STORED_VISIBLE_CHILD_COUNT)) data->visible_child_count = derived.visible_child_count;
  if (!(stored & CST_STORED_NAMED_CHILD_COUNT)) data->named_child_count = derived.named_child_count;
  if (!(stored & CST_STORED_VISIBLE_DESCENDANT_COUNT)) {
    data->visible_descendant_count = derived.visible_descendant_count;
  }
  if (!(stored & CST_STORED_REPEAT_DEPTH)) data->repeat_depth = derived.repeat_depth;
  if (!(stored & CST_STORED_FIRST_LEAF)) {
    data->first_leaf.symbol = derived.first_leaf_symbol;
    data->first_leaf.parse_state = derived.first_leaf_parse_state;
  }
  if (!(stored & CST_STORED_DEPENDS_ON_COLUMN)) data->depends_on_column = derived.depends_on_column;
  if (!(stored & CST_STORED_SCANNER_STATE_CHANGE)) {
    data->has_external_scanner_state_change = derived.has_scanner_state_change;
  }

  // What the parser would look up, should it reuse this node by its first leaf.
  TSSymbol leaf = data->first_leaf.symbol;
  bool is_error_leaf = leaf == ts_builtin_sym_error || leaf == ts_builtin_sym_error_repeat;
  if (leaf >= self->language->token_count && !is_error_leaf) return CST_BAD_SYMBOL;
  bool is_fragile = data->fragile_left || data->fragile_right;
  if (data->first_leaf.parse_state >= self->language->state_count && !is_fragile) return CST_BAD_PARSE_STATE;
  // The library takes for granted that a group of errors costs at least what its extent costs.
  if (data->symbol == ts_builtin_sym_error_repeat && !data->has_changes &&
      data->error_cost < cst_error_extent_cost(data->size)) return CST_BAD_ERROR_COST;
  return CST_OK;
}

// Puts a finished subtree into its place, and finishes the parents that it completes.
static cst_status place(cst_builder *self, Subtree subtree) {
  while (self->depth > 0) {
    build_frame *frame = &self->frames[self->depth - 1];
    frame_children(frame)[frame->next++] = subtree;
    if (frame->next < frame->data->child_count) return CST_OK;
    cst_status status = close_parent(self, frame);
    if (status != CST_OK) return status;
    subtree = (Subtree) {.ptr = frame->data};
    self->depth--;
  }
  self->root = subtree;
  self->has_root = true;
  return CST_OK;
}

cst_status cst_builder_push(cst_builder *self, const cst_row *rows, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    const cst_row *row = &rows[i];
    if (self->awaited == 0 || self->has_root) return CST_TOO_MANY_ROWS;
    self->awaited--;
    cst_status status = check_common(self, row);
    if (status != CST_OK) return status;
    if (row->child_count > 0) {
      if ((status = check_parent(self, row)) != CST_OK) return status;
      if ((status = open_parent(self, row)) != CST_OK) return status;
    } else {
      if ((status = check_leaf(self, row)) != CST_OK) return status;
      Subtree leaf = row->flags & CST_INLINE ? inline_leaf(row) : heap_leaf(self, row);
      if ((status = place(self, leaf)) != CST_OK) return status;
    }
  }
  return CST_OK;
}

TSTree *cst_builder_finish(
  cst_builder *self, const cst_range *ranges, uint32_t range_count, cst_status *status
) {
  if (!self->has_root || self->awaited != 0) {
    *status = CST_TOO_FEW_ROWS;
    return NULL;
  }
  *status = CST_OUT_OF_MEMORY;
  TSRange *copies = calloc(range_count ? range_count : 1, sizeof(TSRange));
  if (!copies) return NULL;
  for (uint32_t i = 0; i < range_count; i++) {
    copies[i] = (TSRange) {
      .start_point = {ranges[i].start_row, ranges[i].start_column},
      .end_point = {ranges[i].end_row, ranges[i].end_column},
      .start_byte = ranges[i].start_byte,
      .end_byte = ranges[i].end_byte,
    };
  }
  TSTree *tree = ts_tree_new(self->root, self->language, copies, range_count);
  free(copies);
  self->has_root = false;
  *status = CST_OK;
  return tree;
}
