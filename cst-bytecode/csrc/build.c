// Shapes and nodes to a tree, without parsing. Whatever they say, the result is either refused or safe
// for every function of the library: all that it indexes with is checked against the language, what
// subtrees share in shape.c, what a place in the tree and a whole tree must be in check.h, the rest here.

#include <stdlib.h>
#include <string.h>
#include "alloc.h"
#include "arena.h"
#include "check.h"
#include "derive.h"
#include "predict.h"
#include "shape.h"
#include "stale.h"

// A parent whose children are still arriving.
typedef struct {
  uint32_t shape;
  // Where its children begin among the subtrees that await a parent.
  uint32_t first;
  uint32_t missing;
  uint32_t child_count;
  TSStateId parse_state;
  // That of the links above it.
  TSStateId link_state;
  // Whether the last of the kept exceptions is about this one.
  bool has_exception;
  bool has_links;
  // Whether the predictor has a frame for it.
  bool is_predicted;
} build_frame;

struct cst_builder {
  const TSLanguage *language;
  cst_predictor predictor;
  cst_arena arena;
  cst_shape *shapes;
  uint32_t shape_count;
  // Shapes of the links above a shape, from the top, one shape's after the other's.
  uint32_t *links;
  // Parents from the root down.
  build_frame *frames;
  size_t depth;
  size_t frame_capacity;
  // Finished subtrees that await their parent; the root at last. A parent is allocated when its last
  // child is here, so that each block is written once, in the order in which a parser makes them.
  Subtree *finished;
  size_t finished_count;
  size_t finished_capacity;
  // Exceptions of the parents in `frames`, in their order.
  cst_row *exceptions;
  size_t exception_count;
  size_t exception_capacity;
  // Subtrees that no parent has claimed as children yet: bounds what may be allocated.
  uint32_t unclaimed;
  uint32_t awaited;
  uint32_t subtree_count;
  // What an error over all leaves so far would cost for its extent.
  uint64_t extent_cost;
  // What may still be allocated: nothing is left when the tree is done.
  uint64_t live_bytes;
};

// Makes room in an array for `count` elements more.
static bool reserve(void **contents, size_t *capacity, size_t used, size_t count, size_t element) {
  if (count <= *capacity - used) return true;
  size_t wanted = used + count > *capacity * 2 ? used + count : *capacity * 2;
  if (wanted < 64) wanted = 64;
  if (wanted > SIZE_MAX / element) return false;
  void *moved = realloc(*contents, wanted * element);
  if (!moved) return false;
  *contents = moved;
  *capacity = wanted;
  return true;
}

// Reads which links stand above which shape. A link is hidden, with one child, and no extra.
static cst_status read_links(
  cst_builder *self, const uint32_t *links, uint32_t link_count, const uint32_t *link_ends
) {
  self->links = calloc(link_count ? link_count : 1, sizeof(uint32_t));
  if (!self->links) return CST_OUT_OF_MEMORY;
  for (uint32_t i = 0; i < link_count; i++) {
    if (links[i] >= self->shape_count) return CST_BAD_SYMBOL;
    const cst_shape *link = &self->shapes[links[i]];
    if (link->kind != PARENT) return CST_BAD_CHILD_COUNT;
    if (link->heap_data.visible || link->is_extra) return CST_BAD_FLAGS;
    self->links[i] = links[i];
  }
  uint32_t start = 0;
  for (uint32_t i = 0; i < self->shape_count; i++) {
    if (link_ends[i] < start || link_ends[i] > link_count) return CST_BAD_CHILD_COUNT;
    self->shapes[i].first_link = start;
    self->shapes[i].link_count = link_ends[i] - start;
    start = link_ends[i];
  }
  return CST_OK;
}

