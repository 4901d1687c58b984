// Parents out of their children. What a parent has from them are mostly sums over its leaves, and so differences of
// sums over the whole tree: between the moment its first child was to come, and now. Where they are not, since
// something rare is beneath it, its fields are derived child by child, as a walk does (derive.h).
#ifndef CST_REDUCE_H_
#define CST_REDUCE_H_

#include "alloc.h"
#include "arena.h"
#include "check.h"
#include "predict.h"
#include "record.h"
#include "stale.h"

// Sums over the subtrees so far.
typedef struct {
  // Where the last leaf ended. Wider than any tree may be, so that a sum too large is seen at the end.
  uint64_t bytes;
  uint64_t rows;
  uint32_t column;
  // Visible subtrees that have begun.
  uint32_t descendants;
  // Visible children, as in `cst_shape.counts`, since the last visible parent began.
  uint64_t children;
  // How far a leaf has looked, and the flags of all subtrees, since the last parent began.
  uint64_t lookahead_end;
  uint32_t flags;
  uint32_t dynamic_precedence;
} cst_sums;

// Field by field, as they are written.
CST_INLINED void cst_copy_sums(cst_sums *to, const cst_sums *from) {
  to->bytes = from->bytes;
  to->rows = from->rows;
  to->column = from->column;
  to->descendants = from->descendants;
  to->children = from->children;
  to->lookahead_end = from->lookahead_end;
  to->flags = from->flags;
  to->dynamic_precedence = from->dynamic_precedence;
}

// A parent whose children are still arriving.
typedef struct {
  // Where its children begin among those that await their parent.
  Subtree *children;
  const cst_shape *shape;
  // What its next child is renamed to, of so many; NULL where none is.
  const TSSymbol *aliases;
  const TSSymbol *aliases_end;
  // Values of derived fields that do not follow; NULL where all do.
  const uint32_t *exception;
  // What it counts for among its parent's children.
  uint64_t counts;
  // As they were before its first child.
  cst_sums before;
  uint32_t missing;
  uint32_t child_count;
  TSStateId parse_state;
  // That of the links above it.
  TSStateId link_state;
  // Whether its fields are derived child by child, whatever its leaves are.
  bool is_odd;
  bool has_links;
  // Whether the predictor has a frame for it.
  bool is_predicted;
} cst_frame;

typedef struct {
  const TSLanguage *language;
  cst_predictor predictor;
  cst_arena arena;
  cst_sums sums;
  // The padding of the next leaf, where a parent's record has it.
  Length padding;
  bool is_padded;
  const cst_tree_parts *parts;
  cst_shape *shapes;
  // Links above a shape, from the top, one shape's after the other's.
  const cst_shape **links;
  // Parents from the root down. The first stands above the root, and is never complete.
  cst_frame *frames;
  cst_frame *top;
  cst_frame *frames_end;
  // Finished subtrees that await their parent; the root at last. A parent is allocated when its last child is here, so
  // that each block is written once, in the order in which a parser makes them, which is the one to free them in.
  Subtree *finished;
  Subtree *next;
  Subtree *finished_end;
  // How many subtrees there were so far, and up to which number all of a subtree follows from its place.
  uint32_t subtree;
  uint32_t plain_end;
  // What may still be allocated: nothing is left when the tree is done.
  uint64_t live_bytes;
  const uint32_t *next_state;
  const uint32_t *next_exception;
  size_t next_scanner_state;
} cst_builder;

// Takes `bytes` out of what may be allocated.
static inline bool cst_spend(cst_builder *self, uint64_t bytes) {
  if (bytes > self->live_bytes) return false;
  self->live_bytes -= bytes;
  return true;
}

// --- Fields -----------------------------------------------------------------------------------

// What a parent has from its children.
typedef struct {
  Length padding;
  Length size;
  uint32_t lookahead_bytes;
  uint32_t error_cost;
} cst_text;

// What a parent's own fields take of its data.
#define CST_PARENT_BYTES (offsetof(SubtreeHeapData, first_leaf) + 2 * sizeof(uint16_t))
_Static_assert(offsetof(SubtreeHeapData, visible_child_count) == offsetof(SubtreeHeapData, symbol) + 8, "no gap");

