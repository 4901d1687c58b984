// A tree to visits: every subtree, hidden ones included, in pre-order and without recursion.

#include <stdlib.h>
#include <string.h>
#include "predict.h"
#include "stale.h"

typedef struct {
  const Subtree *next;
  const Subtree *end;
  // What the production calls its children; NULL where it names none.
  const uint32_t *names;
  // How many children so far were no extras.
  uint32_t structural_index;
  // The field that a hidden parent passes on.
  uint32_t inherited_field;
} walk_frame;

struct cst_walk {
  const TSLanguage *language;
  // What comes next, without a frame: the root, or the child of a hidden parent of one. Its name.
  const Subtree *next;
  uint32_t next_name;
  const uint32_t *names;
  uint32_t name_width;
  // Parents from the root down, but for links.
  walk_frame *frames;
  uint32_t depth;
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
  if (cst_predictor_start(&self->predictor, memo)) return self;
  cst_walk_delete(self);
  return NULL;
}

void cst_walk_delete(cst_walk *self) {
  if (!self) return;
  cst_predictor_end(&self->predictor);
  free(self->frames);
  free(self);
}

// --- Names ------------------------------------------------------------------------------------

// What a production calls its children; NULL where it names none.
static inline const uint32_t *names_of(const cst_walk *self, uint16_t production) {
  bool is_known = production < self->language->production_id_count && self->name_width > 0;
  return is_known ? &self->names[(size_t)production * self->name_width] : NULL;
}

// The name of a child that is no extra.
static inline uint32_t name_of(const cst_walk *self, const uint32_t *names, uint32_t index, uint32_t inherited_field) {
  uint32_t name = names && index < self->name_width ? names[index] : 0;
  return name & CST_NAME_FIELD ? name : name | inherited_field;
}

// The field that a parent of this name passes on: a cursor that looks for a field goes up through what is hidden.
static inline uint32_t field_passed_on(const SubtreeHeapData *data, uint32_t name, bool is_root) {
  bool is_hidden = !is_root && !data->visible && !(name & UINT16_MAX);
  return is_hidden ? name & CST_NAME_FIELD : 0;
}

// --- Frames -----------------------------------------------------------------------------------

static bool grow(cst_walk *self) {
  size_t capacity = self->capacity ? self->capacity * 2 : 64;
  if (capacity > SIZE_MAX / sizeof(walk_frame) || capacity > UINT32_MAX) return false;
  walk_frame *frames = realloc(self->frames, capacity * sizeof(walk_frame));
  if (!frames) return false;
  self->frames = frames;
  self->capacity = capacity;
  return true;
}

static inline bool push_frame(cst_walk *self, const SubtreeHeapData *data, const Subtree *children, uint32_t name) {
  if (self->depth == self->capacity && !grow(self)) return false;
  self->frames[self->depth] = (walk_frame) {
    .next = children,
    .end = children + data->child_count,
    .names = names_of(self, data->production_id),
    .structural_index = 0,
    .inherited_field = field_passed_on(data, name, self->depth == 0),
  };
  self->depth++;
  return true;
}

// The next subtree that is not the only child of a hidden parent, and its name; NULL after the last.
static inline const Subtree *next_child(cst_walk *self, uint32_t *name) {
  while (self->depth > 0) {
    walk_frame *frame = &self->frames[self->depth - 1];
    if (frame->next < frame->end) {
      const Subtree *child = frame->next++;
      *name = ts_subtree_extra(*child)
        ? 0 : name_of(self, frame->names, frame->structural_index++, frame->inherited_field);
      return child;
    }
    self->depth--;
    cst_predict_leave(&self->predictor);
  }
  return NULL;
}

// --- Visits -----------------------------------------------------------------------------------

static inline cst_extent extent_of(Length length) {
  return (cst_extent) {length.bytes, length.extent.row, length.extent.column};
}

// The bits that all shapes have; those of 15 and more say no more than that. See src/shape.rs.
static inline uint64_t shape_of(TSSymbol symbol, uint32_t second, uint16_t flags, uint32_t name) {
  if (name & UINT16_MAX) flags |= CST_RENAMED;
  return (uint64_t)symbol | (uint64_t)second << 16 | (uint64_t)flags << 32;
}

static inline uint32_t at_most_15(uint32_t count) {
  return count < 15 ? count : 15;
}

// Notes whether a leaf's state is the one that follows from its place, and goes on from it.
static inline uint16_t predict_leaf(cst_walk *self, TSSymbol symbol, bool is_extra, TSStateId own) {
  TSStateId state = cst_predict(&self->predictor, symbol, true, false, is_extra);
  cst_predict_leaf(&self->predictor, symbol, is_extra, own);
  return own == state ? 0 : CST_VISIT_OTHER_STATE;
}

