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
  self->live_bytes = cst_tree_own_bytes(tree);
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
  *row = (cst_row) {
    .symbol = leaf.symbol,
    .parse_state = leaf.parse_state,
    .flags = (uint16_t)(
      CST_INLINE |
      leaf.visible * CST_VISIBLE |
      leaf.named * CST_NAMED |
      leaf.extra * CST_EXTRA |
      leaf.has_changes * CST_HAS_CHANGES |
      leaf.depends_on_column * CST_DEPENDS_ON_COLUMN |
      leaf.is_missing * CST_MISSING |
      leaf.is_keyword * CST_KEYWORD
    ),
    .padding_bytes = leaf.padding_bytes,
    .padding_row = leaf.padding_rows,
    .padding_column = leaf.padding_columns,
    .size_bytes = leaf.size_bytes,
    .size_column = leaf.size_bytes,
    .lookahead_bytes = leaf.lookahead_bytes,
  };
}

// The fields that every subtree on the heap has.
static void write_heap_data(const SubtreeHeapData *data, cst_row *row) {
  *row = (cst_row) {
    .child_count = data->child_count,
    .symbol = data->symbol,
    .parse_state = data->parse_state,
    .flags = (uint16_t)(
      data->visible * CST_VISIBLE |
      data->named * CST_NAMED |
      data->extra * CST_EXTRA |
      data->fragile_left * CST_FRAGILE_LEFT |
      data->fragile_right * CST_FRAGILE_RIGHT |
      data->has_changes * CST_HAS_CHANGES |
      data->has_external_tokens * CST_EXTERNAL_TOKENS |
      data->has_external_scanner_state_change * CST_SCANNER_STATE_CHANGE |
      data->depends_on_column * CST_DEPENDS_ON_COLUMN |
      data->is_missing * CST_MISSING |
      data->is_keyword * CST_KEYWORD
    ),
    .padding_bytes = data->padding.bytes,
    .padding_row = data->padding.extent.row,
    .padding_column = data->padding.extent.column,
    .size_bytes = data->size.bytes,
    .size_row = data->size.extent.row,
    .size_column = data->size.extent.column,
    .lookahead_bytes = data->lookahead_bytes,
    .error_cost = data->error_cost,
  };
}

// The fields of the union's first member, valid for whatever was made by a reduction.
static void write_counts(const SubtreeHeapData *data, cst_row *row) {
  row->production_id = data->production_id;
  row->visible_child_count = data->visible_child_count;
  row->named_child_count = data->named_child_count;
  row->visible_descendant_count = data->visible_descendant_count;
  row->repeat_depth = data->repeat_depth;
  row->first_leaf_symbol = data->first_leaf.symbol;
  row->first_leaf_parse_state = data->first_leaf.parse_state;
}

static bool lengths_differ(Length a, Length b) {
  return a.bytes != b.bytes || a.extent.row != b.extent.row || a.extent.column != b.extent.column;
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

static void write_heap_leaf(const TSLanguage *language, const SubtreeHeapData *data, cst_row *row) {
  if (data->has_external_tokens) {
    row->scanner_state_length = data->external_scanner_state.length;
    row->scanner_state = (const uint8_t *)ts_external_scanner_state_data(&data->external_scanner_state);
  } else if (data->symbol == ts_builtin_sym_error) {
    row->lookahead_char = data->lookahead_char;
  } else if (data->symbol >= language->token_count) {
    // A reduction without children. A token's union is never read, and not always written.
    static const cst_derived none;
    write_counts(data, row);
    row->dynamic_precedence = data->dynamic_precedence;
    row->stored = differing_counts(data, &none);
    return;
  }
  if (data->error_cost != 0) row->stored = CST_STORED_ERROR_COST;
}

static cst_status write_parent(const TSLanguage *language, Subtree parent, cst_row *row) {
  const SubtreeHeapData *data = parent.ptr;
  cst_derived derived;
  cst_status status = cst_derive(language, data, ts_subtree_children(parent), data->child_count, &derived);
  if (status != CST_OK) return status;
  // Nothing carries this flag, for a false one would send the library after a token that is not there.
  if (data->has_external_tokens != derived.has_external_tokens) return CST_BAD_FLAGS;

  write_counts(data, row);
  row->dynamic_precedence = (int32_t)((uint32_t)data->dynamic_precedence - (uint32_t)derived.dynamic_precedence);
  row->stored = (uint16_t)(
    differing_counts(data, &derived) |
    (lengths_differ(data->padding, derived.padding) ? CST_STORED_PADDING : 0) |
    (lengths_differ(data->size, derived.size) ? CST_STORED_SIZE : 0) |
    (data->lookahead_bytes != derived.lookahead_bytes ? CST_STORED_LOOKAHEAD : 0) |
    (data->depends_on_column != derived.depends_on_column ? CST_STORED_DEPENDS_ON_COLUMN : 0) |
    (data->has_external_scanner_state_change != derived.has_scanner_state_change
      ? CST_STORED_SCANNER_STATE_CHANGE : 0)
  );
  return CST_OK;
}

cst_status cst_walk_next(cst_walk *self, cst_row *rows, uint32_t capacity, uint32_t *count) {
  *count = 0;
  while (*count < capacity) {
    const Subtree *subtree = next_subtree(self);
    if (!subtree) break;
    cst_row *row = &rows[*count];
    self->live_bytes += cst_subtree_own_bytes(*subtree);
    if (subtree->data.is_inline) {
      write_inline_leaf(subtree->data, row);
    } else {
      write_heap_data(subtree->ptr, row);
      if (subtree->ptr->child_count == 0) {
        write_heap_leaf(self->language, subtree->ptr, row);
      } else {
        cst_status status = write_parent(self->language, *subtree, row);
        if (status != CST_OK) return status;
        if (!push_frame(self, *subtree)) return CST_OUT_OF_MEMORY;
      }
    }
    (*count)++;
  }
  return CST_OK;
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
  uint64_t bytes = cst_tree_own_bytes(tree);
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