typedef struct {
  cst_text text;
  uint64_t children;
  uint32_t descendants;
  uint32_t dynamic_precedence;
  uint16_t repeat_depth;
  uint16_t flags;
  TSSymbol first_symbol;
  TSStateId first_state;
} cst_fields;

// Writes a parent of a shape, each field once: what is copied in larger pieces than it was just written in has to wait
// until it is in the cache.
CST_INLINED void cst_write_parent(
  SubtreeHeapData *data, const cst_shape *shape, uint32_t child_count, TSStateId state, const cst_fields *fields
) {
  data->ref_count = 1;
  data->padding = fields->text.padding;
  data->size = fields->text.size;
  data->lookahead_bytes = fields->text.lookahead_bytes;
  data->error_cost = fields->text.error_cost;
  data->child_count = child_count;
  // Symbol and flags, and the two bytes after them.
  memcpy(&data->symbol, &shape->heap_data.symbol, 8);
  data->parse_state = state;
  if (fields->flags & CST_DERIVED_FLAGS) cst_set_derived_flags(data, fields->flags);
  data->visible_child_count = (uint32_t)fields->children;
  data->named_child_count = (uint32_t)(fields->children >> 32);
  data->visible_descendant_count = fields->descendants;
  data->dynamic_precedence = (int32_t)fields->dynamic_precedence;
  data->repeat_depth = fields->repeat_depth;
  data->production_id = shape->heap_data.production_id;
  data->first_leaf.symbol = fields->first_symbol;
  data->first_leaf.parse_state = fields->first_state;
  // The library copies and compares the whole union, whatever it means.
  memset((char *)data + CST_PARENT_BYTES, 0, sizeof(*data) - CST_PARENT_BYTES);
}

// A block for a parent with these children in it; where its own data is to be written.
CST_INLINED SubtreeHeapData *cst_new_parent(cst_builder *self, const Subtree *children, uint32_t child_count) {
  Subtree *block = cst_arena_take(&self->arena, ts_subtree_alloc_size(child_count));
  for (uint32_t i = 0; i < child_count; i++) block[i] = children[i];
  return (SubtreeHeapData *)&block[child_count];
}

// Puts the links above a shape on top of a subtree, whose fields they take over. All of them are plain.
CST_INLINED Subtree cst_add_links(
  cst_builder *self, const cst_shape *shape, Subtree child, TSStateId state, cst_fields *fields
) {
  for (uint32_t i = shape->first_link + shape->link_count; i-- > shape->first_link;) {
    const cst_shape *link = self->links[i];
    uint32_t precedence = (uint32_t)link->heap_data.dynamic_precedence;
    fields->dynamic_precedence += precedence;
    self->sums.dynamic_precedence += precedence;
    SubtreeHeapData *data = cst_new_parent(self, &child, 1);
    cst_write_parent(data, link, 1, state, fields);
    child.ptr = data;
  }
  return child;
}

// --- Odd parents ------------------------------------------------------------------------------

static inline Length cst_length_of(const uint32_t *numbers) {
  return (Length) {numbers[0], {numbers[1], numbers[2]}};
}

// Overwrites the derived fields that an exception carries.
static inline void cst_write_stored(SubtreeHeapData *data, const uint32_t *exception) {
  uint32_t stored = *exception++;
  if (stored & CST_STORED_PADDING) data->padding = cst_length_of(exception), exception += 3;
  if (stored & CST_STORED_SIZE) data->size = cst_length_of(exception), exception += 3;
  if (stored & CST_STORED_LOOKAHEAD) data->lookahead_bytes = *exception++;
  if (stored & CST_STORED_ERROR_COST) data->error_cost = *exception++;
  if (stored & CST_STORED_VISIBLE_CHILD_COUNT) data->visible_child_count = *exception++;
  if (stored & CST_STORED_NAMED_CHILD_COUNT) data->named_child_count = *exception++;
  if (stored & CST_STORED_VISIBLE_DESCENDANT_COUNT) data->visible_descendant_count = *exception++;
  if (stored & CST_STORED_REPEAT_DEPTH) data->repeat_depth = (uint16_t)*exception++;
  if (stored & CST_STORED_FIRST_LEAF) {
    data->first_leaf.symbol = (TSSymbol)*exception++;
    data->first_leaf.parse_state = (TSStateId)*exception++;
  }
  if (stored & CST_STORED_DEPENDS_ON_COLUMN) data->depends_on_column = *exception++ != 0;
  if (stored & CST_STORED_SCANNER_STATE_CHANGE) data->has_external_scanner_state_change = *exception++ != 0;
}