static inline void visit_inline(cst_walk *self, SubtreeInlineData leaf, uint32_t name, cst_visit *out) {
  out->shape = shape_of(leaf.symbol, leaf.lookahead_bytes, cst_inline_flags(leaf), name);
  out->name = name;
  out->depth = self->depth;
  out->parse_state = leaf.parse_state;
  out->dynamic_precedence = 0;
  out->child_count = 0;
  out->lookahead_bytes = leaf.lookahead_bytes;
  out->padding = (cst_extent) {leaf.padding_bytes, leaf.padding_rows, leaf.padding_columns};
  out->size = (cst_extent) {leaf.size_bytes, 0, leaf.size_bytes};
  out->what = predict_leaf(self, leaf.symbol, leaf.extra, leaf.parse_state);
}

static cst_status visit_heap_leaf(
  cst_walk *self, const SubtreeHeapData *data, uint16_t flags, uint32_t name, cst_visit *out
) {
  // What a builder would refuse is refused here: better not kept than kept in vain.
  bool is_error = data->symbol == ts_builtin_sym_error;
  if (!is_error && data->symbol >= self->language->token_count) return CST_BAD_SYMBOL;
  if (data->error_cost != 0) return CST_BAD_ERROR_COST;
  if (data->has_external_tokens) {
    out->scanner_state_length = data->external_scanner_state.length;
    out->scanner_state = (const uint8_t *)ts_external_scanner_state_data(&data->external_scanner_state);
  } else {
    // The library leaves this flag unset in tokens that an edit has moved to the heap.
    flags &= (uint16_t)~CST_SCANNER_STATE_CHANGE;
    if (is_error) out->lookahead_char = data->lookahead_char;
  }
  out->shape = shape_of(data->symbol, at_most_15(data->lookahead_bytes), flags, name);
  out->name = name;
  out->depth = self->depth;
  out->parse_state = data->parse_state;
  out->dynamic_precedence = 0;
  out->child_count = 0;
  out->lookahead_bytes = data->lookahead_bytes;
  out->padding = extent_of(data->padding);
  out->size = extent_of(data->size);
  out->what = predict_leaf(self, data->symbol, data->extra, data->parse_state);
  return CST_OK;
}

// The whole extent of a parent, and what is in it.
static inline void visit_extent(const SubtreeHeapData *data, cst_visit *out) {
  out->padding = extent_of(data->padding);
  out->size = extent_of(data->size);
  out->visible_descendant_count = data->visible_descendant_count;
  out->visible_child_count = data->visible_child_count;
  out->named_child_count = data->named_child_count;
}

// Says which derived fields of a parent are stale, with all their values.
static cst_status visit_stale(const SubtreeHeapData *data, const cst_derived *derived, cst_visit *out) {
  out->stored = cst_stale_fields(data, derived);
  if (out->stored & ~cst_allowed_exceptions(data->has_changes)) return CST_BAD_FLAGS;
  visit_extent(data, out);
  out->lookahead_bytes = data->lookahead_bytes;
  out->error_cost = data->error_cost;
  out->repeat_depth = data->repeat_depth;
  out->first_leaf_symbol = data->first_leaf.symbol;
  out->first_leaf_parse_state = data->first_leaf.parse_state;
  out->flags = cst_heap_flags(data);
  out->what |= CST_VISIT_STORED;
  return CST_OK;
}

// Compares a parent with what its children say: sets the precedence, and adds what is stale.
static cst_status compare_with_children(
  const cst_walk *self, const SubtreeHeapData *data, const Subtree *children, cst_visit *out
) {
  cst_derived derived = {0};
  cst_status status = cst_derive(self->language, data, children, data->child_count, &derived);
  if (status != CST_OK) return status;
  // Nothing carries this flag, for a false one would send the library after a token that is not there.
  if (data->has_external_tokens != ((derived.flags & CST_EXTERNAL_TOKENS) != 0)) return CST_BAD_FLAGS;
  out->dynamic_precedence = (int32_t)((uint32_t)data->dynamic_precedence - (uint32_t)derived.dynamic_precedence);
  return cst_is_stale(data, &derived) ? visit_stale(data, &derived, out) : CST_OK;
}

// Writes what any parent has.
static inline void visit_shape(
  const cst_walk *self, const SubtreeHeapData *data, uint16_t flags, uint32_t child_count, uint32_t name, cst_visit *out
) {
  flags &= (uint16_t)~CST_DERIVED_FLAGS;
  if (data->error_cost > 0) flags |= CST_HAS_ERROR;
  out->shape = shape_of(data->symbol, data->production_id, flags, name) | (uint64_t)at_most_15(child_count) << 51;
  out->name = name;
  out->depth = self->depth;
  out->child_count = child_count;
  out->parse_state = data->parse_state;
}

