// Chunks: where arenas take blocks from. A chunk counts its blocks, and is freed with the last one.

#include "arena.h"
#include "alloc.h"

#if defined(CST_MIMALLOC) && defined(__GNUC__) && UINTPTR_MAX > UINT32_MAX

#include <mimalloc.h>
#include <stdlib.h>

// Aligned to their size, so a block's address says where its chunk begins; and no larger than mimalloc's
// own slices, which it keeps for the next request, while what is aligned more widely comes from the
// system each time, in fresh pages.
#define CHUNK_BITS 16
#define CHUNK_BYTES ((size_t)1 << CHUNK_BITS)
// Larger blocks are rare, and would leave much of a chunk unused.
#define MOST_BYTES (CHUNK_BYTES / 8)

struct cst_chunk {
  // Blocks that are not freed, and `HELD` while an arena takes more.
  uint32_t blocks;
  char *next;
};

#define HELD ((uint32_t)1 << 31)
// What a chunk's own data takes of it; a cache line, so that counting disturbs no block.
#define HEAD_BYTES 64

// Which addresses are chunks: 48 bits of address, less those within a chunk, in two levels.
#define LEVEL_BITS ((48 - CHUNK_BITS) / 2)
#define LEVEL_SIZE ((size_t)1 << LEVEL_BITS)
static uint8_t *known[LEVEL_SIZE];

static bool enabled;
// A chunk that its last arena has left room in.
static cst_chunk *left_over;

void cst_arena_enable(void) {
  enabled = true;
}

// Where it is written down whether `address` is in a chunk; NULL where nothing around it is.
static inline uint8_t *find(uintptr_t address) {
  uintptr_t number = address >> CHUNK_BITS;
  if (number >> (2 * LEVEL_BITS)) return NULL;
  uint8_t *level = __atomic_load_n(&known[number >> LEVEL_BITS], __ATOMIC_ACQUIRE);
  return level ? &level[number & (LEVEL_SIZE - 1)] : NULL;
}

// Makes sure that `find` finds.
static bool prepare(uintptr_t address) {
  uintptr_t number = address >> CHUNK_BITS;
  if (number >> (2 * LEVEL_BITS)) return false;
  uint8_t **slot = &known[number >> LEVEL_BITS];
  if (__atomic_load_n(slot, __ATOMIC_ACQUIRE)) return true;
  uint8_t *level = calloc(LEVEL_SIZE, 1);
  uint8_t *none = NULL;
  if (!level) return false;
  // Whoever comes second uses the first one's.
  if (!__atomic_compare_exchange_n(slot, &none, level, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) free(level);
  return true;
}

static cst_chunk *new_chunk(void) {
  cst_chunk *chunk = mi_malloc_aligned(CHUNK_BYTES, CHUNK_BYTES);
  if (!chunk) return NULL;
  if (!prepare((uintptr_t)chunk)) {
    mi_free(chunk);
    return NULL;
  }
  // Seen by whoever frees one of its blocks: the block reached that thread after this.
  __atomic_store_n(find((uintptr_t)chunk), 1, __ATOMIC_RELAXED);
  *chunk = (cst_chunk) {.blocks = HELD, .next = (char *)chunk + HEAD_BYTES};
  return chunk;
}

// Adds to a chunk's count; at zero it is freed.
static inline void count(cst_chunk *self, uint32_t change) {
  if (__atomic_add_fetch(&self->blocks, change, __ATOMIC_ACQ_REL) != 0) return;
  __atomic_store_n(find((uintptr_t)self), 0, __ATOMIC_RELAXED);
  mi_free(self);
}

// Puts the blocks taken on the chunk's count, in place of `HELD`.
static void leave(cst_arena *self) {
  count(self->chunk, self->taken - HELD);
  *self = (cst_arena) {0};
}

static bool enter(cst_arena *self) {
  cst_chunk *chunk = __atomic_exchange_n(&left_over, NULL, __ATOMIC_ACQUIRE);
  if (!chunk) chunk = new_chunk();
  if (!chunk) return false;
  *self = (cst_arena) {.chunk = chunk, .next = chunk->next, .end = (char *)chunk + CHUNK_BYTES};
  return true;
}

__attribute__((noinline)) static void *take_from_next(cst_arena *self, size_t size) {
  if (self->chunk) leave(self);
  // What was left over may be too little as well; a new chunk is not.
  while (enter(self)) {
    if (size <= (size_t)(self->end - self->next)) return cst_arena_take(self, size);
    leave(self);
  }
  return ts_malloc(size);
}

// Without chunks this is on the way to every block: nothing but a jump to the allocator.
void *cst_arena_take_slowly(cst_arena *self, size_t size) {
  if (!enabled || size > MOST_BYTES) return ts_malloc(size);
  return take_from_next(self, size);
}

void cst_arena_close(cst_arena *self) {
  cst_chunk *chunk = self->chunk;
  if (!chunk) return;
  chunk->next = self->next;
  // Held still, for the next one.
  __atomic_add_fetch(&chunk->blocks, self->taken, __ATOMIC_ACQ_REL);
  *self = (cst_arena) {0};
  chunk = __atomic_exchange_n(&left_over, chunk, __ATOMIC_ACQ_REL);
  if (chunk) count(chunk, -HELD);
}

bool cst_arena_free(void *block) {
  uint8_t *is_chunk = find((uintptr_t)block);
  if (!is_chunk || !__atomic_load_n(is_chunk, __ATOMIC_RELAXED)) return false;
  count((cst_chunk *)((uintptr_t)block & ~(CHUNK_BYTES - 1)), -1u);
  return true;
}

#else

void cst_arena_enable(void) {}

void *cst_arena_take_slowly(cst_arena *self, size_t size) {
  (void)self;
  return ts_malloc(size);
}

void cst_arena_close(cst_arena *self) {
  (void)self;
}

bool cst_arena_free(void *block) {
  (void)block;
  return false;
}

#endif