cst_builder *cst_builder_new(
  cst_memo *memo, uint32_t subtree_count, uint64_t live_bytes,
  const cst_row *shapes, uint32_t shape_count,
  const uint32_t *links, uint32_t link_count, const uint32_t *link_ends, cst_status *status
) {
  *status = CST_OUT_OF_MEMORY;
  cst_builder *self = calloc(1, sizeof(cst_builder));
  if (!self) return NULL;
  const TSLanguage *language = memo->language;
  self->language = language;
  self->awaited = subtree_count;
  self->subtree_count = subtree_count;
  self->live_bytes = live_bytes;
  self->unclaimed = subtree_count > 0 ? subtree_count - 1 : 0;
  self->shape_count = shape_count;
  self->shapes = calloc(shape_count ? shape_count : 1, sizeof(cst_shape));
  // Room for a root that is a leaf; a parent makes room for its children.
  bool has_room = reserve((void **)&self->finished, &self->finished_capacity, 0, 1, sizeof(Subtree));
  bool can_predict = cst_predictor_start(&self->predictor, memo);
  if (!self->shapes || !has_room || !can_predict) goto refused;
  for (uint32_t i = 0; i < shape_count; i++) {
    *status = cst_shape_read(language, &shapes[i], &self->shapes[i]);
    if (*status != CST_OK) goto refused;
  }
  *status = read_links(self, links, link_count, link_ends);
  if (*status != CST_OK) goto refused;
  return self;

refused:
  cst_builder_delete(self);
  return NULL;
}

void cst_builder_delete(cst_builder *self) {
  if (!self) return;
  SubtreePool pool = ts_subtree_pool_new(0);
  for (size_t i = 0; i < self->finished_count; i++) ts_subtree_release(&pool, self->finished[i]);
  ts_subtree_pool_delete(&pool);
  cst_arena_close(&self->arena);
  free(self->frames);
  free(self->finished);
  cst_predictor_end(&self->predictor);
  free(self->exceptions);
  free(self->links);
  free(self->shapes);
  free(self);
}

// Takes `bytes` out of what may be allocated.
static bool spend(cst_builder *self, uint64_t bytes) {
  if (bytes > self->live_bytes) return false;
  self->live_bytes -= bytes;
  return true;
}

// Overwrites the derived fields that an exception carries.
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

static cst_status inline_leaf(const cst_shape *shape, const cst_node *node, TSStateId state, Subtree *leaf) {
  if (node->padding_bytes >= UINT8_MAX || node->padding_row >= 16 || node->padding_column >= UINT8_MAX ||
      node->size_bytes >= UINT8_MAX || node->size_row != 0 || node->size_column != node->size_bytes ||
      node->lookahead_bytes >= 16) return CST_BAD_EXTENT;
  SubtreeInlineData data = shape->inline_data;
  data.parse_state = state;
  data.padding_columns = (uint8_t)node->padding_column;
  data.padding_rows = (uint8_t)node->padding_row & 15;
  data.lookahead_bytes = (uint8_t)node->lookahead_bytes & 15;
  data.padding_bytes = (uint8_t)node->padding_bytes;
  data.size_bytes = (uint8_t)node->size_bytes;
  leaf->data = data;
  return CST_OK;
}

static cst_status heap_leaf(
  cst_builder *self, const cst_shape *shape, const cst_node *node, TSStateId state, Subtree *leaf
) {
  cst_shape_kind kind = shape->kind;
  if ((uint64_t)node->padding_bytes + node->size_bytes + node->lookahead_bytes > UINT32_MAX) return CST_BAD_EXTENT;
  if (kind == EXTERNAL_TOKEN && node->scanner_state_length > TREE_SITTER_SERIALIZATION_BUFFER_SIZE) {
    return CST_BAD_SCANNER_STATE;
  }
  uint64_t bytes = cst_heap_bytes(0);
  if (kind == EXTERNAL_TOKEN) bytes += cst_scanner_state_bytes(node->scanner_state_length);
  if (!spend(self, bytes)) return CST_BAD_LIVE_BYTES;
  SubtreeHeapData *data = cst_arena_take(&self->arena, sizeof(SubtreeHeapData));
  *data = shape->heap_data;
  data->parse_state = state;
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
  cst_builder *self, const cst_shape *shape, const cst_node *node, TSStateId state, TSStateId link_state,
  const cst_row *exception
) {
  uint32_t child_count = node->child_count;
  if (child_count == 0 || child_count > self->unclaimed) return CST_BAD_CHILD_COUNT;
  self->unclaimed -= child_count;
  if (!spend(self, cst_heap_bytes(child_count))) return CST_BAD_LIVE_BYTES;
  if (!reserve((void **)&self->frames, &self->frame_capacity, self->depth, 1, sizeof(build_frame)) ||
      !reserve((void **)&self->finished, &self->finished_capacity, self->finished_count, child_count, sizeof(Subtree))) {
    return CST_OUT_OF_MEMORY;
  }
  if (exception) {
    if (exception->stored & ~cst_allowed_exceptions(shape->heap_data.has_changes)) return CST_BAD_FLAGS;
    if (!reserve((void **)&self->exceptions, &self->exception_capacity, self->exception_count, 1, sizeof(cst_row))) {
      return CST_OUT_OF_MEMORY;
    }
    self->exceptions[self->exception_count++] = *exception;
  }
  const SubtreeHeapData *data = &shape->heap_data;
  build_frame *frame = &self->frames[self->depth++];
  frame->shape = node->shape;
  // No more than there are subtrees.
  frame->first = (uint32_t)self->finished_count;
  frame->missing = child_count;
  frame->child_count = child_count;
  frame->parse_state = state;
  frame->link_state = link_state;
  frame->has_exception = exception != NULL;
  frame->has_links = node->flags & CST_NODE_HAS_LINKS;
  frame->is_predicted = !cst_is_link(&self->predictor, child_count, data->visible, data->extra);
  if (!frame->is_predicted) {
    cst_predict_link(&self->predictor, state);
    return CST_OK;
  }
  bool has_room = cst_predict_parent(&self->predictor, data->symbol, data->visible, data->extra, state);
  return has_room ? CST_OK : CST_OUT_OF_MEMORY;
}

