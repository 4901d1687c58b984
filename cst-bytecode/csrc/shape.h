// What subtrees have in common, checked against the language once for all of them.
#ifndef CST_SHAPE_H_
#define CST_SHAPE_H_

#include "derive.h"

// What the subtrees of a shape are, which says how a node of it is read.
typedef enum {
  INLINE_TOKEN,
  HEAP_TOKEN,
  EXTERNAL_TOKEN,
  ERROR_LEAF,
  PARENT,
} cst_shape_kind;

// A shape that has been checked, as the data of a subtree to be copied.
typedef struct {
  cst_shape_kind kind;
  // On both sides: never reused, and never asked for its lexer mode.
  bool is_fragile;
  bool is_extra;
  // An error is in it.
  bool has_error;
  TSSymbol symbol;
  // The links above it.
  uint32_t first_link;
  uint32_t link_count;
  union {
    SubtreeInlineData inline_data;
    SubtreeHeapData heap_data;
  };
} cst_shape;

// Reads a shape from its row. Refuses what no subtree of this language could be.
cst_status cst_shape_read(const TSLanguage *language, const cst_row *row, cst_shape *out);

#endif
