// The C half of cst-bytecode: the only code that knows tree-sitter's private structures.
//
// A tree crosses this boundary in pre-order: a walk writes visits, a chunk at a time; a builder is given the
// distinct shapes, as rows, and the records as they are. Fields that
// tree-sitter derives from a node's children (extent, counts, error cost ...) are derived here too,
// by one function for both directions; such a field is carried only where the tree's own value
// differs from the derived one (`stored`). So a rebuilt tree equals its original in every field by
// construction, whatever rule a release of tree-sitter follows.
//
// The Rust half (src/ffi) repeats these declarations; both sides assert the layout.
#ifndef CST_SHIM_H_
#define CST_SHIM_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct TSTree TSTree;
typedef struct TSLanguage TSLanguage;

// Bits of `flags`, in the order of tree-sitter's bit fields so that a compiler can move
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
  // Parents only: an error is in it.
  CST_HAS_ERROR = 1 << 12,
  // Of a shape's bits only: an alias stands for its symbol.
  CST_RENAMED = 1 << 13,
};

// Bits of `stored`: derived fields whose own value is carried.
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

typedef struct {
  uint32_t bytes, row, column;
} cst_extent;

// Bits of `cst_visit.what`.
enum {
  // A hidden parent of one child, no extra, and not the root.
  CST_VISIT_UNARY = 1 << 0,
  // Such a one that no reader asks for: its child is in the same field.
  CST_VISIT_LINK = 1 << 1,
  // The parse state is not the one that follows from its place.
  CST_VISIT_OTHER_STATE = 1 << 2,
  // Derived fields differ from what derives.
  CST_VISIT_STORED = 1 << 3,
};

// One subtree on a walk, which leaves fields that do not apply as they were.
typedef struct {
  // What subtrees have in common: symbol in the lowest 16 bits; production of a parent, or lookahead of a leaf (15 for
  // that and more), in the next; then flags, those aside that a parent derives; and from bit 51 on the child count
  // (15 for that and more). src/shape.rs has the other bits.
  uint64_t shape;
  // What its place gives it; 0 for nothing. See names.c below.
  uint32_t name;
  // How many parents are above it, those aside that are CST_VISIT_UNARY.
  uint32_t depth;
  uint16_t what;
  uint16_t parse_state;
  // What a parent adds to the sum of its children's; 0 of a leaf.
  int32_t dynamic_precedence;
  uint32_t child_count;
  // Leaves, and parents that store something, only; so is the next but one.
  uint32_t lookahead_bytes;
  // Of a link only where it stores something.
  cst_extent padding, size;
  // Parents only, and like the extents.
  uint32_t visible_descendant_count;
  uint32_t visible_child_count;
  uint32_t named_child_count;
  // Parents that store something only.
  uint32_t error_cost;
  uint16_t repeat_depth;
  uint16_t first_leaf_symbol;
  uint16_t first_leaf_parse_state;
  uint16_t stored;
  uint16_t flags;
  // Leaves of the error symbol only.
  int32_t lookahead_char;
  // Leaves with CST_EXTERNAL_TOKENS only; borrowed from the tree.
  uint32_t scanner_state_length;
  const uint8_t *scanner_state;
} cst_visit;

// What a builder is told of a shape, or of a link.
typedef struct {
  // As the bytecode has it; what follows is taken from it, but for the precedence. See docs/format/bytecode.md.
  uint64_t bits;
  uint16_t symbol;
  // 0 of a leaf.
  uint16_t production_id;
  uint16_t flags;
  // 15 for that and more.
  uint16_t child_count;
  // What the node adds to the sum of its children's.
  int32_t dynamic_precedence;
} cst_row;

// How a record's operands are written, see src/shape.rs.
enum {
  CST_PADDING_NONE,
  CST_PADDING_SPACE,
  CST_PADDING_LINE,
  CST_PADDING_NEWLINE,
  CST_PADDING_SHORT,
  CST_PADDING_LONG,
};
enum {
  CST_EXTENT_NONE,
  CST_EXTENT_LINE,
  CST_EXTENT_SHORT,
  CST_EXTENT_LONG,
};
// Child counts and lookaheads from here on are operands.
#define CST_LONG 15
// From here on a record's byte is no number of a shape but a page, the last aside: the number is an operand.
#define CST_FIRST_PAGE 248
#define CST_ESCAPE 255

// What subtrees have in common.
typedef struct {
  // Shapes, and after them links.
  const cst_row *rows;
  uint32_t row_count;
  // How many of the rows are shapes of records.
  uint32_t shape_count;
  // Numbers of rows: the hidden parents of one child that stand above a shape, from the top, one shape's after the
  // other's; and of each row, where its own end.
  const uint32_t *links;
  uint32_t link_count;
  const uint32_t *link_ends;
} cst_shapes;

// A serialized state of the external scanner.
typedef struct {
  const uint8_t *bytes;
  uint32_t length;
} cst_scanner_state;

typedef struct {
  uint32_t start_byte, end_byte;
  uint32_t start_row, start_column, end_row, end_column;
} cst_range;

