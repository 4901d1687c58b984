//! The header: what the bytes are, whose they are, and where the sections lie.

use core::ops::Range;

use xxhash_rust::xxh3::xxh3_64;

use crate::error::{DecodeError, DecodeErrorKind};
use crate::grammar::GrammarId;
use crate::layout::{
    ALIGNMENT, CHECKSUM, FORMAT_VERSION, GRAMMAR, HEADER_LENGTH, LENGTH, LIVE_BYTES, MAGIC, RUNTIME,
    SECTION_COUNT, SECTION_ENTRY, SECTION_TABLE, SECTIONS, SOURCE_HASH, SOURCE_LENGTH, SPARE, SUBTREE_COUNT,
    VERSION,
};
use crate::source::SourceId;

/// What the header of a piece of bytecode says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Release of tree-sitter that made the tree: major << 20 | minor << 10 | patch.
    pub tree_sitter_release: u32,
    /// The grammar that gives the numbers their meaning.
    pub grammar: GrammarId,
    /// The text that the tree was parsed from.
    pub source: SourceId,
    /// What the tree takes from the allocator once it is live, in bytes.
    pub live_bytes: u64,
    /// How many subtrees there are, hidden ones included.
    pub subtree_count: u32,
}

pub(crate) const TOO_SHORT: DecodeError = DecodeError::corrupt("shorter than its header");

/// Where each of [`SECTIONS`] lies.
pub(crate) type SectionRanges = [Range<usize>; SECTIONS.len()];

impl Header {
    /// Writes the header over the first bytes of `bytes`, which hold the sections already.
    pub(crate) fn write(&self, bytes: &mut [u8], sections: &[(u32, u32); SECTIONS.len()]) {
        let length = bytes.len() as u64;
        let mut put =
            |offset: usize, value: &[u8]| bytes[offset..offset + value.len()].copy_from_slice(value);
        put(0, &MAGIC);
        put(VERSION, &FORMAT_VERSION.to_le_bytes());
        put(RUNTIME, &self.tree_sitter_release.to_le_bytes());
        put(LENGTH, &length.to_le_bytes());
        put(GRAMMAR, &self.grammar.0);
        put(SOURCE_HASH, &self.source.hash);
        put(SOURCE_LENGTH, &self.source.length.to_le_bytes());
        put(LIVE_BYTES, &self.live_bytes.to_le_bytes());
        put(SUBTREE_COUNT, &self.subtree_count.to_le_bytes());
        put(SECTION_COUNT, &(SECTIONS.len() as u32).to_le_bytes());
        put(SPARE, &[0; 8]);
        for (i, (kind, &(offset, length))) in SECTIONS.iter().zip(sections).enumerate() {
            let entry = SECTION_TABLE + i * SECTION_ENTRY;
            put(entry, &kind.to_le_bytes());
            put(entry + 4, &[0; 4]);
            put(entry + 8, &offset.to_le_bytes());
            put(entry + 12, &length.to_le_bytes());
        }
        let checksum = xxh3_64(&bytes[LENGTH..]);
        bytes[CHECKSUM..LENGTH].copy_from_slice(&checksum.to_le_bytes());
    }

    /// Reads and checks the header of `bytes`. In this order, each check relying on those before:
    /// magic, version, length, checksum, section table.
    pub(crate) fn read(bytes: &[u8]) -> Result<(Self, SectionRanges), DecodeError> {
        check_start(bytes, &MAGIC)?;
        let header = bytes.first_chunk::<HEADER_LENGTH>().ok_or(TOO_SHORT)?;
        if u64_at(header, LENGTH) != bytes.len() as u64 {
            return Err(DecodeError::corrupt("not as long as its header says"));
        }
        if u64_at(header, CHECKSUM) != xxh3_64(&bytes[LENGTH..]) {
            return Err(DecodeError::corrupt("the checksum does not match"));
        }
        let sections = read_sections(header, bytes.len())?;
        Ok((Self::fields(header), sections))
    }

    /// The fields, whatever the checksum says.
    pub(crate) fn fields(header: &[u8; HEADER_LENGTH]) -> Self {
        Self {
            tree_sitter_release: u32_at(header, RUNTIME),
            grammar: GrammarId(hash_at(header, GRAMMAR)),
            source: SourceId { hash: hash_at(header, SOURCE_HASH), length: u64_at(header, SOURCE_LENGTH) },
            live_bytes: u64_at(header, LIVE_BYTES),
            subtree_count: u32_at(header, SUBTREE_COUNT),
        }
    }
}

/// The first bytes of every form of bytecode: its magic, and behind it the version. They stand where they do in every
/// version, so they are checked before all else.
pub(crate) fn check_start(bytes: &[u8], magic: &[u8; VERSION]) -> Result<(), DecodeError> {
    if !bytes.starts_with(magic) {
        return Err(DecodeError::new(DecodeErrorKind::NotBytecode, "the first bytes are others"));
    }
    match bytes.get(VERSION..RUNTIME) {
        Some(version) if version == FORMAT_VERSION.to_le_bytes() => Ok(()),
        Some(_) => Err(DecodeError::new(DecodeErrorKind::FormatVersion, "this build reads version")),
        None => Err(TOO_SHORT),
    }
}

/// The sections lie one after the other, aligned, in the order of [`SECTIONS`], up to the end.
fn read_sections(header: &[u8; HEADER_LENGTH], total: usize) -> Result<SectionRanges, DecodeError> {
    if u32_at(header, SECTION_COUNT) as usize != SECTIONS.len() || u64_at(header, SPARE) != 0 {
        return Err(DecodeError::corrupt("not the sections of this version"));
    }
    let mut ranges = [const { 0..0 }; SECTIONS.len()];
    let mut end = HEADER_LENGTH;
    for (i, kind) in SECTIONS.into_iter().enumerate() {
        let entry = SECTION_TABLE + i * SECTION_ENTRY;
        let offset = u32_at(header, entry + 8) as usize;
        let length = u32_at(header, entry + 12) as usize;
        if u32_at(header, entry) != kind || u32_at(header, entry + 4) != 0 {
            return Err(DecodeError::corrupt("not the sections of this version"));
        }
        if offset != end.next_multiple_of(ALIGNMENT) || length > total.saturating_sub(offset) {
            return Err(DecodeError::corrupt("a section lies outside"));
        }
        end = offset + length;
        ranges[i] = offset..end;
    }
    if end != total {
        return Err(DecodeError::corrupt("bytes after the last section"));
    }
    Ok(ranges)
}

fn u32_at(header: &[u8; HEADER_LENGTH], offset: usize) -> u32 {
    let mut bytes = [0; 4];
    bytes.copy_from_slice(&header[offset..offset + 4]);
    u32::from_le_bytes(bytes)
}

fn u64_at(header: &[u8; HEADER_LENGTH], offset: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&header[offset..offset + 8]);
    u64::from_le_bytes(bytes)
}

fn hash_at(header: &[u8; HEADER_LENGTH], offset: usize) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(&header[offset..offset + 32]);
    bytes
}
