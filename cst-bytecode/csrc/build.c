// Shapes and nodes to a tree, without parsing. Whatever they say, the result is either refused or safe
// for every function of the library: all that it indexes with is checked against the language, what
// subtrees share in shape.c, the rest here.

#include <stdlib.h>
#include <string.h>
#include "alloc.h"
#include "derive.h"
#include "shape.h"

// A parent whose children are still arriving.
typedef struct {
  SubtreeHeapData *data;
  uint32_t next;
  // Derived fields that came along; `data` has them already.
  uint16_t stored;
} build_frame;

struct cst_builder {
  const TSLanguage *language;
  cst_shape *shapes;
  uint32_t shape_count;
  build_frame *frames;
  size_t depth;
  size_t capacity;
  // Subtrees that no parent has claimed as children yet: bounds what may be allocated.
  uint32_t unclaimed;
  uint32_t awaited;
  uint32_t subtree_count;
  // What an error over all leaves so far would cost for its extent.
  uint64_t extent_cost;
  // What may still be allocated: nothing is left when the tree is done.
  uint64_t live_bytes;
  Subtree root;
  bool has_root;
};

static inline Subtree *frame_children(const build_frame *self) {
  return (Subtree *)self->data - self->data->child_count;
}

cst_builder *cst_builder_new(
  const TSLanguage *language, uint32_t subtree_count, uint64_t live_bytes,
  const cst_row *shapes, uint32_t shape_count, cst_status *status
) {
  *status = CST_OUT_OF_MEMORY;
  cst_builder *self = calloc(1, sizeof(cst_builder));
  if (!self) return NULL;
  self->language = language;
  self->awaited = subtree_count;
  self->subtree_count = subtree_count;
  self->live_bytes = live_bytes;
  self->unclaimed = subtree_count > 0 ? subtree_count - 1 : 0;
  self->shape_count = shape_count;
  self->shapes = calloc(shape_count ? shape_count : 1, sizeof(cst_shape));
  if (!self->shapes) goto refused;
  for (uint32_t i = 0; i < shape_count; i++) {
    *status = cst_shape_read(language, &shapes[i], &self->shapes[i]);
    if (*status != CST_OK) goto refused;
  }
  *status = CST_OK;
  return self;

refused:
  cst_builder_delete(self);
  return NULL;
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
  free(self->shapes);
  free(self);
}

// Takes `bytes` out of what may be allocated.
static bool spend(cst_builder *self, uint64_t bytes) {
  if (bytes > self->live_bytes) return false;
  self->live_bytes -= bytes;
  return true;
}

// Writes the derived fields that an exception carries.
static void write_stored(SubtreeHeapData *data, const cst_row *row) {
  uint16_t stored = row->stored;
  if (stored & CST_STORED_PADDING) {
    data->padding = (Length) {row->padding_bytes, {row->padding_row, row->padding_column}};
  }
  if (stored & CST_STORED_SIZE) data->size = (Length) {row->size_bytes, {row->size_row, row->size_column}};
  if (stored & CST_STORED_LOOKAHEAD) data->lookahead_bytes = row->lookahead_bytes;
  if (stored & CST_STORED_ERROR_COST) data->error_cost = row->error_cost;
  if (stored & CST_STORED_DEPENDS_ON_COLUMN) data->depends_on_column = (row->flags & CST_DEPENDS_ON_COLUMN) != 0;
  if (stored & CST_STORED_SCANNER_STATE_CHANGE) {
    data->has_external_scanner_state_change = (row->flags & CST_SCANNER_STATE_CHANGE) != 0;
  }
  if (stored & CST_STORED_VISIBLE_CHILD_COUNT) data->visible_child_count = row->visible_child_count;
  if (stored & CST_STORED_NAMED_CHILD_COUNT) data->named_child_count = row->named_child_count;
  if (stored & CST_STORED_VISIBLE_DESCENDANT_COUNT) data->visible_descendant_count = row->visible_descendant_count;
  if (stored & CST_STORED_REPEAT_DEPTH) data->repeat_depth = row->repeat_depth;
  if (stored & CST_STORED_FIRST_LEAF) {
    data->first_leaf.symbol = row->first_leaf_symbol;
    data->first_leaf.parse_state = row->first_leaf_parse_state;
  }
}

