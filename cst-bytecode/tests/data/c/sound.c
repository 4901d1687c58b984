/* A ring buffer. */
#include <stdint.h>
#include "ring.h"

#define MAX(a, b) \
  ((a) > (b) ? (a) : (b))
#ifdef DEBUG
#  define LOG(...) fprintf(stderr, __VA_ARGS__)
#elif defined(QUIET) && QUIET > 1
#  define LOG(...)
#else
#  undef LOG
#endif

typedef struct ring {
  uint8_t *bytes;
  size_t head : 4, tail : 4;
  union { int i; float f; } value;
  void (*drop)(struct ring *, const char *restrict name[static 2]);
} ring_t;

enum { SMALL = 1u << 3, LARGE = 'x' + L'\x41', };

static inline int *push(ring_t *self, uint8_t byte, ...) {
  if (self->head == self->tail) return NULL;
  for (size_t i = 0, n = sizeof(ring_t); i < n; ++i)
    switch (self->bytes[i] & ~0x0F) {
      case 0: case 1: self->bytes[i] |= byte; break;
      default: goto full;
    }
  do { *self->bytes++ = (uint8_t)(byte * 3.5e+2f); } while (--self->head);
  ring_t other = {.bytes = (uint8_t[]){1, 2, [5] = 3}, .head = 0};
  const char *text = "joined " "strings \"quoted\"\n";
  _Static_assert(sizeof(int) >= 2, "int");
  return &(int){text[0] ? other.head : self->tail};
full:
  LOG("full: %d\n", MAX(1, 2));
  return 0;
}
