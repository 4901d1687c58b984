// What the allocator keeps, and which one it is.

#include <stdlib.h>
#include "cst_shim.h"
#ifdef __GLIBC__
#include <malloc.h>
#endif
#ifdef CST_MIMALLOC
#include <mimalloc.h>
#include "arena.h"
#include "tree_sitter/api.h"
#endif

void cst_release_memory(void) {
#ifdef CST_MIMALLOC
  mi_collect(true);
#endif
#ifdef __GLIBC__
  // glibc has an arena for each thread, and gives back what is free at its end only.
  malloc_trim(0);
#endif
}

#ifdef CST_MIMALLOC
// The library takes for granted that its allocator never returns NULL, and its own ends the process then.
static void *must_be(void *block) {
  if (!block) abort();
  return block;
}

static void *take(size_t size) {
  return must_be(mi_malloc(size));
}

static void *take_zeroed(size_t count, size_t size) {
  return must_be(mi_calloc(count, size));
}

static void give_back(void *block) {
  if (!cst_arena_free(block)) mi_free(block);
}

// The library resizes arrays, never a subtree's block.
static void *resize(void *block, size_t size) {
  return must_be(mi_realloc(block, size));
}

cst_allocator cst_use_mimalloc(void) {
  // Milliseconds until free pages go back to the operating system. After mimalloc's own 10 a large tree is
  // built in fresh pages each time, and asking for those costs a third of it.
  mi_option_set(mi_option_purge_delay, 1000);
  ts_set_allocator(take, take_zeroed, resize, give_back);
  cst_arena_enable();
  return (cst_allocator) {take, take_zeroed, resize, give_back};
}
#endif