static inline bool is_fragile(uint16_t flags) {
  return (flags & (CST_FRAGILE_LEFT | CST_FRAGILE_RIGHT)) == (CST_FRAGILE_LEFT | CST_FRAGILE_RIGHT);
}

// Visits a hidden parent of one child, and names that.
static inline cst_status visit_unary(
  cst_walk *self, const SubtreeHeapData *data, uint16_t flags, uint32_t name, cst_visit *out, uint32_t *child_name
) {
  const Subtree *child = ts_subtree_children((Subtree) {.ptr = data});
  bool is_renamed = name & UINT16_MAX;
  uint32_t field = name & CST_NAME_FIELD;
  *child_name = ts_subtree_extra(*child)
    ? 0 : name_of(self, names_of(self, data->production_id), 0, is_renamed ? 0 : field);
  // If it is in a field of its own, someone may ask for that.
  bool has_field = field && (name ^ *child_name) & CST_NAME_FIELD;
  out->what = (is_renamed ? 0 : CST_VISIT_UNARY) | (is_renamed || has_field ? 0 : CST_VISIT_LINK);
  bool is_plain = !is_renamed && cst_passes_on(self->language, data, *child) &&
    cst_has_taken_over(data, *child, &out->dynamic_precedence);
  if (!is_plain) {
    cst_status status = compare_with_children(self, data, child, out);
    if (status != CST_OK) return status;
    visit_extent(data, out);
  }
  visit_shape(self, data, flags, 1, name, out);
  TSStateId state = cst_predict(&self->predictor, data->symbol, false, is_fragile(flags), false);
  if (data->parse_state != state) out->what |= CST_VISIT_OTHER_STATE;
  cst_predict_link(&self->predictor, data->parse_state);
  return CST_OK;
}

// Visits any other parent.
static inline cst_status visit_parent(
  cst_walk *self, const SubtreeHeapData *data, uint16_t flags, uint32_t name, cst_visit *out
) {
  const Subtree *children = ts_subtree_children((Subtree) {.ptr = data});
  out->what = 0;
  cst_status status = compare_with_children(self, data, children, out);
  if (status != CST_OK) return status;
  visit_shape(self, data, flags, data->child_count, name, out);
  visit_extent(data, out);
  bool is_extra = flags & CST_EXTRA;
  TSStateId state = cst_predict(&self->predictor, data->symbol, false, is_fragile(flags), is_extra);
  if (data->parse_state != state) out->what |= CST_VISIT_OTHER_STATE;
  bool has_room = push_frame(self, data, children, name) &&
    cst_predict_parent(&self->predictor, data->symbol, flags & CST_VISIBLE, is_extra, data->parse_state);
  return has_room ? CST_OK : CST_OUT_OF_MEMORY;
}

cst_status cst_walk_next(cst_walk *self, cst_visit *visits, uint32_t capacity, uint32_t *count) {
  const Subtree *next = self->next;
  uint32_t name = self->next_name;
  cst_status status = self->is_too_large ? CST_BAD_EXTENT : CST_OK;
  cst_visit *visit = visits;
  const cst_visit *end = status == CST_OK ? visits + capacity : visits;
  for (; visit < end; visit++) {
    const Subtree *subtree = next ? next : next_child(self, &name);
    next = NULL;
    if (!subtree) break;
    if (subtree->data.is_inline) {
      visit_inline(self, subtree->data, name, visit);
      continue;
    }
    const SubtreeHeapData *data = subtree->ptr;
    uint16_t flags = cst_heap_flags(data);
    self->live_bytes += cst_subtree_own_bytes(*subtree);
    if (data->child_count == 0) {
      status = visit_heap_leaf(self, data, flags, name, visit);
    } else if (cst_is_link(&self->predictor, data->child_count, flags & CST_VISIBLE, flags & CST_EXTRA)) {
      next = ts_subtree_children(*subtree);
      status = visit_unary(self, data, flags, name, visit, &name);
    } else {
      status = visit_parent(self, data, flags, name, visit);
    }
    if (status != CST_OK) break;
  }
  self->next = next;
  self->next_name = name;
  *count = (uint32_t)(visit - visits);
  return status;
}

uint64_t cst_walk_live_bytes(const cst_walk *self) {
  return self->live_bytes;
}

// --- Ranges -----------------------------------------------------------------------------------

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
