// A tree to rows: every subtree, hidden ones included, in pre-order and without recursion.

#include <stdlib.h>
#include <string.h>
#include "derive.h"
#include "predict.h"

typedef struct {
  const Subtree *children;
  // What the production calls its children; NULL where it names none.
  const uint32_t *names;
  uint32_t count;
  uint32_t next;
  // How many children so far were no extras.
  uint32_t structural_index;
  // The field that a hidden parent passes on.
  uint32_t inherited_field;
} walk_frame;

struct cst_walk {
  const TSLanguage *language;
  // What comes next, without a frame: the root, or the child of a link.
  const Subtree *next;
  // Its name.
  uint32_t next_name;
  // The name of the subtree last handed out.
  uint32_t name;
  const uint32_t *names;
  uint32_t name_width;
  // Parents from the root down, but for links.
  walk_frame *frames;
  size_t depth;
  size_t capacity;
  uint64_t live_bytes;
  bool is_too_large;
  cst_predictor predictor;
};

cst_walk *cst_walk_new(const TSTree *tree, const uint32_t *names, uint32_t name_width, cst_memo *memo) {
  cst_walk *self = malloc(sizeof(cst_walk));
  if (!self) return NULL;
  self->language = tree->language;
  self->next = &tree->root;
  self->next_name = 0;
  self->names = names;
  self->name_width = name_width;
  self->frames = NULL;
  self->depth = 0;
  self->capacity = 0;
  self->live_bytes = cst_tree_own_bytes(tree->included_range_count);
  // The root extends over all leaves.
  self->is_too_large = cst_extent_cost(tree->root) > CST_MAX_EXTENT_COST;
  cst_predictor_start(&self->predictor, memo);
  return self;
}

void cst_walk_delete(cst_walk *self) {
  if (!self) return;
  cst_predictor_end(&self->predictor);
  free(self->frames);
  free(self);
}

// What a production calls its children; NULL where it names none.
static inline const uint32_t *names_of(const cst_walk *self, uint16_t production) {
  bool is_known = production < self->language->production_id_count && self->name_width > 0;
  return is_known ? &self->names[(size_t)production * self->name_width] : NULL;
}

// The field that a parent, the one last handed out, passes on: a cursor that looks for a field goes up
// through what is hidden.
static inline uint32_t field_passed_on(const cst_walk *self, const SubtreeHeapData *data, bool is_root) {
  bool is_hidden = !is_root && !data->visible && !(self->name & UINT16_MAX);
  return is_hidden ? self->name & CST_NAME_FIELD : 0;
}

// The name of a child that is no extra.
static inline uint32_t name_of(const cst_walk *self, const uint32_t *names, uint32_t index, uint32_t inherited_field) {
  uint32_t name = names && index < self->name_width ? names[index] : 0;
  return name & CST_NAME_FIELD ? name : name | inherited_field;
}

static bool push_frame(cst_walk *self, Subtree parent) {
  if (self->depth == self->capacity) {
    size_t capacity = self->capacity ? self->capacity * 2 : 64;
    if (capacity > SIZE_MAX / sizeof(walk_frame)) return false;
    walk_frame *frames = realloc(self->frames, capacity * sizeof(walk_frame));
    if (!frames) return false;
    self->frames = frames;
    self->capacity = capacity;
  }
  const SubtreeHeapData *data = parent.ptr;
  walk_frame *frame = &self->frames[self->depth++];
  frame->children = ts_subtree_children(parent);
  frame->names = names_of(self, data->production_id);
  frame->count = data->child_count;
  frame->next = 0;
  frame->structural_index = 0;
  frame->inherited_field = field_passed_on(self, data, self->depth == 1);
  return true;
}

// The next subtree in pre-order, NULL after the last.
static inline const Subtree *next_subtree(cst_walk *self) {
  if (self->next) {
    const Subtree *next = self->next;
    self->next = NULL;
    self->name = self->next_name;
    return next;
  }
  while (self->depth > 0) {
    walk_frame *frame = &self->frames[self->depth - 1];
    if (frame->next < frame->count) {
      const Subtree *child = &frame->children[frame->next++];
      self->name = ts_subtree_extra(*child)
        ? 0 : name_of(self, frame->names, frame->structural_index++, frame->inherited_field);
      return child;
    }
    self->depth--;
    cst_predict_leave(&self->predictor);
  }
  return NULL;
}

