//! Sound bytecode, changed field by field, with sums that match again.

use cst_bytecode::{Bytecode, SourceId};

use super::columns::Columns;
use super::exercise::read_view;
use super::mutate::{Choices as _, Script, mutate};
use super::{Edit, SAMPLES, use_tree};

/// Changes the bytecode of a sample and decodes it; whether a tree came back.
///
/// An input is a number of a source, then choices: what to change, and an edit.
pub(crate) fn run(data: &[u8]) -> bool {
    let mut script = Script(data);
    let number = script.below(SAMPLES.len() * 2);
    let sample = &SAMPLES[number / 2];
    let source = sample.sources[number % 2].as_bytes();
    let tree = sample.parser().parse(source, None).expect("a tree");
    let sound = Bytecode::encode_with(&sample.grammar, &tree, &SourceId::of(source)).unwrap();
    let mut columns = Columns::read(sound.as_bytes());
    mutate(&mut columns, sample.grammar.language(), &mut script);
    let edit = Edit::choose(&mut script, source.len());
    let Ok(bytecode) = Bytecode::copy_from(&columns.write()) else { return false };
    read_view(&bytecode, &sample.grammar);
    let Ok(tree) = bytecode.decode(&sample.grammar) else { return false };
    use_tree(sample, &tree, source, &edit);
    true
}
