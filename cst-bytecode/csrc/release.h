// What differs between the releases of tree-sitter that this is built with. build.rs says which of those
// it knows has the definition of subtrees that is compiled in here.
#ifndef CST_RELEASE_H_
#define CST_RELEASE_H_

#include "cst_shim.h"
#include "subtree.h"

#ifndef CST_SUBTREES_OF
#error "build.rs defines CST_SUBTREES_OF"
#endif

#define CST_SINCE(major, minor, patch) (CST_SUBTREES_OF >= ((major) << 20 | (minor) << 10 | (patch)))

// A group of errors gives back what its extent costs to the error that holds it. Before, it gave nothing
// on but what its own children cost.
#define CST_GROUPS_ARE_REFUNDED CST_SINCE(0, 26, 13)

// Leaves that lie in their parent's slot say whether they depend on their column. Before, they did not.
#define CST_INLINE_COLUMNS CST_SINCE(0, 27, 1)
#if CST_INLINE_COLUMNS
#define CST_INLINE_DEPENDS_ON_COLUMN(leaf) ((leaf).depends_on_column)
#else
#define CST_INLINE_DEPENDS_ON_COLUMN(leaf) false
#endif

// Sets that flag of such a leaf, where there is one.
static inline void cst_set_inline_column(SubtreeInlineData *leaf, bool depends_on_column) {
#if CST_INLINE_COLUMNS
  leaf->depends_on_column = depends_on_column;
#else
  (void)leaf, (void)depends_on_column;
#endif
}

// The layout, which is the same in all of them.
_Static_assert(sizeof(Subtree) == 8, "a subtree is eight bytes: an inline leaf or a pointer");
_Static_assert(sizeof(SubtreeInlineData) == 8, "an inline leaf fills a subtree");
_Static_assert(sizeof(void *) != 8 || sizeof(SubtreeHeapData) == 80, "heap data is 80 bytes on 64 bit");
_Static_assert(sizeof(TSSymbol) == 2 && sizeof(TSStateId) == 2, "symbols and states are 16 bits");
_Static_assert(sizeof(Length) == 12, "a length is bytes, row and column");

#define CST_LIES_AT(type, field, offset) \
  _Static_assert(offsetof(type, field) == (offset), #field " lies elsewhere in this release")
#if !TS_BIG_ENDIAN
CST_LIES_AT(SubtreeInlineData, symbol, 1);
CST_LIES_AT(SubtreeInlineData, parse_state, 2);
CST_LIES_AT(SubtreeInlineData, padding_columns, 4);
CST_LIES_AT(SubtreeInlineData, padding_bytes, 6);
CST_LIES_AT(SubtreeInlineData, size_bytes, 7);
#endif
CST_LIES_AT(SubtreeHeapData, ref_count, 0);
CST_LIES_AT(SubtreeHeapData, padding, 4);
CST_LIES_AT(SubtreeHeapData, size, 16);
CST_LIES_AT(SubtreeHeapData, lookahead_bytes, 28);
CST_LIES_AT(SubtreeHeapData, error_cost, 32);
CST_LIES_AT(SubtreeHeapData, child_count, 36);
CST_LIES_AT(SubtreeHeapData, symbol, 40);
CST_LIES_AT(SubtreeHeapData, parse_state, 42);
CST_LIES_AT(SubtreeHeapData, visible_child_count, 48);
CST_LIES_AT(SubtreeHeapData, dynamic_precedence, 60);
CST_LIES_AT(SubtreeHeapData, production_id, 66);
CST_LIES_AT(SubtreeHeapData, first_leaf, 68);
CST_LIES_AT(SubtreeHeapData, external_scanner_state, 48);
CST_LIES_AT(SubtreeHeapData, lookahead_char, 48);
#undef CST_LIES_AT

#endif
