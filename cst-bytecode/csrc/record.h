// A record of any form: what a subtree has beside its shape. Those of the common forms are read where they are
// used, in build.c.
#ifndef CST_RECORD_H_
#define CST_RECORD_H_

#include <string.h>
#include "shape.h"

typedef struct {
  const cst_shape *shape;
  Length padding;
  // Leaves only.
  Length size;
  uint32_t lookahead;
  int32_t lookahead_char;
  // Parents only.
  uint32_t child_count;
} cst_record;

// What is still to be read.
typedef struct {
  const uint8_t *bytes;
  size_t at;
  size_t end;
  bool is_beyond;
} cst_reader;

// The next number of that many bytes; 0 beyond the end.
static inline uint32_t cst_read(cst_reader *self, size_t width) {
  if (self->is_beyond || width > self->end - self->at) {
    self->is_beyond = true;
    return 0;
  }
  uint32_t number = 0;
  for (size_t i = 0; i < width; i++) number |= (uint32_t)self->bytes[self->at + i] << (8 * i);
  self->at += width;
  return number;
}

static inline Length cst_read_extent(cst_reader *self, size_t bytes_width, size_t width) {
  Length extent;
  extent.bytes = cst_read(self, bytes_width);
  extent.extent.row = cst_read(self, width);
  extent.extent.column = cst_read(self, width);
  return extent;
}

static inline Length cst_on_one_line(uint32_t bytes) {
  return (Length) {bytes, {0, bytes}};
}

static inline Length cst_read_padding(cst_reader *self, uint8_t form) {
  switch (form) {
    case CST_PADDING_SPACE: return cst_on_one_line(1);
    case CST_PADDING_LINE: return cst_on_one_line(cst_read(self, 1));
    case CST_PADDING_NEWLINE: {
      uint32_t column = cst_read(self, 1);
      return (Length) {column + 1, {1, column}};
    }
    case CST_PADDING_SHORT: return cst_read_extent(self, 2, 1);
    case CST_PADDING_LONG: return cst_read_extent(self, 4, 4);
    case CST_PADDING_NONE: break;
    default: self->is_beyond = true;
  }
  return cst_on_one_line(0);
}

static inline Length cst_read_size(cst_reader *self, const cst_shape *shape) {
  switch (shape->extent_form) {
    case CST_EXTENT_NONE: return cst_on_one_line(shape->size);
    case CST_EXTENT_LINE: return cst_on_one_line(cst_read(self, 1));
    case CST_EXTENT_SHORT: return cst_read_extent(self, 2, 1);
    default: return cst_read_extent(self, 4, 4);
  }
}

// What its shape has no room for.
static inline uint32_t cst_read_long(cst_reader *self) {
  uint32_t number = cst_read(self, 4);
  if (number < CST_LONG) self->is_beyond = true;
  return number;
}

// Reads the operands at `*at` of a record of this shape, from bytes that end at `end`; false where they are not there.
static inline bool cst_record_read(
  const cst_shape *shape, const uint8_t *bytes, size_t end, size_t *at, cst_record *out
) {
  cst_reader reader = {bytes, *at, end, false};
  *out = (cst_record) {.shape = shape, .child_count = shape->child_count, .lookahead = shape->lookahead};
  out->padding = cst_read_padding(&reader, shape->padding_form);
  if (shape->child_count == CST_LONG) out->child_count = cst_read_long(&reader);
  if (shape->kind == PARENT) {
    // What a parent's extent says follows from its children.
    if (shape->extent_width > reader.end - reader.at) return false;
    reader.at += shape->extent_width;
  } else {
    if (shape->lookahead == CST_LONG) out->lookahead = cst_read_long(&reader);
    out->size = cst_read_size(&reader, shape);
    if (shape->kind == ERROR_LEAF) out->lookahead_char = (int32_t)cst_read(&reader, 4);
  }
  *at = reader.at;
  return !reader.is_beyond;
}

#endif