// Writes the derived fields.
static inline void write_derived(SubtreeHeapData *data, const cst_derived *derived) {
  data->padding = derived->padding;
  data->size = derived->size;
  data->lookahead_bytes = derived->lookahead_bytes;
  data->error_cost = derived->error_cost;
  data->visible_child_count = derived->visible_child_count;
  data->named_child_count = derived->named_child_count;
  data->visible_descendant_count = derived->visible_descendant_count;
  data->repeat_depth = derived->repeat_depth;
  data->first_leaf.symbol = derived->first_leaf_symbol;
  data->first_leaf.parse_state = derived->first_leaf_parse_state;
  data->dynamic_precedence =
    (int32_t)((uint32_t)data->dynamic_precedence + (uint32_t)derived->dynamic_precedence);
  cst_set_derived_flags(data, derived->flags);
}

// Makes a parent out of the last `child_count` subtrees.
static inline cst_status reduce(
  cst_builder *self, const cst_shape *kind, uint32_t child_count, TSStateId state, bool has_exception, bool is_root
) {
  const SubtreeHeapData *shape = &kind->heap_data;
  size_t first = self->finished_count - child_count;
  Subtree *children = &self->finished[first];
  bool takes_over = child_count == 1 && !shape->visible && cst_passes_on(self->language, shape, children[0]);
  cst_derived derived;
  if (!takes_over) {
    cst_status status = cst_derive(self->language, shape, children, child_count, &derived);
    if (status != CST_OK) return status;
  }

  Subtree *block = cst_arena_take(&self->arena, ts_subtree_alloc_size(child_count));
  memcpy(block, children, child_count * sizeof(Subtree));
  SubtreeHeapData *data = (SubtreeHeapData *)&block[child_count];
  *data = *shape;
  data->child_count = child_count;
  data->parse_state = state;
  if (takes_over) {
    cst_take_over(data, children[0]);
  } else {
    write_derived(data, &derived);
  }
  if (has_exception) write_stored(data, &self->exceptions[--self->exception_count]);
  // The children are the parent's now.
  self->finished[first].ptr = data;
  self->finished_count = first + 1;
  // What a view says of it.
  if ((data->error_cost > 0) != kind->has_error) return CST_BAD_FLAGS;
  return cst_check_parent(self->language, self->subtree_count, data, block, is_root);
}

// Puts the links above a shape on top of the last subtree.
static inline cst_status reduce_links(cst_builder *self, const cst_shape *shape, TSStateId state) {
  for (uint32_t i = shape->link_count; i-- > 0;) {
    const cst_shape *link = &self->shapes[self->links[shape->first_link + i]];
    cst_status status = cst_check_place(&link->heap_data, self->finished[self->finished_count - 1], false);
    if (status == CST_OK) status = reduce(self, link, 1, link->is_fragile ? TS_TREE_STATE_NONE : state, false, false);
    if (status != CST_OK) return status;
  }
  return CST_OK;
}

// Finishes the parents that the last subtree completes.
static cst_status close_parents(cst_builder *self) {
  while (self->depth > 0) {
    build_frame *frame = &self->frames[self->depth - 1];
    const cst_shape *shape = &self->shapes[frame->shape];
    bool is_root = self->depth == 1;
    cst_status status = cst_check_place(&shape->heap_data, self->finished[self->finished_count - 1], is_root);
    if (status != CST_OK) return status;
    if (--frame->missing > 0) return CST_OK;
    status = reduce(self, shape, frame->child_count, frame->parse_state, frame->has_exception, is_root);
    if (status == CST_OK && frame->has_links) status = reduce_links(self, shape, frame->link_state);
    if (status != CST_OK) return status;
    if (frame->is_predicted) cst_predict_leave(&self->predictor);
    self->depth--;
  }
  return CST_OK;
}