// Notes whether a leaf's state is the one that follows from its place, and goes on from it.
static inline void predict_leaf(cst_walk *self, TSSymbol symbol, bool is_extra, cst_row *row) {
  TSStateId state = cst_predict(&self->predictor, symbol, true, false, is_extra);
  if (row->parse_state != state) row->flags |= CST_OTHER_STATE;
  cst_predict_leaf(&self->predictor, symbol, is_extra, row->parse_state);
}

// The same for a parent; goes on to its children. False when out of memory.
static inline bool enter(cst_walk *self, Subtree parent, cst_row *row) {
  const SubtreeHeapData *data = parent.ptr;
  bool is_fragile = data->fragile_left && data->fragile_right;
  TSStateId state = cst_predict(&self->predictor, data->symbol, false, is_fragile, data->extra);
  if (row->parse_state != state) row->flags |= CST_OTHER_STATE;
  if (cst_is_link(&self->predictor, data->child_count, data->visible, data->extra)) {
    self->next = ts_subtree_children(parent);
    self->next_name = ts_subtree_extra(*self->next)
      ? 0 : name_of(self, names_of(self, data->production_id), 0, field_passed_on(self, data, false));
    if (self->name & CST_NAME_FIELD && (self->name ^ self->next_name) & CST_NAME_FIELD) row->flags |= CST_OTHER_FIELD;
  } else if (!push_frame(self, parent)) {
    return false;
  }
  return cst_predict_parent(
    &self->predictor, data->symbol, data->child_count, data->visible, data->extra, data->parse_state
  );
}

static void write_inline_leaf(SubtreeInlineData leaf, cst_row *row) {
  row->child_count = 0;
  row->symbol = leaf.symbol;
  row->production_id = 0;
  row->parse_state = leaf.parse_state;
  row->flags = (uint16_t)(
    CST_INLINE |
    leaf.visible * CST_VISIBLE |
    leaf.named * CST_NAMED |
    leaf.extra * CST_EXTRA |
    leaf.has_changes * CST_HAS_CHANGES |
    CST_INLINE_DEPENDS_ON_COLUMN(leaf) * CST_DEPENDS_ON_COLUMN |
    leaf.is_missing * CST_MISSING |
    leaf.is_keyword * CST_KEYWORD
  );
  row->dynamic_precedence = 0;
  row->padding_bytes = leaf.padding_bytes;
  row->padding_row = leaf.padding_rows;
  row->padding_column = leaf.padding_columns;
  row->size_bytes = leaf.size_bytes;
  row->size_row = 0;
  row->size_column = leaf.size_bytes;
  row->lookahead_bytes = leaf.lookahead_bytes;
  row->stored = 0;
}

// What every subtree on the heap has.
static void write_shape(const SubtreeHeapData *data, cst_row *row) {
  row->child_count = data->child_count;
  row->symbol = data->symbol;
  row->production_id = 0;
  row->parse_state = data->parse_state;
  row->flags = cst_heap_flags(data);
  row->dynamic_precedence = 0;
  row->stored = 0;
}

static void write_extent(const SubtreeHeapData *data, cst_row *row) {
  row->padding_bytes = data->padding.bytes;
  row->padding_row = data->padding.extent.row;
  row->padding_column = data->padding.extent.column;
  row->size_bytes = data->size.bytes;
  row->size_row = data->size.extent.row;
  row->size_column = data->size.extent.column;
  row->lookahead_bytes = data->lookahead_bytes;
}

static uint32_t length_difference(Length a, Length b) {
  return (a.bytes ^ b.bytes) | (a.extent.row ^ b.extent.row) | (a.extent.column ^ b.extent.column);
}

