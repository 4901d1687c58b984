//! Numbers of the format: magic, version, offsets, bits. `docs/format/bytecode.md` explains them.

/// The first eight bytes. As in PNG, a byte beyond ASCII and both kinds of line end, so that a
/// transfer that treats the file as text breaks it visibly.
pub(crate) const MAGIC: [u8; 8] = *b"\x89CST\r\n\x1a\n";

/// Version of the byte format: its own integer, raised by every change that a reader could notice.
pub(crate) const FORMAT_VERSION: u32 = 4;

/// Alignment of the whole and of each section.
pub(crate) const ALIGNMENT: usize = 16;

// Offsets in the header, each from the one before. The first two stand where they are for ever.
pub(crate) const VERSION: usize = MAGIC.len();
pub(crate) const RUNTIME: usize = VERSION + 4;
pub(crate) const CHECKSUM: usize = RUNTIME + 4;
/// Where the checksummed part begins: with all that follows the checksum.
pub(crate) const LENGTH: usize = CHECKSUM + 8;
pub(crate) const GRAMMAR: usize = LENGTH + 8;
pub(crate) const SOURCE_HASH: usize = GRAMMAR + 32;
pub(crate) const SOURCE_LENGTH: usize = SOURCE_HASH + 32;
pub(crate) const LIVE_BYTES: usize = SOURCE_LENGTH + 8;
pub(crate) const SUBTREE_COUNT: usize = LIVE_BYTES + 8;
pub(crate) const SECTION_COUNT: usize = SUBTREE_COUNT + 4;
/// Zero; for future use.
pub(crate) const SPARE: usize = SECTION_COUNT + 4;
pub(crate) const SECTION_TABLE: usize = SPARE + 8;
/// An entry of the section table: kind, spare, offset and length, four bytes each.
pub(crate) const SECTION_ENTRY: usize = 16;

/// What a view reads: shapes, names, records.
pub(crate) const SECTION_STRUCTURE: u32 = 1;
/// What only the parser needs, to go on from the tree: states, exceptions, scanner states.
pub(crate) const SECTION_PARSER_STATE: u32 = 2;
/// The sections of this version, in the order they stand in.
pub(crate) const SECTIONS: [u32; 2] = [SECTION_STRUCTURE, SECTION_PARSER_STATE];
/// Where the first section begins.
pub(crate) const HEADER_LENGTH: usize = SECTION_TABLE + SECTIONS.len() * SECTION_ENTRY;

/// From here on a record's byte is no number of a shape but a page, in which an operand says the place.
pub(crate) const FIRST_PAGE: u8 = 248;
/// Shapes in a page.
pub(crate) const PAGE: usize = 256;
/// Of a record's byte: the number of its shape is an operand of two bytes.
pub(crate) const ESCAPE: u8 = u8::MAX;
/// The first number of a shape that no page has.
pub(crate) const FIRST_ESCAPED: usize = FIRST_PAGE as usize + (ESCAPE - FIRST_PAGE) as usize * PAGE;

/// Zeros after the last operand, so that the first eight bytes of any record's can be read at once.
pub(crate) const OPERANDS_TAIL: usize = 8;

/// Most shapes in a tree, and most links: their numbers are 16 bits.
pub(crate) const MAX_SHAPES: usize = u16::MAX as usize;
/// Most chains in a tree: their numbers are 8 bits, and 0 is none.
pub(crate) const MAX_CHAINS: usize = u8::MAX as usize;
/// Most links in a chain.
pub(crate) const MAX_CHAIN_LENGTH: usize = 16;
/// Most names in a tree: their numbers are 9 bits, and 0 is none.
pub(crate) const MAX_NAMES: usize = 511;

/// Longest serialized state of an external scanner that tree-sitter allows, in bytes.
pub(crate) const MAX_SCANNER_STATE: usize = 1024;

/// Symbol of an error.
pub(crate) const ERROR_SYMBOL: u16 = u16::MAX;

/// Symbol of a group of errors.
pub(crate) const GROUP_OF_ERRORS: u16 = ERROR_SYMBOL - 1;

/// Of a name's second number: whether its alias is a named symbol; the rest is a field.
pub(crate) const NAMED_ALIAS: u16 = 1 << 15;

/// Release of tree-sitter that this crate is built with: major << 20 | minor << 10 | patch.
pub(crate) const TREE_SITTER_RELEASE: u32 = match u32::from_str_radix(env!("CST_TREE_SITTER_RELEASE"), 10) {
    Ok(release) => release,
    // The build script writes the number; zero would match no tree's.
    Err(_) => 0,
};

/// Bits of a subtree's flags.
pub(crate) mod flags {
    pub(crate) const VISIBLE: u16 = 1 << 0;
    pub(crate) const NAMED: u16 = 1 << 1;
    pub(crate) const EXTRA: u16 = 1 << 2;
    pub(crate) const HAS_CHANGES: u16 = 1 << 5;
    pub(crate) const MISSING: u16 = 1 << 9;
    /// Of a parent: an error is in it.
    pub(crate) const HAS_ERROR: u16 = 1 << 12;
    /// Of a shape: an alias stands for its symbol.
    pub(crate) const RENAMED: u16 = 1 << 13;
    /// What crosses to the shim in a shape.
    pub(crate) const SHIM: u16 = (1 << 13) - 1;
    /// Carried by a parent's shape only through its children.
    pub(crate) const EXTERNAL_TOKENS: u16 = 1 << 6;
    pub(crate) const DEPENDS_ON_COLUMN: u16 = 1 << 8;
    pub(crate) const SCANNER_STATE_CHANGE: u16 = 1 << 7;
}

/// Bits that say which derived fields of a subtree are stored because they differ.
pub(crate) mod stored {
    pub(crate) const PADDING: u16 = 1 << 0;
    pub(crate) const SIZE: u16 = 1 << 1;
    pub(crate) const LOOKAHEAD: u16 = 1 << 2;
    pub(crate) const ERROR_COST: u16 = 1 << 3;
    pub(crate) const VISIBLE_CHILD_COUNT: u16 = 1 << 4;
    pub(crate) const NAMED_CHILD_COUNT: u16 = 1 << 5;
    pub(crate) const VISIBLE_DESCENDANT_COUNT: u16 = 1 << 6;
    pub(crate) const REPEAT_DEPTH: u16 = 1 << 7;
    pub(crate) const FIRST_LEAF: u16 = 1 << 8;
    pub(crate) const DEPENDS_ON_COLUMN: u16 = 1 << 9;
    pub(crate) const SCANNER_STATE_CHANGE: u16 = 1 << 10;
    pub(crate) const ALL: u16 = (1 << 11) - 1;
}