// All that a tree is built from. Any numbers are checked, but what is said of the arrays here must be true.
typedef struct {
  cst_shapes shapes;
  uint32_t subtree_count;
  uint32_t range_count;
  uint64_t live_bytes;
  // A byte each.
  const uint8_t *numbers;
  size_t record_count;
  // They end with `operand_end`; eight bytes more can be read.
  const uint8_t *operands;
  size_t operand_end;
  // Parse states that do not follow from their place: subtree, state; subtrees ascend.
  const uint32_t *states;
  size_t state_count;
  // Derived fields that do not follow: subtree, which (CST_STORED_ALL), a number for each value, in the order of the
  // bits; extents have three numbers and the first leaf has two. Subtrees ascend, and no value is wider than its field.
  const uint32_t *exceptions;
  size_t exception_count;
  // Of each leaf with CST_EXTERNAL_TOKENS its scanner state, which is there.
  const uint32_t *scanner_state_ids;
  size_t scanner_state_id_count;
  const cst_scanner_state *scanner_states;
  const cst_range *ranges;
} cst_tree_parts;

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
  CST_BAD_RECORD,
  CST_PADDED_TWICE,
  CST_TOO_LONG_COLUMN,
  CST_TOO_SHORT_COLUMN,
} cst_status;

// Where the parser goes from a state with a symbol, as far as it was asked: makes asking again cheap. For one
// language, and one thread at a time. NULL when out of memory.
typedef struct cst_memo cst_memo;
cst_memo *cst_memo_new(const TSLanguage *language);
void cst_memo_delete(cst_memo *self);
// Where it goes from a state with a symbol; 0 where the language has no such state or symbol.
uint16_t cst_memo_next(cst_memo *self, uint16_t state, uint16_t symbol);

// --- walk.c: a tree to visits ---------------------------------------------------------------

typedef struct cst_walk cst_walk;

// Starts a walk over every subtree. The tree must outlive it, and so must `names`, which are those of its
// language (`cst_language_names`) and `memo`, which is for that language. NULL when out of memory.
cst_walk *cst_walk_new(const TSTree *tree, const uint32_t *names, uint32_t name_width, cst_memo *memo);
// Visits up to `capacity` subtrees in pre-order and says in `count` how many; 0 after the last.
cst_status cst_walk_next(cst_walk *self, cst_visit *visits, uint32_t capacity, uint32_t *count);
// What the subtrees walked so far, and the tree itself, take from the allocator.
uint64_t cst_walk_live_bytes(const cst_walk *self);
void cst_walk_delete(cst_walk *self);

uint32_t cst_tree_included_range_count(const TSTree *tree);
void cst_tree_included_ranges(const TSTree *tree, cst_range *ranges);

// What the tree's blocks take from the allocator, every subtree counted where it stands.
uint64_t cst_tree_live_bytes(const TSTree *tree);

// --- build.c: records to a tree --------------------------------------------------------------

// Builds a tree of exactly `subtree_count` subtrees, whose blocks take exactly `live_bytes` (as `cst_tree_live_bytes`
// counts): more is never allocated. Every value is checked against the language, whatever it is. The language is that of
// `memo`. NULL with a status when out of memory or refused.
TSTree *cst_build(cst_memo *memo, const cst_tree_parts *parts, cst_status *status);
// Whether these shapes could be in a tree of the language.
cst_status cst_check_shapes(cst_memo *memo, const cst_shapes *shapes);

// --- states.c: parse states without a tree ---------------------------------------------------

typedef struct cst_states cst_states;

// `memo` must outlive it. NULL when out of memory.
cst_states *cst_states_new(cst_memo *memo);
// Says the state of the next subtree in pre-order: what follows from its place, or `own` if that is not
// negative. Whatever the subtrees, it reads nothing that is not there. False when out of memory.
bool cst_states_next(
  cst_states *self, uint16_t symbol, uint32_t child_count, uint16_t flags, int32_t own, uint16_t *state
);
void cst_states_delete(cst_states *self);

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

// --- names.c: what productions call their children -------------------------------------------

uint32_t cst_language_production_count(const TSLanguage *language);
// A name: an alias in the lowest 16 bits, a field above, and whether the alias is a named symbol.
#define CST_NAME_FIELD ((uint32_t)0x7fff << 16)
#define CST_NAME_IS_NAMED ((uint32_t)1 << 31)
// How many children a production can name.
uint32_t cst_language_name_width(const TSLanguage *language);
// Writes `name_width` names for each production, one for each child that is not an extra.
void cst_language_names(const TSLanguage *language, uint32_t name_width, uint32_t *names);

// That a child of a production is in a field, or hides children that are.
typedef struct {
  uint16_t production;
  uint16_t field;
  uint16_t child_index;
  uint16_t is_inherited;
} cst_field_entry;

// Writes them all, in the grammar's order: by production, then by field. Returns how many there are; `out`
// may be NULL.
uint32_t cst_language_field_entries(const TSLanguage *language, cst_field_entry *out);
// How many symbols there are, aliases included, and the number that users know each by.
uint32_t cst_language_symbol_count(const TSLanguage *language);
void cst_language_public_symbols(const TSLanguage *language, uint16_t *symbols);

// --- language.c: what a grammar's numbers mean ----------------------------------------------

typedef void (*cst_sink)(void *context, const uint8_t *bytes, size_t length);

// Feeds everything that gives the stored numbers their meaning into `sink`, in a canonical
// little-endian form: names, counts, metadata, aliases, fields, parse tables, lex modes.
void cst_language_describe(const TSLanguage *language, cst_sink sink, void *context);

#endif
