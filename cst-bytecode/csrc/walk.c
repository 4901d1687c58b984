// A tree to rows: every subtree, hidden ones included, in pre-order and without recursion.

#include <stdlib.h>
#include <string.h>
#include "derive.h"

typedef struct {
  const Subtree *children;
  uint32_t count;
  uint32_t next;
} walk_frame;

struct cst_walk {
  const TSLanguage *language;
  const Subtree *root;
  walk_frame *frames;
  size_t depth;
  size_t capacity;
  uint64_t live_bytes;
  bool started;
};

cst_walk *cst_walk_new(const TSTree *tree) {
  cst_walk *self = calloc(1, sizeof(cst_walk));
  if (!self) return NULL;
  self->language = tree->language;
  self->root = &tree->root;
  self->live_bytes = cst_tree_own_bytes(tree->included_range_count);
  return self;
}

void cst_walk_delete(cst_walk *self) {
  if (!self) return;
  free(self->frames);
  free(self);
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
  self->frames[self->depth++] = (walk_frame) {
    .children = ts_subtree_children(parent),
    .count = parent.ptr->child_count,
  };
  return true;
}

// The next subtree in pre-order, NULL after the last.
static const Subtree *next_subtree(cst_walk *self) {
  if (!self->started) {
    self->started = true;
    return self->root;
  }
  while (self->depth > 0) {
    walk_frame *frame = &self->frames[self->depth - 1];
    if (frame->next < frame->count) return &frame->children[frame->next++];
    self->depth--;
  }
  return NULL;
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

// The counts of the union's first member, valid for whatever was made by a reduction.
static void write_counts(const SubtreeHeapData *data, cst_row *row) {
  row->visible_child_count = data->visible_child_count;
  row->named_child_count = data->named_child_count;
  row->visible_descendant_count = data->visible_descendant_count;
  row->repeat_depth = data->repeat_depth;
  row->first_leaf_symbol = data->first_leaf.symbol;
  row->first_leaf_parse_state = data->first_leaf.parse_state;
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

static cst_status write_parent(const TSLanguage *language, Subtree parent, cst_row *row) {
  const SubtreeHeapData *data = parent.ptr;
  prefetch_children(ts_subtree_children(parent), data->child_count);
  cst_derived derived = {0};
  cst_status status = cst_derive(language, data, ts_subtree_children(parent), data->child_count, &derived);
  if (status != CST_OK) return status;
  // Nothing carries this flag, for a false one would send the library after a token that is not there.
  if (data->has_external_tokens != ((derived.flags & CST_EXTERNAL_TOKENS) != 0)) return CST_BAD_FLAGS;

  row->production_id = data->production_id;
  row->dynamic_precedence = (int32_t)((uint32_t)data->dynamic_precedence - (uint32_t)derived.dynamic_precedence);
  row->stored = differing_fields(data, &derived);
  if (row->stored) {
    write_extent(data, row);
    row->error_cost = data->error_cost;
    write_counts(data, row);
  }
  return CST_OK;
}

static cst_status write_row(cst_walk *self, const Subtree *subtree, cst_row *row) {
  if (subtree->data.is_inline) {
    write_inline_leaf(subtree->data, row);
    return CST_OK;
  }
  self->live_bytes += cst_subtree_own_bytes(*subtree);
  write_shape(subtree->ptr, row);
  if (subtree->ptr->child_count == 0) {
    return write_heap_leaf(self->language, subtree->ptr, row);
  }
  cst_status status = write_parent(self->language, *subtree, row);
  if (status != CST_OK) return status;
  if (row->stored & ~cst_allowed_exceptions(subtree->ptr->has_changes)) return CST_BAD_FLAGS;
  return push_frame(self, *subtree) ? CST_OK : CST_OUT_OF_MEMORY;
}

cst_status cst_walk_next(cst_walk *self, cst_row *rows, uint32_t capacity, uint32_t *count) {
  uint32_t written = 0;
  cst_status status = CST_OK;
  // The root extends over all leaves.
  if (!self->started && cst_extent_cost(*self->root) > CST_MAX_EXTENT_COST) status = CST_BAD_EXTENT;
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

uint64_t cst_tree_live_bytes(const TSTree *tree) {
  uint64_t bytes = cst_tree_own_bytes(tree->included_range_count);
  cst_walk walk = {.language = tree->language, .root = &tree->root};
  for (const Subtree *subtree; (subtree = next_subtree(&walk));) {
    bytes += cst_subtree_own_bytes(*subtree);
    if (ts_subtree_child_count(*subtree) > 0 && !push_frame(&walk, *subtree)) {
      // Better too much than too little: the caller keeps a budget with it.
      bytes = UINT64_MAX;
      break;
    }
  }
  free(walk.frames);
  return bytes;
}