// Makes a parent out of finished subtrees: derives its fields, and checks all. Gives the first one's place to it.
static cst_status cst_reduce_odd(
  cst_builder *self, const cst_shape *shape, Subtree *children, uint32_t child_count, TSStateId state,
  const uint32_t *exception, bool is_root
) {
  cst_derived derived;
  cst_status status = cst_derive(self->language, &shape->heap_data, children, child_count, &derived);
  if (status != CST_OK) return status;
  cst_fields fields = {
    .text = {derived.padding, derived.size, derived.lookahead_bytes, derived.error_cost},
    .children = (uint64_t)derived.named_child_count << 32 | derived.visible_child_count,
    .descendants = derived.visible_descendant_count,
    .dynamic_precedence = (uint32_t)shape->heap_data.dynamic_precedence + (uint32_t)derived.dynamic_precedence,
    .repeat_depth = derived.repeat_depth,
    .flags = derived.flags,
    .first_symbol = derived.first_leaf_symbol,
    .first_state = derived.first_leaf_parse_state,
  };
  SubtreeHeapData *data = cst_new_parent(self, children, child_count);
  cst_write_parent(data, shape, child_count, state, &fields);
  children[0].ptr = data;
  self->next = children + 1;
  if (exception) cst_write_stored(data, exception);
  // What a view says of it.
  if ((data->error_cost > 0) != shape->has_error) return CST_BAD_FLAGS;
  const Subtree *own = (const Subtree *)data - child_count;
  return cst_check_parent(self->language, self->parts->subtree_count, data, own, is_root);
}

// Puts the links above a shape on top of the last subtree, which has something rare in it.
static cst_status cst_add_odd_links(cst_builder *self, const cst_shape *shape, TSStateId state) {
  for (uint32_t i = shape->first_link + shape->link_count; i-- > shape->first_link;) {
    const cst_shape *link = self->links[i];
    cst_status status = cst_reduce_odd(self, link, self->next - 1, 1, state, NULL, false);
    if (status != CST_OK) return status;
    self->sums.dynamic_precedence += (uint32_t)link->heap_data.dynamic_precedence;
  }
  return CST_OK;
}

// --- Plain parents ----------------------------------------------------------------------------

// The repeat depth of a parent that may be part of a repetition.
static inline uint16_t cst_repeat_depth(const cst_shape *shape, Subtree first, Subtree last) {
  // A leaf never has a rule's symbol.
  if (first.data.is_inline || first.ptr->symbol != shape->symbol) return 0;
  uint32_t left = first.ptr->child_count > 0 ? first.ptr->repeat_depth : 0;
  uint32_t right = ts_subtree_child_count(last) > 0 ? ts_subtree_repeat_depth(last) : 0;
  return (uint16_t)((left > right ? left : right) + 1);
}

// Says what a parent has from its first leaf.
CST_INLINED void cst_read_first_leaf(Subtree first, cst_fields *fields) {
  if (first.data.is_inline) {
    SubtreeInlineData leaf = first.data;
    fields->text.padding = (Length) {leaf.padding_bytes, {leaf.padding_rows, leaf.padding_columns}};
    fields->first_symbol = leaf.symbol;
    fields->first_state = leaf.parse_state;
    return;
  }
  const SubtreeHeapData *data = first.ptr;
  fields->text.padding = data->padding;
  bool is_leaf = data->child_count == 0;
  fields->first_symbol = is_leaf ? data->symbol : data->first_leaf.symbol;
  fields->first_state = is_leaf ? data->parse_state : data->first_leaf.parse_state;
}

