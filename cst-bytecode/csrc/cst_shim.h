// The C half of cst-bytecode: the only code that knows tree-sitter's private structures.
//
// A tree crosses this boundary in pre-order, a chunk at a time: a walk writes a row per subtree; a
// builder is given the distinct shapes once, as rows, and then a small node per subtree. Fields that
// tree-sitter derives from a node's children (extent, counts, error cost ...) are derived here too,
// by one function for both directions; such a field is carried only where the tree's own value
// differs from the derived one (`stored`). So a rebuilt tree equals its original in every field by
// construction, whatever rule a release of tree-sitter follows.
//
// The Rust half (src/ffi.rs) repeats these declarations; both sides assert the layout.
#ifndef CST_SHIM_H_
#define CST_SHIM_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct TSTree TSTree;
typedef struct TSLanguage TSLanguage;

// Bits of `cst_row.flags`, in the order of tree-sitter's bit fields so that a compiler can move
// them all at once.
enum {
  CST_VISIBLE = 1 << 0,
  CST_NAMED = 1 << 1,
  CST_EXTRA = 1 << 2,
  CST_FRAGILE_LEFT = 1 << 3,
  CST_FRAGILE_RIGHT = 1 << 4,
  CST_HAS_CHANGES = 1 << 5,
  // These three are primary in leaves, derived in parents.
  CST_EXTERNAL_TOKENS = 1 << 6,
  CST_SCANNER_STATE_CHANGE = 1 << 7,
  CST_DEPENDS_ON_COLUMN = 1 << 8,
  CST_MISSING = 1 << 9,
  CST_KEYWORD = 1 << 10,
  // Leaves only: stored in the eight bytes of the parent's child slot.
  CST_INLINE = 1 << 11,
};

// Bits of `cst_row.stored`: derived fields whose own value the row carries.
enum {
  CST_STORED_PADDING = 1 << 0,
  CST_STORED_SIZE = 1 << 1,
  CST_STORED_LOOKAHEAD = 1 << 2,
  CST_STORED_ERROR_COST = 1 << 3,
  CST_STORED_VISIBLE_CHILD_COUNT = 1 << 4,
  CST_STORED_NAMED_CHILD_COUNT = 1 << 5,
  CST_STORED_VISIBLE_DESCENDANT_COUNT = 1 << 6,
  CST_STORED_REPEAT_DEPTH = 1 << 7,
  CST_STORED_FIRST_LEAF = 1 << 8,
  CST_STORED_DEPENDS_ON_COLUMN = 1 << 9,
  CST_STORED_SCANNER_STATE_CHANGE = 1 << 10,
  CST_STORED_ALL = (1 << 11) - 1,
};

// One subtree. A walk leaves fields that do not apply as they were: `production_id` and
// `dynamic_precedence` always apply; extent and lookahead to leaves; the derived fields where
// `stored` is not zero; the others as said.
typedef struct {
  uint32_t child_count;
  uint16_t symbol;
  uint16_t production_id;
  uint16_t parse_state;
  uint16_t flags;
  // What the node adds to the sum of its children's.
  int32_t dynamic_precedence;
  // Primary in leaves, derived in parents.
  uint32_t padding_bytes, padding_row, padding_column;
  uint32_t size_bytes, size_row, size_column;
  uint32_t lookahead_bytes;
  // Derived.
  uint32_t error_cost;
  uint32_t visible_child_count;
  uint32_t named_child_count;
  uint32_t visible_descendant_count;
  uint16_t repeat_depth;
  uint16_t first_leaf_symbol;
  uint16_t first_leaf_parse_state;
  uint16_t stored;
  // Leaves of the error symbol only.
  int32_t lookahead_char;
  // Leaves with CST_EXTERNAL_TOKENS only; borrowed from the tree or from the caller.
  uint32_t scanner_state_length;
  const uint8_t *scanner_state;
} cst_row;

// What a subtree has beside its shape.
typedef struct {
  // Index of the shape.
  uint32_t shape;
  // 1 + index of the row with the derived fields that differ; 0 for none.
  uint32_t exception;
  // Leaves only.
  uint32_t padding_bytes, padding_row, padding_column;
  uint32_t size_bytes, size_row, size_column;
  uint32_t lookahead_bytes;
  // Leaves of the error symbol only.
  int32_t lookahead_char;
  // Leaves with CST_EXTERNAL_TOKENS only.
  uint32_t scanner_state_length;
  uint16_t parse_state;
  const uint8_t *scanner_state;
} cst_node;

