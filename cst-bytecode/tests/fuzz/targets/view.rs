//! Any bytes, read in place: as bytecode, checked or not, and as a compact form. No tree is built, so every grammar bears it.

use cst_bytecode::Bytecode;

use super::SAMPLES;
use super::decode::{grammar_of, mended};
use super::exercise::read_view;

/// Views the input; whether there was something to view.
///
/// An input is bytecode in which the first byte of the grammar's identity numbers the grammar, or a compact form as it is.
pub(crate) fn run(data: &[u8]) -> bool {
    let sample = grammar_of(data, SAMPLES.len());
    let bytecode = mended(data, sample).and_then(|bytes| Bytecode::from_bytes(bytes).ok());
    let unchecked = mended(data, sample).and_then(|bytes| Bytecode::from_checksummed(bytes).ok());
    let expanded = Bytecode::from_compact(data).ok();
    for bytecode in [&unchecked, &expanded].into_iter().flatten() {
        SAMPLES.iter().for_each(|sample| read_view(bytecode, &sample.grammar));
    }
    bytecode.is_some() || expanded.is_some()
}
