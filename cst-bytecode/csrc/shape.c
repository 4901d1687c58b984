// The checks of a shape: symbol, production, flags, precedence. And of the links above it.

#include <string.h>
#include "shape.h"

static bool has_flags(const cst_row *row, uint16_t flags) {
  return (row->flags & flags) == flags;
}

static cst_status check_leaf_shape(const TSLanguage *language, const cst_row *row, cst_shape_kind *kind) {
  bool is_error = row->symbol == ts_builtin_sym_error;
  bool is_token = row->symbol < language->token_count;
  // A rule without children is none: even a root that matches nothing holds the end of the text.
  if (!is_error && !is_token) return CST_BAD_SYMBOL;
  if (row->production_id != 0) return CST_BAD_PRODUCTION;
  if (row->dynamic_precedence != 0) return CST_BAD_FLAGS;
  // An error is fragile, and of all leaves only an error.
  uint16_t fragile = CST_FRAGILE_LEFT | CST_FRAGILE_RIGHT;
  if ((row->flags & fragile) != (is_error ? fragile : 0)) return CST_BAD_FLAGS;
  if (is_error && row->flags & (CST_MISSING | CST_KEYWORD)) return CST_BAD_FLAGS;
  if (row->flags & CST_EXTERNAL_TOKENS) {
    if (!is_token || language->external_token_count == 0) return CST_BAD_FLAGS;
  } else if (row->flags & CST_SCANNER_STATE_CHANGE) {
    return CST_BAD_FLAGS;
  }
  // The library turns a keyword that does not fit into the grammar's word token.
  if (row->flags & CST_KEYWORD && language->keyword_capture_token == 0) return CST_BAD_FLAGS;
  if (row->flags & CST_HAS_ERROR) return CST_BAD_FLAGS;
  // The end of the text is an extra, or the parser would take it for the rule beneath it.
  if (row->symbol == ts_builtin_sym_end &&
      (row->flags & (CST_EXTRA | CST_MISSING | CST_KEYWORD | CST_EXTERNAL_TOKENS)) != CST_EXTRA) return CST_BAD_FLAGS;
  if (row->flags & CST_INLINE) {
    uint16_t heap_only = CST_FRAGILE_LEFT | CST_FRAGILE_RIGHT | CST_EXTERNAL_TOKENS | CST_SCANNER_STATE_CHANGE;
    if (!is_token || row->symbol > UINT8_MAX || (row->flags & heap_only)) return CST_BAD_FLAGS;
    if (!CST_INLINE_COLUMNS && row->flags & CST_DEPENDS_ON_COLUMN) return CST_BAD_FLAGS;
    *kind = INLINE_TOKEN;
  } else if (row->flags & CST_EXTERNAL_TOKENS) {
    *kind = EXTERNAL_TOKEN;
  } else {
    *kind = is_error ? ERROR_LEAF : HEAP_TOKEN;
  }
  return CST_OK;
}

static cst_status check_parent_shape(const TSLanguage *language, const cst_row *row, cst_shape_kind *kind) {
  bool is_error = row->symbol == ts_builtin_sym_error || row->symbol == ts_builtin_sym_error_repeat;
  // A token with children would be looked up in the wrong half of the parse table.
  if (!is_error && (row->symbol < language->token_count || row->symbol >= language->symbol_count)) {
    return CST_BAD_SYMBOL;
  }
  if (is_error && !has_flags(row, CST_FRAGILE_LEFT | CST_FRAGILE_RIGHT)) return CST_BAD_FLAGS;
  if (is_error && row->production_id != 0) return CST_BAD_PRODUCTION;
  if (row->symbol == ts_builtin_sym_error_repeat && row->flags & CST_EXTRA) return CST_BAD_FLAGS;
  // The last three are derived, or carried by an exception.
  if (row->flags & (CST_INLINE | CST_MISSING | CST_KEYWORD |
      CST_EXTERNAL_TOKENS | CST_DEPENDS_ON_COLUMN | CST_SCANNER_STATE_CHANGE)) return CST_BAD_FLAGS;
  // What a grammar can give a rule: the library adds these as signed numbers.
  if (row->dynamic_precedence < INT16_MIN || row->dynamic_precedence > INT16_MAX) return CST_BAD_FLAGS;
  *kind = PARENT;
  return CST_OK;
}

