// The flags of a subtree on the heap, all at once.
#ifndef CST_FLAGS_H_
#define CST_FLAGS_H_

#include <string.h>
#include "cst_shim.h"
#include "release.h"

// The two bytes after the parse state, where compilers put tree-sitter's bit fields.
#define CST_FLAGS_OFFSET (offsetof(SubtreeHeapData, parse_state) + sizeof(TSStateId))

static inline uint16_t cst_flag_bytes(const SubtreeHeapData *data) {
  uint16_t bytes;
  memcpy(&bytes, (const char *)data + CST_FLAGS_OFFSET, sizeof(bytes));
  return bytes;
}

static inline bool cst_is_flag(SubtreeHeapData data, uint16_t flag) {
  return cst_flag_bytes(&data) == flag;
}

// Whether this compiler has them in our order. Answered at compile time: of the two ways below one
// remains.
static inline bool cst_flags_in_order(void) {
  return
    cst_is_flag((SubtreeHeapData) {.visible = true}, CST_VISIBLE) &&
    cst_is_flag((SubtreeHeapData) {.named = true}, CST_NAMED) &&
    cst_is_flag((SubtreeHeapData) {.extra = true}, CST_EXTRA) &&
    cst_is_flag((SubtreeHeapData) {.fragile_left = true}, CST_FRAGILE_LEFT) &&
    cst_is_flag((SubtreeHeapData) {.fragile_right = true}, CST_FRAGILE_RIGHT) &&
    cst_is_flag((SubtreeHeapData) {.has_changes = true}, CST_HAS_CHANGES) &&
    cst_is_flag((SubtreeHeapData) {.has_external_tokens = true}, CST_EXTERNAL_TOKENS) &&
    cst_is_flag((SubtreeHeapData) {.has_external_scanner_state_change = true}, CST_SCANNER_STATE_CHANGE) &&
    cst_is_flag((SubtreeHeapData) {.depends_on_column = true}, CST_DEPENDS_ON_COLUMN) &&
    cst_is_flag((SubtreeHeapData) {.is_missing = true}, CST_MISSING) &&
    cst_is_flag((SubtreeHeapData) {.is_keyword = true}, CST_KEYWORD);
}

// All flags of a subtree.
static inline uint16_t cst_heap_flags(const SubtreeHeapData *data) {
  // Bits beyond the last flag may be anything.
  if (cst_flags_in_order()) return cst_flag_bytes(data) & (CST_INLINE - 1);
  return (uint16_t)(
    data->visible * CST_VISIBLE |
    data->named * CST_NAMED |
    data->extra * CST_EXTRA |
    data->fragile_left * CST_FRAGILE_LEFT |
    data->fragile_right * CST_FRAGILE_RIGHT |
    data->has_changes * CST_HAS_CHANGES |
    data->has_external_tokens * CST_EXTERNAL_TOKENS |
    data->has_external_scanner_state_change * CST_SCANNER_STATE_CHANGE |
    data->depends_on_column * CST_DEPENDS_ON_COLUMN |
    data->is_missing * CST_MISSING |
    data->is_keyword * CST_KEYWORD
  );
}

// --- Inline leaves ----------------------------------------------------------------------------

static inline bool cst_is_inline_bit(SubtreeInlineData leaf, uint8_t bit) {
  uint8_t byte;
  memcpy(&byte, &leaf, 1);
  return byte == bit;
}

// The same question of the first byte of a leaf that lies in its parent's array.
static inline bool cst_inline_bits_in_order(void) {
  return
    cst_is_inline_bit((SubtreeInlineData) {.is_inline = true}, 1 << 0) &&
    cst_is_inline_bit((SubtreeInlineData) {.visible = true}, 1 << 1) &&
    cst_is_inline_bit((SubtreeInlineData) {.named = true}, 1 << 2) &&
    cst_is_inline_bit((SubtreeInlineData) {.extra = true}, 1 << 3) &&
    cst_is_inline_bit((SubtreeInlineData) {.has_changes = true}, 1 << 4) &&
    cst_is_inline_bit((SubtreeInlineData) {.is_missing = true}, 1 << 5) &&
    cst_is_inline_bit((SubtreeInlineData) {.is_keyword = true}, 1 << 6);
}

// All flags of an inline leaf.
static inline uint16_t cst_inline_flags(SubtreeInlineData leaf) {
  uint16_t column = CST_INLINE_DEPENDS_ON_COLUMN(leaf) ? CST_DEPENDS_ON_COLUMN : 0;
  if (cst_inline_bits_in_order()) {
    uint8_t byte;
    memcpy(&byte, &leaf, 1);
    // Three moves: VISIBLE to EXTRA by one bit, HAS_CHANGES by one, MISSING and KEYWORD by four.
    return (uint16_t)(CST_INLINE | column | (byte >> 1 & 0x7) | (byte << 1 & 0x20) | (byte << 4 & 0x600));
  }
  return (uint16_t)(
    CST_INLINE | column |
    leaf.visible * CST_VISIBLE |
    leaf.named * CST_NAMED |
    leaf.extra * CST_EXTRA |
    leaf.has_changes * CST_HAS_CHANGES |
    leaf.is_missing * CST_MISSING |
    leaf.is_keyword * CST_KEYWORD
  );
}

// --- Derived flags ----------------------------------------------------------------------------

// The flags that a parent has from its children.
#define CST_DERIVED_FLAGS (CST_EXTERNAL_TOKENS | CST_SCANNER_STATE_CHANGE | CST_DEPENDS_ON_COLUMN)

// Sets those of a parent that has none of them yet.
static inline void cst_set_derived_flags(SubtreeHeapData *data, uint16_t flags) {
  if (cst_flags_in_order()) {
    uint16_t bytes = (uint16_t)(cst_flag_bytes(data) | (flags & CST_DERIVED_FLAGS));
    memcpy((char *)data + CST_FLAGS_OFFSET, &bytes, sizeof(bytes));
  } else {
    data->has_external_tokens = (flags & CST_EXTERNAL_TOKENS) != 0;
    data->has_external_scanner_state_change = (flags & CST_SCANNER_STATE_CHANGE) != 0;
    data->depends_on_column = (flags & CST_DEPENDS_ON_COLUMN) != 0;
  }
}

#endif
