// What a tree takes from the allocator.

#include <stdlib.h>
#include "derive.h"

// Subtrees that are still to be weighed.
typedef struct {
  const SubtreeHeapData **contents;
  size_t size;
  size_t capacity;
} heap_stack;

static bool push_children(heap_stack *self, Subtree parent) {
  uint32_t count = ts_subtree_child_count(parent);
  if (count > self->capacity - self->size) {
    size_t capacity = self->capacity * 2 + count + 64;
    if (capacity > SIZE_MAX / sizeof(*self->contents)) return false;
    const SubtreeHeapData **contents = realloc(self->contents, capacity * sizeof(*self->contents));
    if (!contents) return false;
    self->contents = contents;
    self->capacity = capacity;
  }
  const Subtree *children = ts_subtree_children(parent);
  for (uint32_t i = 0; i < count; i++) {
    if (!children[i].data.is_inline) self->contents[self->size++] = children[i].ptr;
  }
  return true;
}

uint64_t cst_tree_live_bytes(const TSTree *tree) {
  uint64_t bytes = cst_tree_own_bytes(tree->included_range_count) + cst_subtree_own_bytes(tree->root);
  heap_stack stack = {0};
  bool has_room = push_children(&stack, tree->root);
  while (has_room && stack.size > 0) {
    Subtree subtree = {.ptr = stack.contents[--stack.size]};
    bytes += cst_subtree_own_bytes(subtree);
    has_room = push_children(&stack, subtree);
  }
  free(stack.contents);
  // Better too much than too little: the caller keeps a budget with it.
  return has_room ? bytes : UINT64_MAX;
}