// The size of a parent with this padding: what lies between it and now.
CST_INLINED Length cst_size_since(const cst_sums *before, const cst_sums *now, Length padding) {
  Length size;
  size.bytes = (uint32_t)now->bytes - (uint32_t)before->bytes - padding.bytes;
  size.extent.row = (uint32_t)now->rows - (uint32_t)before->rows - padding.extent.row;
  uint32_t start = padding.extent.row > 0 ? padding.extent.column : before->column + padding.extent.column;
  size.extent.column = size.extent.row > 0 ? now->column : now->column - start;
  return size;
}

// Makes a parent out of its children, which is plain and has nothing rare beneath it. What follows of it
// from what was checked in its descendants is not checked again: no count is as large as the tree, the first leaf is a
// token in a state of the grammar, no error is in it.
CST_INLINED cst_status cst_reduce_plain(cst_builder *self, const cst_frame *frame, cst_fields *fields) {
  Subtree *children = frame->children;
  const cst_shape *shape = frame->shape;
  const cst_sums *now = &self->sums, *before = &frame->before;
  Subtree first = children[0];
  cst_read_first_leaf(first, fields);
  fields->text.size = cst_size_since(before, now, fields->text.padding);
  fields->text.lookahead_bytes = (uint32_t)(now->lookahead_end - now->bytes);
  fields->text.error_cost = 0;
  fields->children = now->children - before->children;
  fields->descendants = now->descendants - before->descendants;
  fields->dynamic_precedence = now->dynamic_precedence - before->dynamic_precedence;
  fields->flags = (uint16_t)now->flags;
  fields->repeat_depth = 0;
  Subtree last = self->next[-1];
  if (shape->may_repeat && frame->child_count > 1) fields->repeat_depth = cst_repeat_depth(shape, first, last);
  if (now->flags & CST_FRAGILE) {
    if (ts_subtree_fragile_left(first) && !shape->heap_data.fragile_left) return CST_BAD_FLAGS;
    if (ts_subtree_fragile_right(last) && !shape->heap_data.fragile_right) return CST_BAD_FLAGS;
  }
  SubtreeHeapData *data = cst_new_parent(self, children, frame->child_count);
  cst_write_parent(data, shape, frame->child_count, frame->parse_state, fields);
  children[0].ptr = data;
  self->next = children + 1;
  return CST_OK;
}

// Goes on after a parent's last child: what was summed up in it becomes part of what holds it.
CST_INLINED void cst_leave(cst_builder *self, const cst_frame *frame) {
  cst_sums *sums = &self->sums;
  const cst_sums *before = &frame->before;
  if (sums->lookahead_end < before->lookahead_end) sums->lookahead_end = before->lookahead_end;
  sums->flags |= before->flags | frame->shape->flags;
  if (frame->exception) sums->flags |= CST_ODD;
  // The children of a hidden parent are its parent's too.
  if (frame->counts) sums->children = before->children + frame->counts;
  if (frame->is_predicted) cst_predict_leave(&self->predictor);
}

// Finishes the parents that the last subtree completes.
CST_INLINED cst_status cst_close_parents(cst_builder *self) {
  while (--self->top->missing == 0) {
    cst_frame *frame = self->top;
    const cst_shape *shape = frame->shape;
    bool is_odd = frame->is_odd || self->sums.flags & CST_NOT_SUMMED;
    cst_fields fields;
    cst_status status = is_odd
      ? cst_reduce_odd(
          self, shape, frame->children, frame->child_count, frame->parse_state, frame->exception,
          frame == self->frames + 1
        )
      : cst_reduce_plain(self, frame, &fields);
    if (status != CST_OK) return status;
    cst_leave(self, frame);
    self->top = frame - 1;
    if (!frame->has_links) continue;
    if (is_odd) {
      status = cst_add_odd_links(self, shape, frame->link_state);
      if (status != CST_OK) return status;
    } else {
      // What it hands on, if it is visible, is itself.
      if (shape->counts) {
        fields.children = shape->counts;
        fields.descendants++;
      }
      fields.repeat_depth = 0;
      self->next[-1] = cst_add_links(self, shape, self->next[-1], frame->link_state, &fields);
    }
  }
  return CST_OK;
}

#endif
