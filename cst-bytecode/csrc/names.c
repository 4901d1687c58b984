// What productions call their children: aliases and fields.

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
      row[i] = aliases && i < language->max_alias_sequence_length ? aliases[i] : 0;
    }
    uint32_t count;
    const TSFieldMapEntry *fields = fields_of(language, production, &count);
    // The library takes the first that fits.
    for (uint32_t i = count; i-- > 0;) {
      if (fields[i].inherited) continue;
      uint32_t *name = &row[fields[i].child_index];
      *name = (*name & UINT16_MAX) | (uint32_t)fields[i].field_id << 16;
    }
  }
}
