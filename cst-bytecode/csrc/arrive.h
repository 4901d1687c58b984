// Subtrees as they arrive, in pre-order: a parent waits for its children, a leaf is finished.
#ifndef CST_ARRIVE_H_
#define CST_ARRIVE_H_

#include <stdlib.h>
#include <string.h>
#include "reduce.h"

#if defined(__GNUC__)
#define CST_NOT_INLINED __attribute__((noinline))
#define CST_SELDOM(condition) __builtin_expect(condition, false)
#else
#define CST_NOT_INLINED
#define CST_SELDOM(condition) (condition)
#endif

// --- Frames -----------------------------------------------------------------------------------

CST_NOT_INLINED static bool cst_grow_frames(cst_builder *self) {
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
CST_INLINED bool cst_count_child(cst_builder *self, const cst_shape *shape, bool is_extra, uint64_t *counts) {
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
CST_NOT_INLINED static bool cst_grow_finished(cst_builder *self) {
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
CST_INLINED bool cst_is_renamed(const cst_frame *parent) {
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
} cst_opening;

// Makes room for a parent, whose block is paid for, and goes on to its children.
CST_INLINED cst_status cst_open_parent(cst_builder *self, const cst_shape *shape, const cst_opening *opening) {
  if (CST_SELDOM(self->top + 1 == self->frames_end) && !cst_grow_frames(self)) return CST_OUT_OF_MEMORY;
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
} cst_leaf_text;

// Refuses inline leaves that do not fit their fields.
CST_INLINED bool cst_fits_inline(const cst_leaf_text *text) {
  uint64_t padding_bytes = text->padding.bytes, padding_column = text->padding.extent.column, size = text->size.bytes;
  bool is_small = ((padding_bytes + 1) | (padding_column + 1) | (size + 1)) <= UINT8_MAX;
  return is_small && text->padding.extent.row < 16;
}

// NULL with a status where it is refused.
static SubtreeHeapData *cst_heap_leaf(
  cst_builder *self, const cst_shape *shape, cst_leaf_text text, TSStateId state, cst_status *status
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
CST_INLINED void cst_sum_up_leaf(cst_builder *self, const cst_shape *shape, const cst_leaf_text *text, uint64_t counts) {
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

#endif