static cst_status inline_leaf(const cst_shape *shape, const cst_node *node, Subtree *leaf) {
  if (node->padding_bytes >= UINT8_MAX || node->padding_row >= 16 || node->padding_column >= UINT8_MAX ||
      node->size_bytes >= UINT8_MAX || node->size_row != 0 || node->size_column != node->size_bytes ||
      node->lookahead_bytes >= 16) return CST_BAD_EXTENT;
  SubtreeInlineData data = shape->inline_data;
  data.parse_state = node->parse_state;
  data.padding_columns = (uint8_t)node->padding_column;
  data.padding_rows = (uint8_t)node->padding_row & 15;
  data.lookahead_bytes = (uint8_t)node->lookahead_bytes & 15;
  data.padding_bytes = (uint8_t)node->padding_bytes;
  data.size_bytes = (uint8_t)node->size_bytes;
  leaf->data = data;
  return CST_OK;
}

static cst_status heap_leaf(
  cst_builder *self, const cst_shape *shape, const cst_node *node, Subtree *leaf
) {
  cst_shape_kind kind = shape->kind;
  if ((uint64_t)node->padding_bytes + node->size_bytes + node->lookahead_bytes > UINT32_MAX) return CST_BAD_EXTENT;
  if (kind == EXTERNAL_TOKEN && node->scanner_state_length > TREE_SITTER_SERIALIZATION_BUFFER_SIZE) {
    return CST_BAD_SCANNER_STATE;
  }
  uint64_t bytes = cst_heap_bytes(0);
  if (kind == EXTERNAL_TOKEN) bytes += cst_scanner_state_bytes(node->scanner_state_length);
  if (!spend(self, bytes)) return CST_BAD_LIVE_BYTES;
  SubtreeHeapData *data = ts_malloc(sizeof(SubtreeHeapData));
  *data = shape->heap_data;
  data->parse_state = node->parse_state;
  data->padding = (Length) {node->padding_bytes, {node->padding_row, node->padding_column}};
  data->size = (Length) {node->size_bytes, {node->size_row, node->size_column}};
  data->lookahead_bytes = node->lookahead_bytes;
  if (kind == EXTERNAL_TOKEN) {
    ts_external_scanner_state_init(
      &data->external_scanner_state, (const char *)node->scanner_state, node->scanner_state_length
    );
  } else if (kind == ERROR_LEAF) {
    data->lookahead_char = node->lookahead_char;
  }
  leaf->ptr = data;
  return CST_OK;
}

static cst_status open_parent(
  cst_builder *self, const cst_shape *shape, const cst_node *node, const cst_row *exception
) {
  uint32_t child_count = shape->heap_data.child_count;
  if (child_count > self->unclaimed) return CST_BAD_CHILD_COUNT;
  if (exception) {
    if (exception->stored & ~cst_allowed_exceptions(shape->heap_data.has_changes)) return CST_BAD_FLAGS;
    // Callers reserve memory by these.
    if (exception->visible_child_count > self->subtree_count ||
        exception->named_child_count > self->subtree_count ||
        exception->visible_descendant_count > self->subtree_count) return CST_BAD_CHILD_COUNT;
  }
  if (!spend(self, cst_heap_bytes(child_count))) return CST_BAD_LIVE_BYTES;
  if (self->depth == self->capacity) {
    size_t capacity = self->capacity ? self->capacity * 2 : 64;
    if (capacity > SIZE_MAX / sizeof(build_frame)) return CST_OUT_OF_MEMORY;
    build_frame *frames = realloc(self->frames, capacity * sizeof(build_frame));
    if (!frames) return CST_OUT_OF_MEMORY;
    self->frames = frames;
    self->capacity = capacity;
  }
  self->unclaimed -= child_count;
  Subtree *children = ts_malloc(ts_subtree_alloc_size(child_count));
  SubtreeHeapData *data = (SubtreeHeapData *)&children[child_count];
  *data = shape->heap_data;
  data->parse_state = node->parse_state;
  build_frame *frame = &self->frames[self->depth++];
  *frame = (build_frame) {.data = data};
  if (exception) {
    write_stored(data, exception);
    frame->stored = exception->stored;
  }
  return CST_OK;
}

