// Memory for the blocks of decoded trees, one after the other, where a program has asked for it.
//
// Blocks are freed one by one, by whoever drops the last reference to a subtree, in any thread: so
// arenas need a hand in tree-sitter's `free`, and without that (see memory.c) they pass every request
// on to tree-sitter's own allocator.
#ifndef CST_ARENA_H_
#define CST_ARENA_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct cst_chunk cst_chunk;

// One builder's place in a chunk; all zero is an arena that has none yet.
typedef struct {
  cst_chunk *chunk;
  char *next;
  char *end;
  // Blocks taken from the chunk.
  uint32_t taken;
} cst_arena;

void *cst_arena_take_slowly(cst_arena *self, size_t size);

// A block of `size` bytes, a multiple of eight, aligned to eight. Never NULL: out of memory ends the
// process, as in all of tree-sitter. To be freed with `ts_free`.
static inline void *cst_arena_take(cst_arena *self, size_t size) {
  if (size > (size_t)(self->end - self->next)) return cst_arena_take_slowly(self, size);
  void *block = self->next;
  self->next += size;
  self->taken++;
  return block;
}

// Leaves the rest of the chunk to the next arena. The blocks stay.
void cst_arena_close(cst_arena *self);

// Lets arenas have chunks from here on.
void cst_arena_enable(void);

// Frees a block if it is an arena's; false where it is not.
bool cst_arena_free(void *block);

#endif
