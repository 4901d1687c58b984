// The parse states of a tree's subtrees, one after the other, without the tree.

#include "cst_shim.h"
#include "predict.h"

typedef struct {
  uint32_t missing;
  bool is_predicted;
} open_parent;

struct cst_states {
  open_parent *open;
  size_t depth;
  size_t capacity;
  cst_predictor predictor;
};

cst_memo *cst_memo_new(const TSLanguage *language) {
  cst_memo *self = malloc(sizeof(cst_memo));
  if (!self) return NULL;
  self->language = language;
  // No symbol that is looked up has this key.
  memset(self->known, 0xff, sizeof(self->known));
  return self;
}

void cst_memo_delete(cst_memo *self) {
  free(self);
}

uint16_t cst_memo_next(cst_memo *self, uint16_t state, uint16_t symbol) {
  cst_predictor predictor = {.language = self->language, .known = self->known};
  return cst_next(&predictor, state, symbol);
}

cst_states *cst_states_new(cst_memo *memo) {
  cst_states *self = malloc(sizeof(cst_states));
  if (!self) return NULL;
  self->open = NULL;
  self->depth = 0;
  self->capacity = 0;
  if (cst_predictor_start(&self->predictor, memo)) return self;
  cst_states_delete(self);
  return NULL;
}

void cst_states_delete(cst_states *self) {
  if (!self) return;
  cst_predictor_end(&self->predictor);
  free(self->open);
  free(self);
}

static bool open_next(cst_states *self, uint32_t child_count, bool is_predicted) {
  if (self->depth == self->capacity) {
    size_t capacity = self->capacity ? self->capacity * 2 : 64;
    if (capacity > SIZE_MAX / sizeof(open_parent)) return false;
    open_parent *open = realloc(self->open, capacity * sizeof(open_parent));
    if (!open) return false;
    self->open = open;
    self->capacity = capacity;
  }
  self->open[self->depth++] = (open_parent) {child_count, is_predicted};
  return true;
}

static void close_parents(cst_states *self) {
  while (self->depth > 0) {
    open_parent *parent = &self->open[self->depth - 1];
    if (--parent->missing > 0) return;
    if (parent->is_predicted) cst_predict_leave(&self->predictor);
    self->depth--;
  }
}

bool cst_states_next(cst_states *self, uint16_t symbol, uint32_t child_count, uint16_t flags, int32_t own, uint16_t *state) {
  bool is_extra = flags & CST_EXTRA;
  bool is_visible = flags & CST_VISIBLE;
  bool is_fragile = flags & CST_FRAGILE_LEFT && flags & CST_FRAGILE_RIGHT;
  bool is_leaf = child_count == 0;
  *state = cst_predict(&self->predictor, symbol, is_leaf, is_fragile, is_extra);
  if (own >= 0) *state = (uint16_t)own;
  if (is_leaf) {
    cst_predict_leaf(&self->predictor, symbol, is_extra, *state);
    close_parents(self);
    return true;
  }
  bool is_link = cst_is_link(&self->predictor, child_count, is_visible, is_extra);
  if (!open_next(self, child_count, !is_link)) return false;
  if (!is_link) return cst_predict_parent(&self->predictor, symbol, is_visible, is_extra, *state);
  cst_predict_link(&self->predictor, *state);
  return true;
}