// Why a walk or a build stopped. Rust: `ShimError`.
typedef enum {
  CST_OK = 0,
  CST_OUT_OF_MEMORY,
  CST_BAD_SYMBOL,
  CST_BAD_PRODUCTION,
  CST_BAD_PARSE_STATE,
  CST_BAD_FLAGS,
  CST_BAD_EXTENT,
  CST_BAD_CHILD_COUNT,
  CST_BAD_SCANNER_STATE,
  CST_BAD_ERROR_COST,
  CST_TOO_MANY_ROWS,
  CST_TOO_FEW_ROWS,
  CST_BAD_LIVE_BYTES,
} cst_status;

typedef struct {
  uint32_t start_byte, end_byte;
  uint32_t start_row, start_column, end_row, end_column;
} cst_range;

// --- walk.c: a tree to rows -----------------------------------------------------------------

typedef struct cst_walk cst_walk;

// Starts a walk over every subtree. The tree must outlive it. NULL when out of memory.
cst_walk *cst_walk_new(const TSTree *tree);
// Writes up to `capacity` rows and says in `count` how many; 0 after the last subtree.
cst_status cst_walk_next(cst_walk *self, cst_row *rows, uint32_t capacity, uint32_t *count);
// What the subtrees walked so far, and the tree itself, take from the allocator.
uint64_t cst_walk_live_bytes(const cst_walk *self);
void cst_walk_delete(cst_walk *self);

uint32_t cst_tree_included_range_count(const TSTree *tree);
void cst_tree_included_ranges(const TSTree *tree, cst_range *ranges);

// What the tree's blocks take from the allocator, every subtree counted where it stands.
uint64_t cst_tree_live_bytes(const TSTree *tree);

// --- build.c: rows to a tree ----------------------------------------------------------------

typedef struct cst_builder cst_builder;

// Starts a tree of exactly `subtree_count` subtrees of these shapes, whose blocks take exactly
// `live_bytes` (as `cst_tree_live_bytes` counts): more is never allocated. Of a shape's row counts what
// subtrees share: child count, symbol, production, flags, dynamic precedence. Every value is checked
// against the language, whatever it is. NULL with a status when out of memory or refused.
cst_builder *cst_builder_new(
  const TSLanguage *language, uint32_t subtree_count, uint64_t live_bytes,
  const cst_row *shapes, uint32_t shape_count, cst_status *status
);
// Takes the next nodes in pre-order, and checks them alike; after any status but CST_OK only
// `cst_builder_delete` may follow. Of an exception's row counts `stored` and what it names.
cst_status cst_builder_push(
  cst_builder *self, const cst_node *nodes, uint32_t count,
  const cst_row *exceptions, uint32_t exception_count
);
// Takes the finished tree out of the builder; NULL with a status when rows are missing.
TSTree *cst_builder_finish(cst_builder *self, const cst_range *ranges, uint32_t range_count, cst_status *status);
void cst_builder_delete(cst_builder *self);

// --- compare.c: the test oracle -------------------------------------------------------------

// The first difference of two trees.
typedef struct {
  // Index in pre-order of the subtree that differs, and how many were compared.
  uint64_t subtree;
  // Name of the field, static; NULL where the trees are equal.
  const char *field;
} cst_difference;

// Compares every field of every subtree but the reference count, the language and the included
// ranges; false when out of memory.
bool cst_tree_compare(const TSTree *left, const TSTree *right, cst_difference *difference);

// --- memory.c: the allocator ----------------------------------------------------------------

// Gives what was freed back to the operating system, where the allocator keeps it otherwise.
void cst_release_memory(void);

// An allocator, as tree-sitter takes one.
typedef struct {
  void *(*take)(size_t size);
  void *(*take_zeroed)(size_t count, size_t size);
  void *(*resize)(void *block, size_t size);
  void (*give_back)(void *block);
} cst_allocator;

// Has tree-sitter allocate with mimalloc, and says how. To be called before anything else of tree-sitter, by
// one thread. Only where the shim is built with it (CST_MIMALLOC).
cst_allocator cst_use_mimalloc(void);

// --- language.c: what a grammar's numbers mean ----------------------------------------------

typedef void (*cst_sink)(void *context, const uint8_t *bytes, size_t length);

// Feeds everything that gives the stored numbers their meaning into `sink`, in a canonical
// little-endian form: names, counts, metadata, aliases, fields, parse tables, lex modes.
void cst_language_describe(const TSLanguage *language, cst_sink sink, void *context);

#endif
