// What productions call their children (aliases and fields), and what users call symbols.

#include "cst_shim.h"
#include "language.h"

static const TSFieldMapEntry *fields_of(const TSLanguage *language, uint32_t production, uint32_t *count) {
  const TSFieldMapEntry *start, *end;
  ts_language_field_map(language, production, &start, &end);
  *count = (uint32_t)(end - start);
  return start;
}

uint32_t cst_language_name_width(const TSLanguage *language) {
  uint32_t width = language->max_alias_sequence_length;
  for (uint32_t production = 0; production < language->production_id_count; production++) {
    uint32_t count;
    const TSFieldMapEntry *fields = fields_of(language, production, &count);
    for (uint32_t i = 0; i < count; i++) {
      if (fields[i].child_index >= width) width = fields[i].child_index + 1u;
    }
  }
  return width;
}

uint32_t cst_language_production_count(const TSLanguage *language) {
  return language->production_id_count;
}

void cst_language_names(const TSLanguage *language, uint32_t width, uint32_t *names) {
  for (uint32_t production = 0; production < language->production_id_count; production++) {
    uint32_t *row = &names[(size_t)production * width];
    const TSSymbol *aliases = ts_language_alias_sequence(language, production);
    for (uint32_t i = 0; i < width; i++) {
      TSSymbol alias = aliases && i < language->max_alias_sequence_length ? aliases[i] : 0;
      row[i] = alias;
      if (alias != 0 && ts_language_symbol_metadata(language, alias).named) row[i] |= CST_NAME_IS_NAMED;
    }
    uint32_t count;
    const TSFieldMapEntry *fields = fields_of(language, production, &count);
    // The library takes the first that fits.
    for (uint32_t i = count; i-- > 0;) {
      if (fields[i].inherited) continue;
      uint32_t *name = &row[fields[i].child_index];
      *name = (*name & ~CST_NAME_FIELD) | ((uint32_t)fields[i].field_id << 16 & CST_NAME_FIELD);
    }
  }
}

uint32_t cst_language_symbol_count(const TSLanguage *language) {
  return language->symbol_count + language->alias_count;
}

void cst_language_public_symbols(const TSLanguage *language, uint16_t *symbols) {
  uint32_t count = cst_language_symbol_count(language);
  for (uint32_t i = 0; i < count; i++) symbols[i] = ts_language_public_symbol(language, (TSSymbol)i);
}

uint32_t cst_language_field_entries(const TSLanguage *language, cst_field_entry *out) {
  uint32_t written = 0;
  for (uint32_t production = 0; production < language->production_id_count; production++) {
    uint32_t count;
    const TSFieldMapEntry *entries = fields_of(language, production, &count);
    for (uint32_t i = 0; i < count; i++, written++) {
      if (!out) continue;
      out[written] = (cst_field_entry) {
        .production = (uint16_t)production,
        .field = entries[i].field_id,
        .child_index = entries[i].child_index,
        .is_inherited = entries[i].inherited,
      };
    }
  }
  return written;
}
