// The checks of a shape: symbol, production, flags, precedence.

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
    .child_count = row->child_count,
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

cst_status cst_shape_read(const TSLanguage *language, const cst_row *row, cst_shape *out) {
  if (row->production_id != 0 && row->production_id >= language->production_id_count) return CST_BAD_PRODUCTION;
  cst_status status = row->child_count == 0
    ? check_leaf_shape(language, row, &out->kind)
    : check_parent_shape(language, row, &out->kind);
  if (status != CST_OK) return status;
  TSSymbolMetadata metadata = ts_language_symbol_metadata(language, row->symbol);
  if (metadata.visible != ((row->flags & CST_VISIBLE) != 0)) return CST_BAD_FLAGS;
  if (metadata.named != ((row->flags & CST_NAMED) != 0)) return CST_BAD_FLAGS;
  out->is_fragile = has_flags(row, CST_FRAGILE_LEFT | CST_FRAGILE_RIGHT);
  if (out->kind == INLINE_TOKEN) {
    out->inline_data = inline_data(row);
  } else {
    out->heap_data = heap_data(row, out->kind);
  }
  return CST_OK;
}
