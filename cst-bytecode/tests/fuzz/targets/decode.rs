//! Any bytes, taken for bytecode: as they are, and with an envelope that fits them.

use cst_bytecode::{AlignedBytes, Bytecode, TREE_SITTER_RELEASE};

use super::columns::{put_u32, repair_checksum};
use super::exercise::read_view;
use super::{Edit, SAMPLES, Sample, WITH_ROBUST_SCANNERS, use_tree};

/// Offsets in the header, and its length.
const RELEASE: usize = 12;
const LENGTH: usize = 24;
const GRAMMAR: usize = 32;
const HEADER: usize = 160;

/// Decodes the input; whether a tree came back.
///
/// An input is bytecode in which the first byte of the grammar's identity numbers the grammar.
pub(crate) fn run(data: &[u8]) -> bool {
    let sample = grammar_of(data, WITH_ROBUST_SCANNERS);
    let as_they_are = decode(sample, AlignedBytes::copy_from(data));
    mended(data, sample).is_some_and(|bytes| decode(sample, bytes)) || as_they_are
}

/// The grammar that the input names, one of the first so many.
pub(super) fn grammar_of(data: &[u8], most: usize) -> &'static Sample {
    &SAMPLES[data.get(GRAMMAR).map_or(0, |&byte| usize::from(byte) % most)]
}

/// The input in an envelope that fits it: a fuzzer hits upon neither a checksum nor the hash of a grammar.
pub(super) fn mended(data: &[u8], sample: &Sample) -> Option<AlignedBytes> {
    let mut bytes = AlignedBytes::copy_from(data);
    if bytes.len() < HEADER {
        return None;
    }
    put_u32(&mut bytes, RELEASE, TREE_SITTER_RELEASE);
    let length = bytes.len() as u64;
    bytes[LENGTH..GRAMMAR].copy_from_slice(&length.to_le_bytes());
    bytes[GRAMMAR..GRAMMAR + 32].copy_from_slice(&sample.grammar.id().0);
    repair_checksum(&mut bytes);
    Some(bytes)
}

fn decode(sample: &Sample, bytes: AlignedBytes) -> bool {
    let Ok(bytecode) = Bytecode::from_bytes(bytes) else { return false };
    // Other bytes may say the same; those that come back are the same, or none.
    if let Ok(compact) = bytecode.to_compact()
        && let Ok(expanded) = Bytecode::from_compact(&compact)
    {
        assert!(expanded.as_bytes() == bytecode.as_bytes(), "the compact form gives other bytes");
    }
    read_view(&bytecode, &sample.grammar);
    let Ok(tree) = bytecode.decode(&sample.grammar) else { return false };
    let source = sample.sources[0].as_bytes();
    use_tree(sample, &tree, source, &Edit { at: source.len() / 2, removed: 1, inserted: b"(" });
    true
}