// Writes the derived fields that did not come along.
static inline void write_derived(SubtreeHeapData *data, const cst_derived *derived, uint16_t stored) {
  if (!(stored & CST_STORED_PADDING)) data->padding = derived->padding;
  if (!(stored & CST_STORED_SIZE)) data->size = derived->size;
  if (!(stored & CST_STORED_LOOKAHEAD)) data->lookahead_bytes = derived->lookahead_bytes;
  if (!(stored & CST_STORED_ERROR_COST)) data->error_cost = derived->error_cost;
  if (!(stored & CST_STORED_VISIBLE_CHILD_COUNT)) data->visible_child_count = derived->visible_child_count;
  if (!(stored & CST_STORED_NAMED_CHILD_COUNT)) data->named_child_count = derived->named_child_count;
  if (!(stored & CST_STORED_VISIBLE_DESCENDANT_COUNT)) {
    data->visible_descendant_count = derived->visible_descendant_count;
  }
  if (!(stored & CST_STORED_REPEAT_DEPTH)) data->repeat_depth = derived->repeat_depth;
  if (!(stored & CST_STORED_FIRST_LEAF)) {
    data->first_leaf.symbol = derived->first_leaf_symbol;
    data->first_leaf.parse_state = derived->first_leaf_parse_state;
  }
  if (!(stored & CST_STORED_DEPENDS_ON_COLUMN)) data->depends_on_column = derived->depends_on_column;
  if (!(stored & CST_STORED_SCANNER_STATE_CHANGE)) {
    data->has_external_scanner_state_change = derived->has_scanner_state_change;
  }
  data->has_external_tokens = derived->has_external_tokens;
  data->dynamic_precedence =
    (int32_t)((uint32_t)data->dynamic_precedence + (uint32_t)derived->dynamic_precedence);
}

// Whether the parser could have made a rule's node in the state that the node says.
static cst_status check_state(const TSLanguage *language, const SubtreeHeapData *data) {
  TSStateId state = data->parse_state;
  if (state == ERROR_STATE) {
    // While the parser skips errors only extras begin, with a token that it shifts then; any other node
    // of that state would be looked up as if it were a token.
    uint32_t count;
    if (!data->extra) return CST_BAD_PARSE_STATE;
    const TSParseAction *actions = ts_language_actions(language, state, data->first_leaf.symbol, &count);
    if (count == 0 || actions->type != TSParseActionTypeShift) return CST_BAD_PARSE_STATE;
  } else if (data->extra && state != TS_TREE_STATE_NONE) {
    // An extra leaves the state as it is. One that does not would not be counted among a rule's
    // children, and the parser would take others that are not there.
    if (ts_language_next_state(language, state, data->symbol) != state) return CST_BAD_FLAGS;
  }
  return CST_OK;
}

// What a parent has in common with its children, so that what is not fragile can be used again.
static cst_status check_family(const cst_builder *self, const SubtreeHeapData *data, const Subtree *children) {
  Subtree first = children[0];
  Subtree last = children[data->child_count - 1];
  if (ts_subtree_fragile_left(first) && !data->fragile_left) return CST_BAD_FLAGS;
  if (ts_subtree_fragile_right(last) && !data->fragile_right) return CST_BAD_FLAGS;
  bool is_root = self->depth == 1;
  if (is_root) return CST_OK;
  if (data->first_leaf.symbol == ts_builtin_sym_end) return CST_BAD_SYMBOL;
  if (cst_is_error_group(data->symbol)) return CST_OK;
  // A rule begins with its first part; extras before it are not its own.
  if (ts_subtree_extra(first)) return CST_BAD_FLAGS;
  return check_state(self->language, data);
}

// Whether a subtree may stand in its parent: the end of the text only in the root, a group of errors
// only in an error, an error only in a fragile node.
static cst_status check_place(const cst_builder *self, const SubtreeHeapData *parent, Subtree child) {
  TSSymbol symbol = ts_subtree_symbol(child);
  if (symbol == ts_builtin_sym_end) return self->depth == 1 ? CST_OK : CST_BAD_SYMBOL;
  if (symbol == ts_builtin_sym_error_repeat) return cst_is_error_group(parent->symbol) ? CST_OK : CST_BAD_SYMBOL;
  if (symbol == ts_builtin_sym_error) return parent->fragile_left && parent->fragile_right ? CST_OK : CST_BAD_FLAGS;
  return CST_OK;
}

// Derives the fields of a parent whose last child has arrived.
static cst_status close_parent(const cst_builder *self, const build_frame *frame) {
  SubtreeHeapData *data = frame->data;
  cst_derived derived = {0};
  cst_status status = cst_derive(self->language, data, frame_children(frame), data->child_count, &derived);
  if (status != CST_OK) return status;
  if (frame->stored == 0) {
    // Nearly every parent, and then nothing is asked one by one.
    write_derived(data, &derived, 0);
  } else {
    write_derived(data, &derived, frame->stored);
  }

  // What the parser would look up, should it reuse this node by its first leaf.
  TSSymbol leaf = data->first_leaf.symbol;
  bool is_error_leaf = leaf == ts_builtin_sym_error || leaf == ts_builtin_sym_error_repeat;
  if (leaf >= self->language->token_count && !is_error_leaf) return CST_BAD_SYMBOL;
  bool is_fragile = data->fragile_left && data->fragile_right;
  if (data->first_leaf.parse_state >= self->language->state_count && !is_fragile) return CST_BAD_PARSE_STATE;
  status = check_family(self, data, frame_children(frame));
  if (status != CST_OK) return status;
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
    cst_status status = check_place(self, frame->data, subtree);
    if (status != CST_OK) return status;
    if (frame->next < frame->data->child_count) return CST_OK;
    status = close_parent(self, frame);
    if (status != CST_OK) return status;
    subtree = (Subtree) {.ptr = frame->data};
    self->depth--;
  }
  self->root = subtree;
  self->has_root = true;
  return CST_OK;
}

