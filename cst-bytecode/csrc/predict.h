// The parse state that follows from a subtree's place, so that only others need be kept.
//
// The parser's states over a finished tree: each child moves the state that its elder sibling left, as a
// shift or a goto would have (`ts_language_next_state`). What differs from a plain run of the grammar:
// a token carries the state it was lexed in, which is the one right after the last token was shifted,
// before any reduction; an extra leaves the state as it was, and begins where the parser stood before it
// reduced; a node that is fragile on both sides has none; and a repetition is re-balanced after it was
// parsed, so its right halves stand where its elements stood. Where a prediction is wrong, the subtree's
// own state is kept: being wrong costs bytes, never a wrong tree. Both directions call the same functions in
// the same order: for each subtree `cst_predict`, then `cst_predict_leaf`, `cst_predict_link` or
// `cst_predict_parent`, and after the last child of the latter `cst_predict_leave`.
#ifndef CST_PREDICT_H_
#define CST_PREDICT_H_

#include <stdlib.h>
#include <string.h>
#include "cst_shim.h"
#include "subtree.h"
#include "language.h"

// Look-ups that a grammar answers slowly, and files repeat: a power of two of them.
#define CST_NEXT_STATES 4096

typedef struct {
  uint32_t key;
  uint32_t state;
} cst_next_state;

// What was looked up so far, for one tree after the other.
struct cst_memo {
  const TSLanguage *language;
  cst_next_state known[CST_NEXT_STATES];
};

// A parent whose children are being gone through.
typedef struct {
  // Where the repetition that it is part of begins; where its first child stands, if it is of none.
  TSStateId base;
  // What the token after an extra is lexed in.
  TSStateId lexed;
  TSSymbol symbol;
  // Of the child being gone through, or last gone through: where it stands, and what it is.
  TSStateId child_start;
  TSSymbol child_symbol;
  bool has_child;
  bool child_is_extra;
  bool child_is_leaf;
  bool is_hidden;
  bool is_extra;
  // A part of a repetition, but not its first.
  bool is_later_part;
} cst_predicted_parent;

typedef struct {
  const TSLanguage *language;
  // Parents from the root down, but for links. The first stands above the root, so that every subtree has one.
  cst_predicted_parent *frames;
  size_t depth;
  size_t capacity;
  // Where the next subtree stands.
  TSStateId state;
  // What the next token is lexed in.
  TSStateId lexed;
  // Whether the last subtree was a link.
  bool in_link;
  cst_next_state *known;
} cst_predictor;

// False when out of memory.
static inline bool cst_predictor_start(cst_predictor *self, cst_memo *memo) {
  self->language = memo->language;
  self->known = memo->known;
  self->capacity = 64;
  self->depth = 1;
  self->state = 1;
  self->lexed = 1;
  self->in_link = false;
  self->frames = calloc(self->capacity, sizeof(cst_predicted_parent));
  return self->frames != NULL;
}

static inline void cst_predictor_end(cst_predictor *self) {
  free(self->frames);
}

// A hidden parent of one child: the two stand in one place.
static inline bool cst_is_link(const cst_predictor *self, uint32_t child_count, bool is_visible, bool is_extra) {
  return child_count == 1 && !is_visible && !is_extra && self->depth > 1;
}

static inline TSStateId cst_next(cst_predictor *self, TSStateId state, TSSymbol symbol) {
  if (symbol >= ts_builtin_sym_error_repeat) return ERROR_STATE;
  uint32_t key = (uint32_t)state << 16 | symbol;
  // Multiplying spreads the key over the highest bits (Knuth's multiplicative hash).
  cst_next_state *known = &self->known[(key * 2654435769u) >> 20];
  if (known->key != key) {
    // Of bytes that no tree is built of nobody has checked either, and not every release of the library does.
    if (state >= self->language->state_count || symbol >= self->language->symbol_count) return ERROR_STATE;
    known->key = key;
    known->state = ts_language_next_state(self->language, state, symbol);
  }
  return (TSStateId)known->state;
}