// Which of a subtree's counts differ from those in `derived`.
static uint16_t differing_counts(const SubtreeHeapData *data, const cst_derived *derived) {
  return (uint16_t)(
    (data->error_cost != derived->error_cost ? CST_STORED_ERROR_COST : 0) |
    (data->visible_child_count != derived->visible_child_count ? CST_STORED_VISIBLE_CHILD_COUNT : 0) |
    (data->named_child_count != derived->named_child_count ? CST_STORED_NAMED_CHILD_COUNT : 0) |
    (data->visible_descendant_count != derived->visible_descendant_count ? CST_STORED_VISIBLE_DESCENDANT_COUNT : 0) |
    (data->repeat_depth != derived->repeat_depth ? CST_STORED_REPEAT_DEPTH : 0) |
    (data->first_leaf.symbol != derived->first_leaf_symbol ||
      data->first_leaf.parse_state != derived->first_leaf_parse_state ? CST_STORED_FIRST_LEAF : 0)
  );
}

// Which of a parent's derived fields differ from those in `derived`.
static uint16_t differing_fields(const SubtreeHeapData *data, const cst_derived *derived) {
  // Nearly always none, which is asked of all at once.
  uint32_t difference =
    length_difference(data->padding, derived->padding) |
    length_difference(data->size, derived->size) |
    (data->lookahead_bytes ^ derived->lookahead_bytes) |
    (data->error_cost ^ derived->error_cost) |
    (data->visible_child_count ^ derived->visible_child_count) |
    (data->named_child_count ^ derived->named_child_count) |
    (data->visible_descendant_count ^ derived->visible_descendant_count) |
    (uint32_t)(data->repeat_depth ^ derived->repeat_depth) |
    (uint32_t)(data->first_leaf.symbol ^ derived->first_leaf_symbol) |
    (uint32_t)(data->first_leaf.parse_state ^ derived->first_leaf_parse_state) |
    (uint32_t)((cst_heap_flags(data) ^ derived->flags) & CST_DERIVED_FLAGS);
  if (difference == 0) return 0;
  return (uint16_t)(
    differing_counts(data, derived) |
    (length_difference(data->padding, derived->padding) ? CST_STORED_PADDING : 0) |
    (length_difference(data->size, derived->size) ? CST_STORED_SIZE : 0) |
    (data->lookahead_bytes != derived->lookahead_bytes ? CST_STORED_LOOKAHEAD : 0) |
    (data->depends_on_column != ((derived->flags & CST_DEPENDS_ON_COLUMN) != 0) ? CST_STORED_DEPENDS_ON_COLUMN : 0) |
    (data->has_external_scanner_state_change != ((derived->flags & CST_SCANNER_STATE_CHANGE) != 0)
      ? CST_STORED_SCANNER_STATE_CHANGE : 0)
  );
}

static cst_status write_heap_leaf(const TSLanguage *language, const SubtreeHeapData *data, cst_row *row) {
  // What a builder would refuse is refused here: better not kept than kept in vain.
  bool is_error = data->symbol == ts_builtin_sym_error;
  if (!is_error && data->symbol >= language->token_count) return CST_BAD_SYMBOL;
  if (data->error_cost != 0) return CST_BAD_ERROR_COST;
  write_extent(data, row);
  if (data->has_external_tokens) {
    row->scanner_state_length = data->external_scanner_state.length;
    row->scanner_state = (const uint8_t *)ts_external_scanner_state_data(&data->external_scanner_state);
  } else {
    // The library leaves this flag unset in tokens that an edit has moved to the heap.
    row->flags &= (uint16_t)~CST_SCANNER_STATE_CHANGE;
    if (is_error) row->lookahead_char = data->lookahead_char;
  }
  return CST_OK;
}

// Asks for the children's data before it is needed: a large tree does not fit the caches, and waiting
// for one child after the other is most of what a walk then costs.
static inline void prefetch_children(const Subtree *children, uint32_t count) {
#if defined(__GNUC__)
  for (uint32_t i = 0; i < count && i < 32; i++) {
    if (children[i].data.is_inline) continue;
    __builtin_prefetch(children[i].ptr);
    __builtin_prefetch((const char *)children[i].ptr + 64);
  }
#else
  (void)children, (void)count;
#endif
}

