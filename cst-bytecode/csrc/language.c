// What a grammar's numbers mean, as one canonical byte stream: the input of a grammar's identity.
//
// Names and versions are not enough (absent before ABI 15, and sometimes wrong), and neither are
// they needed: two grammars whose tables are the same give the stored numbers the same meaning.

#include <string.h>
#include "derive.h"

enum {
  // The first ABI whose struct has the fields.
  ABI_PRIMARY_STATES = 14,
  ABI_NAME_AND_RESERVED_WORDS = 15,
};

typedef struct {
  cst_sink sink;
  void *context;
  size_t length;
  uint8_t bytes[16384];
} writer;

static void flush(writer *self) {
  if (self->length > 0) self->sink(self->context, self->bytes, self->length);
  self->length = 0;
}

static void put_u8(writer *self, uint8_t value) {
  if (self->length == sizeof(self->bytes)) flush(self);
  self->bytes[self->length++] = value;
}

static void put_u16(writer *self, uint16_t value) {
  put_u8(self, (uint8_t)value);
  put_u8(self, (uint8_t)(value >> 8));
}

static void put_u32(writer *self, uint32_t value) {
  put_u16(self, (uint16_t)value);
  put_u16(self, (uint16_t)(value >> 16));
}

static void put_u16s(writer *self, const uint16_t *values, size_t count) {
  // Nearly all of a grammar are such numbers, so they are brought into order many at a time.
  while (count > 0) {
    if (sizeof(self->bytes) - self->length < 2) flush(self);
    size_t room = (sizeof(self->bytes) - self->length) / 2;
    size_t taken = count < room ? count : room;
    uint8_t *out = &self->bytes[self->length];
    for (size_t i = 0; i < taken; i++) {
      out[2 * i] = (uint8_t)values[i];
      out[2 * i + 1] = (uint8_t)(values[i] >> 8);
    }
    self->length += taken * 2;
    values += taken;
    count -= taken;
  }
}

// Ends with a NUL, so that no two lists of names run into the same bytes.
static void put_string(writer *self, const char *string) {
  for (; string && *string; string++) put_u8(self, (uint8_t)*string);
  put_u8(self, 0);
}

static void describe_symbols(writer *self, const TSLanguage *language) {
  uint32_t count = language->symbol_count + language->alias_count;
  for (uint32_t i = 0; i < count; i++) {
    TSSymbolMetadata metadata = language->symbol_metadata[i];
    put_string(self, language->symbol_names[i]);
    put_u8(self, (uint8_t)(metadata.visible | metadata.named << 1 | metadata.supertype << 2));
    put_u16(self, language->public_symbol_map[i]);
  }
  // Ends with a zero symbol.
  for (const uint16_t *entry = language->alias_map; *entry != 0; entry += 2 + entry[1]) {
    put_u16s(self, entry, 2 + (size_t)entry[1]);
  }
}

static void describe_productions(writer *self, const TSLanguage *language) {
  put_u16s(self, language->alias_sequences,
    (size_t)language->production_id_count * language->max_alias_sequence_length);
  if (language->field_count == 0) return;
  // Field ids start at 1.
  for (uint32_t i = 1; i <= language->field_count; i++) put_string(self, language->field_names[i]);
  for (uint32_t i = 0; i < language->production_id_count; i++) {
    TSMapSlice slice = language->field_map_slices[i];
    put_u16(self, slice.length);
    for (uint32_t j = 0; j < slice.length; j++) {
      const TSFieldMapEntry *entry = &language->field_map_entries[slice.index + j];
      put_u16(self, entry->field_id);
      put_u8(self, entry->child_index);
      put_u8(self, entry->inherited);
    }
  }
}

static uint32_t larger(uint32_t a, uint32_t b) {
  return a > b ? a : b;
}

// Writes the states' rows; returns the highest index into the action table that a token has.
static uint32_t describe_states(writer *self, const TSLanguage *language) {
  uint32_t last_action = 0;
  for (uint32_t state = 0; state < language->large_state_count; state++) {
    const uint16_t *row = &language->parse_table[(size_t)state * language->symbol_count];
    put_u16s(self, row, language->symbol_count);
    for (uint32_t symbol = 0; symbol < language->token_count; symbol++) {
      last_action = larger(last_action, row[symbol]);
    }
  }
  for (uint32_t state = language->large_state_count; state < language->state_count; state++) {
    const uint16_t *data =
      &language->small_parse_table[language->small_parse_table_map[state - language->large_state_count]];
    uint16_t group_count = *data++;
    put_u16(self, group_count);
    for (uint32_t group = 0; group < group_count; group++) {
      uint16_t value = data[0], symbol_count = data[1];
      put_u16s(self, data, 2 + (size_t)symbol_count);
      if (symbol_count > 0 && data[2] < language->token_count) last_action = larger(last_action, value);
      data += 2 + symbol_count;
    }
  }
  return last_action;
}