static SubtreeInlineData inline_data(const cst_row *row) {
  SubtreeInlineData data = {
    .is_inline = true,
    .visible = (row->flags & CST_VISIBLE) != 0,
    .named = (row->flags & CST_NAMED) != 0,
    .extra = (row->flags & CST_EXTRA) != 0,
    .has_changes = (row->flags & CST_HAS_CHANGES) != 0,
    .is_missing = (row->flags & CST_MISSING) != 0,
    .is_keyword = (row->flags & CST_KEYWORD) != 0,
    .symbol = (uint8_t)row->symbol,
  };
  cst_set_inline_column(&data, (row->flags & CST_DEPENDS_ON_COLUMN) != 0);
  return data;
}

static SubtreeHeapData heap_data(const cst_row *row, cst_shape_kind kind) {
  // All else is zero, the whole union included: the library copies and compares some of its bytes
  // whatever they mean.
  SubtreeHeapData data = {
    .ref_count = 1,
    .symbol = row->symbol,
    .visible = (row->flags & CST_VISIBLE) != 0,
    .named = (row->flags & CST_NAMED) != 0,
    .extra = (row->flags & CST_EXTRA) != 0,
    .fragile_left = (row->flags & CST_FRAGILE_LEFT) != 0,
    .fragile_right = (row->flags & CST_FRAGILE_RIGHT) != 0,
    .has_changes = (row->flags & CST_HAS_CHANGES) != 0,
    .has_external_tokens = (row->flags & CST_EXTERNAL_TOKENS) != 0,
    .has_external_scanner_state_change = (row->flags & CST_SCANNER_STATE_CHANGE) != 0,
    .depends_on_column = (row->flags & CST_DEPENDS_ON_COLUMN) != 0,
    .is_missing = (row->flags & CST_MISSING) != 0,
    .is_keyword = (row->flags & CST_KEYWORD) != 0,
  };
  if (kind == PARENT) {
    data.production_id = row->production_id;
    data.dynamic_precedence = row->dynamic_precedence;
  }
  return data;
}

// Whether a production renames any of its children.
static const TSSymbol *read_aliases(const TSLanguage *language, uint16_t production_id) {
  const TSSymbol *aliases = ts_language_alias_sequence(language, production_id);
  for (uint32_t i = 0; aliases && i < language->max_alias_sequence_length; i++) {
    if (aliases[i] != 0) return aliases;
  }
  return NULL;
}

// Where the operands of a record stand. Those of the other forms are read one by one, see record.h.
static bool read_forms(uint64_t bits, cst_shape *out) {
  static const uint8_t widths[2][4] = {{0, 6, 14, 32}, {0, 4, 10, 24}};
  bool is_leaf = out->kind != PARENT;
  bool is_visible = bits >> 32 & (CST_VISIBLE | CST_RENAMED);
  out->padding_form = bits >> 46 & 7;
  out->extent_form = bits >> 49 & 3;
  out->child_count = bits >> 51 & 15;
  if (is_leaf) {
    out->lookahead = bits >> 16 & 15;
    out->size = bits >> 20 & 63;
  } else {
    out->extent_width = widths[is_visible][out->extent_form];
  }
  out->has_padding = out->padding_form != CST_PADDING_NONE;
  bool has_operand = out->padding_form == CST_PADDING_LINE || out->padding_form == CST_PADDING_NEWLINE;
  out->padding_mask = has_operand ? UINT8_MAX : 0;
  out->padding_more = out->padding_form == CST_PADDING_SPACE || out->padding_form == CST_PADDING_NEWLINE;
  out->padding_row = out->padding_form == CST_PADDING_NEWLINE;
  out->length = (uint8_t)(has_operand + out->extent_width);
  if (out->padding_form > CST_PADDING_NEWLINE) return false;
  if (!is_leaf) return out->child_count < CST_LONG;
  if (out->extent_form == CST_EXTENT_LINE) {
    out->size = 0;
    out->size_shift = (uint8_t)(8 * out->length++);
    out->size_mask = UINT8_MAX;
  }
  return out->extent_form <= CST_EXTENT_LINE && out->lookahead < CST_LONG && out->kind != ERROR_LEAF;
}