static cst_status write_parent(const cst_walk *self, Subtree parent, cst_row *row) {
  const SubtreeHeapData *data = parent.ptr;
  bool is_link = cst_is_link(&self->predictor, data->child_count, data->visible, data->extra);
  if (is_link && !(row->name & UINT16_MAX)) {
    Subtree child = *ts_subtree_children(parent);
    if (cst_passes_on(self->language, data, child) && cst_has_taken_over(data, child, &row->dynamic_precedence)) {
      row->production_id = data->production_id;
      if (data->error_cost > 0) row->flags |= CST_HAS_ERROR;
      return CST_OK;
    }
  }
  prefetch_children(ts_subtree_children(parent), data->child_count);
  cst_derived derived = {0};
  cst_status status = cst_derive(self->language, data, ts_subtree_children(parent), data->child_count, &derived);
  if (status != CST_OK) return status;
  // Nothing carries this flag, for a false one would send the library after a token that is not there.
  if (data->has_external_tokens != ((derived.flags & CST_EXTERNAL_TOKENS) != 0)) return CST_BAD_FLAGS;

  row->production_id = data->production_id;
  if (data->error_cost > 0) row->flags |= CST_HAS_ERROR;
  row->dynamic_precedence = (int32_t)((uint32_t)data->dynamic_precedence - (uint32_t)derived.dynamic_precedence);
  row->stored = differing_fields(data, &derived);
  // An only child has the extent of its hidden parent.
  if (!is_link || row->name & UINT16_MAX || row->stored) {
    write_extent(data, row);
    row->visible_child_count = data->visible_child_count;
    row->named_child_count = data->named_child_count;
    row->visible_descendant_count = data->visible_descendant_count;
  }
  if (row->stored) {
    row->error_cost = data->error_cost;
    row->repeat_depth = data->repeat_depth;
    row->first_leaf_symbol = data->first_leaf.symbol;
    row->first_leaf_parse_state = data->first_leaf.parse_state;
  }
  return CST_OK;
}

static cst_status write_row(cst_walk *self, const Subtree *subtree, cst_row *row) {
  row->name = self->name;
  if (subtree->data.is_inline) {
    write_inline_leaf(subtree->data, row);
    predict_leaf(self, subtree->data.symbol, subtree->data.extra, row);
    return CST_OK;
  }
  self->live_bytes += cst_subtree_own_bytes(*subtree);
  write_shape(subtree->ptr, row);
  if (subtree->ptr->child_count == 0) {
    cst_status status = write_heap_leaf(self->language, subtree->ptr, row);
    predict_leaf(self, subtree->ptr->symbol, subtree->ptr->extra, row);
    return status;
  }
  cst_status status = write_parent(self, *subtree, row);
  if (status != CST_OK) return status;
  if (row->stored & ~cst_allowed_exceptions(subtree->ptr->has_changes)) return CST_BAD_FLAGS;
  return enter(self, *subtree, row) ? CST_OK : CST_OUT_OF_MEMORY;
}

cst_status cst_walk_next(cst_walk *self, cst_row *rows, uint32_t capacity, uint32_t *count) {
  uint32_t written = 0;
  cst_status status = self->is_too_large ? CST_BAD_EXTENT : CST_OK;
  while (status == CST_OK && written < capacity) {
    const Subtree *subtree = next_subtree(self);
    if (!subtree) break;
    status = write_row(self, subtree, &rows[written]);
    written++;
  }
  *count = written;
  return status;
}

uint32_t cst_tree_included_range_count(const TSTree *tree) {
  return tree->included_range_count;
}

void cst_tree_included_ranges(const TSTree *tree, cst_range *ranges) {
  for (uint32_t i = 0; i < tree->included_range_count; i++) {
    const TSRange *range = &tree->included_ranges[i];
    ranges[i] = (cst_range) {
      .start_byte = range->start_byte,
      .end_byte = range->end_byte,
      .start_row = range->start_point.row,
      .start_column = range->start_point.column,
      .end_row = range->end_point.row,
      .end_column = range->end_point.column,
    };
  }
}

uint64_t cst_walk_live_bytes(const cst_walk *self) {
  return self->live_bytes;
}
