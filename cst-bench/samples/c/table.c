/* A hash table from strings to values, with open addressing and tombstones. */

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TABLE_MIN_CAPACITY 16u
#define TABLE_LOAD(capacity) ((capacity) / 4 * 3)
#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

typedef enum slot_state {
  SLOT_EMPTY = 0,
  SLOT_FULL = 1 << 0,
  SLOT_TOMBSTONE = 1 << 1,
} slot_state;

struct slot {
  char *key;
  uint64_t hash;
  slot_state state : 2;
  union {
    int64_t number;
    double real;
    void *pointer;
  } value;
};

typedef struct table {
  struct slot *slots;
  size_t capacity, used, tombstones;
  uint64_t (*hash)(const char *key, size_t length);
  void (*release)(void *pointer);
} table;

typedef int (*table_visitor)(const struct slot *slot, void *context);

static uint64_t hash_fnv(const char *key, size_t length) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (size_t i = 0; i < length; i++) {
    hash ^= (unsigned char)key[i];
    hash *= 0x100000001b3ULL;
  }
  return hash;
}

static char *copy_of(const char *key, size_t length) {
  char *copy = malloc(length + 1);
  if (copy == NULL) return NULL;
  memcpy(copy, key, length);
  copy[length] = '\0';
  return copy;
}

int table_init(table *self, size_t capacity) {
  size_t rounded = TABLE_MIN_CAPACITY;
  while (rounded < capacity) rounded <<= 1;
  *self = (table){
      .slots = calloc(rounded, sizeof(struct slot)),
      .capacity = rounded,
      .hash = hash_fnv,
  };
  return self->slots ? 0 : -ENOMEM;
}

void table_free(table *self) {
  if (!self || !self->slots) return;
  for (size_t i = 0; i < self->capacity; ++i) {
    struct slot *slot = &self->slots[i];
    if (slot->state != SLOT_FULL) continue;
    if (self->release) self->release(slot->value.pointer);
    free(slot->key);
  }
  free(self->slots);
  memset(self, 0, sizeof *self);
}

static struct slot *probe(const table *self, const char *key, size_t length, uint64_t hash) {
  struct slot *grave = NULL;
  size_t mask = self->capacity - 1, at = hash & mask;
  for (;; at = (at + 1) & mask) {
    struct slot *slot = self->slots + at;
    switch (slot->state) {
      case SLOT_EMPTY:
        return grave ? grave : slot;
      case SLOT_TOMBSTONE:
        if (!grave) grave = slot;
        break;
      case SLOT_FULL:
        if (slot->hash == hash && strncmp(slot->key, key, length) == 0 && slot->key[length] == 0) {
          return slot;
        }
        /* fall through */
      default:
        break;
    }
  }
}

static int grow(table *self) {
  table bigger;
  int status = table_init(&bigger, self->capacity * 2);
  if (status != 0) goto out;
  bigger.hash = self->hash;
  bigger.release = self->release;
  for (size_t i = 0; i < self->capacity; i++) {
    const struct slot *from = &self->slots[i];
    if (!(from->state & SLOT_FULL)) continue;
    *probe(&bigger, from->key, strlen(from->key), from->hash) = *from;
    bigger.used++;
  }
  free(self->slots);
  *self = bigger;
out:
  return status;
}

int table_put(table *self, const char *key, int64_t number) {
  assert(self != NULL && key != NULL);
  if (self->used + self->tombstones + 1 > TABLE_LOAD(self->capacity)) {
    int status = grow(self);
    if (status < 0) return status;
  }
  const size_t length = strlen(key);
  const uint64_t hash = self->hash(key, length);
  struct slot *slot = probe(self, key, length, hash);
  if (slot->state != SLOT_FULL) {
    char *copy = copy_of(key, length);
    if (!copy) return -ENOMEM;
    self->tombstones -= slot->state == SLOT_TOMBSTONE ? 1 : 0;
    self->used += 1;
    slot->key = copy, slot->hash = hash, slot->state = SLOT_FULL;
  }
  slot->value.number = number;
  return 0;
}

bool table_remove(table *self, const char *key) {
  size_t length = strlen(key);
  struct slot *slot = probe(self, key, length, self->hash(key, length));
  if (slot->state != SLOT_FULL) return false;
  free(slot->key);
  slot->key = NULL;
  slot->state = SLOT_TOMBSTONE;
  self->used--;
  self->tombstones++;
  return true;
}

int table_each(const table *self, table_visitor visit, void *context) {
  int stopped = 0;
  size_t i = 0;
  do {
    if (self->slots[i].state == SLOT_FULL) stopped = visit(&self->slots[i], context);
  } while (!stopped && ++i < self->capacity);
  return stopped;
}

static int print_slot(const struct slot *slot, void *context) {
  FILE *out = context;
  return fprintf(out, "%-16s %8lld  %c\n", slot->key, (long long)slot->value.number, '\x21') < 0;
}

#ifdef TABLE_MAIN
int main(int argc, char **argv) {
  static const char *const words[] = {"one", "two", "three", "four" "teen", "five"};
  table numbers;
  if (table_init(&numbers, 0)) {
    perror("table");
    return EXIT_FAILURE;
  }
  for (unsigned i = 0; i < ARRAY_LENGTH(words); i++) table_put(&numbers, words[i], (int64_t)i * -3 + 0x10);
  for (int i = 1; i < argc; ++i) {
    if (!table_remove(&numbers, argv[i])) fprintf(stderr, "%s: unknown\n", *(argv + i));
  }
  int status = table_each(&numbers, &print_slot, stdout);
  table_free(&numbers);
  return status ? EXIT_FAILURE : EXIT_SUCCESS;
}
#endif