static void describe_actions(writer *self, const TSLanguage *language, uint32_t last_action) {
  for (uint32_t i = 0; i <= last_action; i++) {
    uint8_t count = language->parse_actions[i].entry.count;
    put_u8(self, count);
    put_u8(self, language->parse_actions[i].entry.reusable);
    for (uint8_t j = 0; j < count; j++) {
      TSParseAction action = language->parse_actions[++i].action;
      put_u8(self, action.type);
      if (action.type == TSParseActionTypeShift) {
        put_u16(self, action.shift.state);
        put_u8(self, (uint8_t)(action.shift.extra | action.shift.repetition << 1));
      } else if (action.type == TSParseActionTypeReduce) {
        put_u8(self, action.reduce.child_count);
        put_u16(self, action.reduce.symbol);
        put_u16(self, (uint16_t)action.reduce.dynamic_precedence);
        put_u16(self, action.reduce.production_id);
      }
    }
  }
}

static void describe_lexing(writer *self, const TSLanguage *language) {
  uint32_t last_external_state = 0;
  uint32_t last_reserved_set = 0;
  for (uint32_t state = 0; state < language->state_count; state++) {
    TSLexerMode mode = ts_language_lex_mode_for_state(language, (TSStateId)state);
    put_u16(self, mode.lex_state);
    put_u16(self, mode.external_lex_state);
    put_u16(self, mode.reserved_word_set_id);
    last_external_state = larger(last_external_state, mode.external_lex_state);
    last_reserved_set = larger(last_reserved_set, mode.reserved_word_set_id);
    if (language->abi_version >= ABI_PRIMARY_STATES) put_u16(self, language->primary_state_ids[state]);
  }
  put_u16(self, language->keyword_capture_token);
  if (language->external_token_count > 0 && language->external_scanner.states) {
    put_u16s(self, language->external_scanner.symbol_map, language->external_token_count);
    size_t count = (size_t)language->external_token_count * (last_external_state + 1);
    for (size_t i = 0; i < count; i++) put_u8(self, language->external_scanner.states[i]);
  }
  if (last_reserved_set > 0) {
    put_u16s(self, language->reserved_words,
      (size_t)language->max_reserved_word_set_size * (last_reserved_set + 1));
  }
}

static void describe_supertypes(writer *self, const TSLanguage *language) {
  put_string(self, language->name);
  put_u8(self, language->metadata.major_version);
  put_u8(self, language->metadata.minor_version);
  put_u8(self, language->metadata.patch_version);
  put_u32(self, language->supertype_count);
  for (uint32_t i = 0; i < language->supertype_count; i++) {
    TSSymbol supertype = language->supertype_symbols[i];
    TSMapSlice slice = language->supertype_map_slices[supertype];
    put_u16(self, supertype);
    put_u16(self, slice.length);
    put_u16s(self, &language->supertype_map_entries[slice.index], slice.length);
  }
}

void cst_language_describe(const TSLanguage *language, cst_sink sink, void *context) {
  writer self;
  self.sink = sink;
  self.context = context;
  self.length = 0;
  put_u32(&self, language->abi_version);
  put_u32(&self, language->symbol_count);
  put_u32(&self, language->alias_count);
  put_u32(&self, language->token_count);
  put_u32(&self, language->external_token_count);
  put_u32(&self, language->state_count);
  put_u32(&self, language->large_state_count);
  put_u32(&self, language->production_id_count);
  put_u32(&self, language->field_count);
  put_u16(&self, language->max_alias_sequence_length);
  describe_symbols(&self, language);
  describe_productions(&self, language);
  describe_actions(&self, language, describe_states(&self, language));
  describe_lexing(&self, language);
  if (language->abi_version >= ABI_NAME_AND_RESERVED_WORDS) describe_supertypes(&self, language);
  flush(&self);
}