// A node without a state is never asked for its lexer mode as long as it is fragile.
static inline bool is_state(const cst_builder *self, const cst_shape *shape, TSStateId state) {
  return state < self->language->state_count || (state == TS_TREE_STATE_NONE && shape->is_fragile);
}

// Takes the links above a node into account, whose states all follow from their place; says which it is.
static inline cst_status open_links(cst_builder *self, const cst_shape *shape, TSStateId *state) {
  uint32_t count = shape->link_count;
  if (self->depth == 0 || count >= self->awaited || count > self->unclaimed) return CST_BAD_CHILD_COUNT;
  self->awaited -= count;
  self->unclaimed -= count;
  if (!spend(self, count * cst_heap_bytes(1))) return CST_BAD_LIVE_BYTES;
  for (uint32_t i = 0; i < count; i++) {
    const cst_shape *link = &self->shapes[self->links[shape->first_link + i]];
    TSStateId own = cst_predict(&self->predictor, link->symbol, false, link->is_fragile, false);
    if (!is_state(self, link, own)) return CST_BAD_PARSE_STATE;
    cst_predict_link(&self->predictor, own);
  }
  *state = self->predictor.state;
  return CST_OK;
}

static cst_status push(cst_builder *self, const cst_node *node, const cst_row *exception) {
  // With a root and no parent open, the tree is complete.
  bool has_root = self->depth == 0 && self->finished_count > 0;
  if (self->awaited == 0 || has_root) return CST_TOO_MANY_ROWS;
  if (node->shape >= self->shape_count) return CST_BAD_SYMBOL;
  const cst_shape *shape = &self->shapes[node->shape];
  TSStateId link_state = ERROR_STATE;
  if (node->flags & CST_NODE_HAS_LINKS) {
    cst_status status = open_links(self, shape, &link_state);
    if (status != CST_OK) return status;
  }
  self->awaited--;
  bool is_leaf = shape->kind != PARENT;
  TSStateId state = cst_predict(&self->predictor, shape->symbol, is_leaf, shape->is_fragile, shape->is_extra);
  if (node->flags & CST_NODE_HAS_STATE) state = node->parse_state;
  if (!is_state(self, shape, state)) return CST_BAD_PARSE_STATE;
  if (!is_leaf) return open_parent(self, shape, node, state, link_state, exception);

  Subtree leaf;
  cst_status status;
  // A leaf derives nothing.
  if (exception) return CST_BAD_FLAGS;
  if (shape->kind == INLINE_TOKEN) {
    status = inline_leaf(shape, node, state, &leaf);
  } else {
    status = heap_leaf(self, shape, node, state, &leaf);
  }
  if (status != CST_OK) return status;
  // A root may be a leaf here: it is refused when the tree is finished. Placed all the same, so that it is
  // freed with the rest.
  self->finished[self->finished_count++] = leaf;
  self->extent_cost += cst_extent_cost(leaf);
  if (self->extent_cost > CST_MAX_EXTENT_COST) return CST_BAD_EXTENT;
  cst_predict_leaf(&self->predictor, shape->symbol, shape->is_extra, state);
  if (node->flags & CST_NODE_HAS_LINKS) {
    status = reduce_links(self, shape, link_state);
    if (status != CST_OK) return status;
  }
  return close_parents(self);
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

TSTree *cst_builder_finish(
  cst_builder *self, const cst_range *ranges, uint32_t range_count, cst_status *status
) {
  if (self->depth > 0 || self->finished_count == 0 || self->awaited != 0) {
    *status = CST_TOO_FEW_ROWS;
    return NULL;
  }
  if (self->live_bytes != cst_tree_own_bytes(range_count)) {
    *status = CST_BAD_LIVE_BYTES;
    return NULL;
  }
  *status = cst_check_root(self->language, self->finished[0]);
  if (*status != CST_OK) return NULL;
  *status = cst_check_ranges(ranges, range_count);
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
  TSTree *tree = ts_tree_new(self->finished[0], self->language, copies, range_count);
  free(copies);
  self->finished_count = 0;
  *status = CST_OK;
  return tree;
}