static cst_status push(cst_builder *self, const cst_node *node, const cst_row *exception) {
  if (self->awaited == 0 || self->has_root) return CST_TOO_MANY_ROWS;
  self->awaited--;
  if (node->shape >= self->shape_count) return CST_BAD_SYMBOL;
  const cst_shape *shape = &self->shapes[node->shape];
  // A node without a state is never asked for its lexer mode as long as it is fragile.
  if (node->parse_state >= self->language->state_count &&
      (node->parse_state != TS_TREE_STATE_NONE || !shape->is_fragile)) return CST_BAD_PARSE_STATE;
  if (shape->kind == PARENT) return open_parent(self, shape, node, exception);

  Subtree leaf;
  cst_status status;
  // A leaf derives nothing.
  if (exception) return CST_BAD_FLAGS;
  if (shape->kind == INLINE_TOKEN) {
    status = inline_leaf(shape, node, &leaf);
  } else {
    status = heap_leaf(self, shape, node, &leaf);
  }
  if (status != CST_OK) return status;
  self->extent_cost += cst_extent_cost(leaf);
  if (self->extent_cost > CST_MAX_EXTENT_COST) status = CST_BAD_EXTENT;
  // Placed all the same, so that it is freed with the rest.
  cst_status placed = place(self, leaf);
  return status != CST_OK ? status : placed;
}

cst_status cst_builder_push(
  cst_builder *self, const cst_node *nodes, uint32_t count,
  const cst_row *exceptions, uint32_t exception_count
) {
  for (uint32_t i = 0; i < count; i++) {
    const cst_row *exception = NULL;
    if (nodes[i].exception != 0) {
      if (nodes[i].exception > exception_count) return CST_BAD_FLAGS;
      exception = &exceptions[nodes[i].exception - 1];
      if (exception->stored & ~CST_STORED_ALL) return CST_BAD_FLAGS;
    }
    cst_status status = push(self, &nodes[i], exception);
    if (status != CST_OK) return status;
  }
  return CST_OK;
}

// A root is what the parser accepts: the start rule, or an error in its place.
static cst_status check_root(const TSLanguage *language, Subtree root) {
  if (root.data.is_inline || root.ptr->child_count == 0 || root.ptr->extra) return CST_BAD_SYMBOL;
  if (root.ptr->symbol == ts_builtin_sym_error) return CST_OK;
  TSStateId state = ts_language_next_state(language, 1, root.ptr->symbol);
  uint32_t count = 0;
  const TSParseAction *actions = NULL;
  if (state != ERROR_STATE) actions = ts_language_actions(language, state, ts_builtin_sym_end, &count);
  return count > 0 && actions[count - 1].type == TSParseActionTypeAccept ? CST_OK : CST_BAD_SYMBOL;
}

// As the library checks the ranges that a parser is given; and none after the first begins at the very
// end, for the library, comparing two trees' ranges, would run past the other's.
static cst_status check_ranges(const cst_range *ranges, uint32_t count) {
  uint32_t end = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (ranges[i].start_byte < end || ranges[i].end_byte < ranges[i].start_byte) return CST_BAD_EXTENT;
    if (i > 0 && ranges[i].start_byte == UINT32_MAX) return CST_BAD_EXTENT;
    end = ranges[i].end_byte;
  }
  return count > 0 ? CST_OK : CST_BAD_EXTENT;
}

TSTree *cst_builder_finish(
  cst_builder *self, const cst_range *ranges, uint32_t range_count, cst_status *status
) {
  if (!self->has_root || self->awaited != 0) {
    *status = CST_TOO_FEW_ROWS;
    return NULL;
  }
  if (self->live_bytes != cst_tree_own_bytes(range_count)) {
    *status = CST_BAD_LIVE_BYTES;
    return NULL;
  }
  *status = check_root(self->language, self->root);
  if (*status != CST_OK) return NULL;
  *status = check_ranges(ranges, range_count);
  if (*status != CST_OK) return NULL;
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
