// What subtrees have in common, checked against the language once for all of them, and what is known of all of
// them from then on.
#ifndef CST_SHAPE_H_
#define CST_SHAPE_H_

#include "derive.h"

// What the subtrees of a shape are, which says how a record of it is read.
typedef enum {
  INLINE_TOKEN,
  HEAP_TOKEN,
  EXTERNAL_TOKEN,
  ERROR_LEAF,
  PARENT,
} cst_shape_kind;

// Flags of a subtree that its ancestors hear of, beside those that they derive. One that is an error leaf, or
// has fields of its own, has the last: no flag of a subtree is there.
#define CST_ODD (1u << 15)
#define CST_FRAGILE (CST_FRAGILE_LEFT | CST_FRAGILE_RIGHT)
// With one of these beneath it, a parent's fields are derived child by child: they are not what sums over its leaves say.
#define CST_NOT_SUMMED (CST_ODD | CST_HAS_CHANGES | CST_MISSING | CST_HAS_ERROR | CST_DEPENDS_ON_COLUMN)

// A visible child, and a visible and named one, as it is counted: visible ones in the lower half.
#define CST_ONE_VISIBLE ((uint64_t)1)
#define CST_ONE_NAMED ((uint64_t)1 << 32 | 1)

// A shape that has been checked.
typedef struct {
  // An inline token to be completed by its place, its padding and its size.
  uint64_t inline_word;
  // What it counts for among its parent's children, unless it is renamed there.
  uint64_t counts;
  // What its children are renamed to; NULL where none is. As many as the widest production has children.
  const TSSymbol *aliases;
  // The links above it.
  uint32_t first_link;
  uint32_t link_count;
  // Its block and those of its links, but for long child counts and scanner states.
  uint32_t live_bytes;
  TSSymbol symbol;
  // Of CST_NOT_SUMMED, CST_FRAGILE and CST_DERIVED_FLAGS.
  uint16_t flags;
  uint8_t kind;
  // Nothing in its place, its links or the form of its records is out of the common.
  bool is_plain;
  // On both sides: never reused, and never asked for its lexer mode.
  bool is_fragile;
  bool is_extra;
  // An error is in it.
  bool has_error;
  // Symbols that may not stand just anywhere.
  bool is_placed;
  // A hidden parent of one child: no place of its own, unless it is the root (predict.h).
  bool is_link;
  // Hidden and not named: may be part of a repetition.
  bool may_repeat;

  // How the operands of one of the common forms are read: their length; of the first byte that many
  // bits are the padding, and so much is added to it, of which so much is a row; which bits of them are a leaf's
  // size, to which so much is added.
  uint8_t length;
  bool has_padding;
  uint8_t padding_mask;
  uint8_t padding_more;
  uint8_t padding_row;
  uint8_t size_shift;
  uint8_t size_mask;
  uint8_t size;
  uint8_t lookahead;
  // 15 and more are operands.
  uint8_t child_count;
  // Numbers of the forms, see src/shape.rs.
  uint8_t padding_form;
  uint8_t extent_form;
  uint8_t extent_width;

  // The data of a subtree on the heap, to be copied.
  SubtreeHeapData heap_data;
} cst_shape;

// Reads a shape from its row. Refuses what no subtree of this language could be.
cst_status cst_shape_read(const TSLanguage *language, const cst_row *row, cst_shape *out);

// Reads which links stand above which shape, into `out` and the shapes. Refuses links that are not hidden, with one
// child and no extra.
cst_status cst_links_read(
  const TSLanguage *language, const cst_shapes *shapes, cst_shape *out, const cst_shape **links
);

// Whether an inline leaf as a number has its fields, from the lowest bit on, where those of `cst_inline_leaf` are.
// Answered at compile time.
static inline bool cst_inline_word_in_order(void) {
  SubtreeInlineData fields = {
    .is_inline = true, .symbol = 2, .parse_state = 3, .padding_columns = 4, .padding_rows = 5, .lookahead_bytes = 6,
    .padding_bytes = 7, .size_bytes = 8,
  };
  uint64_t word = 0;
  memcpy(&word, &fields, sizeof(fields));
  return word == ((uint64_t)8 << 56 | (uint64_t)7 << 48 | (uint64_t)6 << 44 | (uint64_t)5 << 40 | (uint64_t)4 << 32 | 3 << 16 | 2 << 8 | 1);
}

// An inline leaf of a shape. All that is given fits its fields; the lookahead is 0 where the shape has it.
CST_INLINED Subtree cst_inline_leaf(
  const cst_shape *shape, TSStateId state, Length padding, uint32_t size, uint32_t lookahead
) {
  Subtree leaf;
  uint64_t word = shape->inline_word;
  if (cst_inline_word_in_order()) {
    word |= (uint64_t)state << 16 | (uint64_t)padding.extent.column << 32 | (uint64_t)padding.extent.row << 40 |
      (uint64_t)lookahead << 44 | (uint64_t)padding.bytes << 48 | (uint64_t)size << 56;
    memcpy(&leaf, &word, sizeof(leaf));
    return leaf;
  }
  memcpy(&leaf, &word, sizeof(leaf));
  leaf.data.parse_state = state;
  leaf.data.padding_columns = (uint8_t)padding.extent.column;
  leaf.data.padding_rows = (uint8_t)padding.extent.row & 15;
  if (lookahead > 0) leaf.data.lookahead_bytes = (uint8_t)lookahead & 15;
  leaf.data.padding_bytes = (uint8_t)padding.bytes;
  leaf.data.size_bytes = (uint8_t)size;
  return leaf;
}

#endif