cst_status cst_shape_read(const TSLanguage *language, const cst_row *row, cst_shape *out) {
  if (row->production_id != 0 && row->production_id >= language->production_id_count) return CST_BAD_PRODUCTION;
  cst_shape_kind kind = INLINE_TOKEN;
  cst_status status = row->child_count == 0
    ? check_leaf_shape(language, row, &kind)
    : check_parent_shape(language, row, &kind);
  if (status != CST_OK) return status;
  TSSymbolMetadata metadata = ts_language_symbol_metadata(language, row->symbol);
  if (metadata.visible != has_flags(row, CST_VISIBLE)) return CST_BAD_FLAGS;
  if (metadata.named != has_flags(row, CST_NAMED)) return CST_BAD_FLAGS;
  bool is_error = row->symbol == ts_builtin_sym_error || row->symbol == ts_builtin_sym_error_repeat;
  *out = (cst_shape) {
    .counts = !metadata.visible ? 0 : metadata.named ? CST_ONE_NAMED : CST_ONE_VISIBLE,
    .symbol = row->symbol,
    .flags = row->flags & (CST_NOT_SUMMED | CST_FRAGILE | CST_DERIVED_FLAGS),
    .kind = (uint8_t)kind,
    .is_fragile = has_flags(row, CST_FRAGILE),
    .is_extra = has_flags(row, CST_EXTRA),
    .has_error = has_flags(row, CST_HAS_ERROR),
    .is_placed = is_error || row->symbol == ts_builtin_sym_end,
    .may_repeat = !metadata.visible && !metadata.named,
  };
  if (is_error) out->flags |= CST_ODD;
  bool is_common = read_forms(row->bits, out);
  out->is_link = out->child_count == 1 && !metadata.visible && !out->is_extra;
  if (kind == INLINE_TOKEN) {
    SubtreeInlineData data = inline_data(row);
    if (out->lookahead < CST_LONG) data.lookahead_bytes = out->lookahead & 15;
    memcpy(&out->inline_word, &data, sizeof(data));
  } else {
    out->heap_data = heap_data(row, kind);
    out->heap_data.child_count = out->child_count;
    out->live_bytes = (uint32_t)cst_heap_bytes(out->child_count);
  }
  // Where a production may have more children than it names, each is looked at.
  bool fits = row->production_id == 0 || out->child_count <= language->max_alias_sequence_length;
  if (kind == PARENT) out->aliases = read_aliases(language, row->production_id);
  out->is_plain = is_common && fits && !out->is_extra && !out->is_placed && !(out->flags & CST_NOT_SUMMED);
  return CST_OK;
}

// Whether a link takes over all that its child has, if that is no error.
static bool is_plain_link(const TSLanguage *language, const cst_shape *link) {
  if (link->flags & (CST_NOT_SUMMED | CST_FRAGILE)) return false;
  if (link->heap_data.production_id == 0) return true;
  if (language->max_alias_sequence_length == 0) return false;
  return ts_language_alias_sequence(language, link->heap_data.production_id)[0] == 0;
}

cst_status cst_links_read(
  const TSLanguage *language, const cst_shapes *shapes, cst_shape *out, const cst_shape **links
) {
  for (uint32_t i = 0; i < shapes->link_count; i++) {
    if (shapes->links[i] >= shapes->row_count) return CST_BAD_SYMBOL;
    const cst_shape *link = &out[shapes->links[i]];
    if (link->kind != PARENT) return CST_BAD_CHILD_COUNT;
    if (link->heap_data.visible || link->is_extra) return CST_BAD_FLAGS;
    links[i] = link;
  }
  uint32_t start = 0;
  for (uint32_t i = 0; i < shapes->row_count; i++) {
    cst_shape *shape = &out[i];
    uint32_t end = shapes->link_ends[i];
    if (end < start || end > shapes->link_count) return CST_BAD_CHILD_COUNT;
    shape->first_link = start;
    shape->link_count = end - start;
    shape->live_bytes += (uint32_t)cst_heap_bytes(1) * shape->link_count;
    if (start < end && shape->flags & CST_FRAGILE) shape->is_plain = false;
    for (; start < end; start++) {
      if (!is_plain_link(language, links[start])) shape->is_plain = false;
    }
  }
  return CST_OK;
}