// Goes on from a child to its next sibling.
static inline void cst_predict_sibling(cst_predictor *self, const cst_predicted_parent *parent) {
  TSSymbol symbol = parent->child_symbol;
  if (parent->child_is_extra) {
    self->state = parent->child_start;
  } else if (parent->is_hidden && parent->symbol == symbol) {
    self->state = cst_next(self, parent->base, symbol);
  } else {
    // A token was the last that was shifted.
    self->state = parent->child_is_leaf ? self->lexed : cst_next(self, parent->child_start, symbol);
    if (parent->is_later_part) {
      // An element that stands for a repetition of one.
      TSStateId state = cst_next(self, parent->base, symbol);
      if (state != ERROR_STATE && state == cst_next(self, parent->base, parent->symbol)) self->state = state;
    }
  }
}

// The state of the next subtree in pre-order.
static inline TSStateId cst_predict(cst_predictor *self, TSSymbol symbol, bool is_leaf, bool is_fragile, bool is_extra) {
  if (!self->in_link) {
    cst_predicted_parent *parent = &self->frames[self->depth - 1];
    if (parent->has_child) cst_predict_sibling(self, parent);
    parent->has_child = true;
    parent->child_start = self->state;
    parent->child_symbol = symbol;
    parent->child_is_extra = is_extra;
    parent->child_is_leaf = is_leaf;
  }
  if (is_leaf) return self->lexed;
  if (is_fragile) return TS_TREE_STATE_NONE;
  return is_extra ? self->lexed : self->state;
}

// Goes on from a leaf, whose own state is `state`.
static inline void cst_predict_leaf(cst_predictor *self, TSSymbol symbol, bool is_extra, TSStateId state) {
  if (self->state == ERROR_STATE && state < self->language->state_count) {
    self->state = state;
    if (!self->in_link) self->frames[self->depth - 1].child_start = state;
  }
  if (!is_extra) self->lexed = cst_next(self, self->state, symbol);
  self->in_link = false;
}

static bool cst_predictor_grow(cst_predictor *self) {
  size_t capacity = self->capacity * 2;
  if (capacity > SIZE_MAX / sizeof(cst_predicted_parent)) return false;
  cst_predicted_parent *frames = realloc(self->frames, capacity * sizeof(cst_predicted_parent));
  if (!frames) return false;
  self->frames = frames;
  self->capacity = capacity;
  return true;
}

// Goes on to the child of a link, whose own state is `state`.
static inline void cst_predict_link(cst_predictor *self, TSStateId state) {
  if (state != TS_TREE_STATE_NONE && state != self->state) {
    // The tree knows better.
    self->state = state;
    if (!self->in_link) self->frames[self->depth - 1].child_start = state;
  }
  self->in_link = true;
}

// Goes on to the first child of any other parent, whose own state is `state`. False when out of memory.
static inline bool cst_predict_parent(
  cst_predictor *self, TSSymbol symbol, bool is_visible, bool is_extra, TSStateId state
) {
  if (is_extra) self->state = self->lexed;
  if (state != TS_TREE_STATE_NONE && state != self->state) {
    self->state = state;
    if (!is_extra && !self->in_link) self->frames[self->depth - 1].child_start = state;
  }
  self->in_link = false;
  if (self->depth == self->capacity && !cst_predictor_grow(self)) return false;
  cst_predicted_parent *parent = &self->frames[self->depth++];
  bool continues = !is_visible && (parent - 1)->is_hidden && (parent - 1)->symbol == symbol;
  parent->base = continues ? (parent - 1)->base : self->state;
  parent->lexed = self->lexed;
  parent->symbol = symbol;
  parent->has_child = false;
  parent->is_hidden = !is_visible;
  parent->is_extra = is_extra;
  parent->is_later_part = parent->base != self->state;
  return true;
}

// Goes on after the last child of a parent that is no link.
static inline void cst_predict_leave(cst_predictor *self) {
  const cst_predicted_parent *parent = &self->frames[--self->depth];
  if (parent->is_extra) self->lexed = parent->lexed;
}

#endif
