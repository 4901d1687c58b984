//! Files written once and committed: bytes that stay readable, or are refused by name.

use std::fs;
use std::path::PathBuf;

use cst_bytecode::{Bytecode, DecodeErrorKind, FORMAT_VERSION, TREE_SITTER_RELEASE, compare};
use tree_sitter::Tree;

use crate::support::columns::{put_u32, repair_checksum};
use crate::support::{Sample, aligned, sample};

/// The release that the committed files were written with: 0.27.1.
const GOLDEN_RELEASE: u32 = 27 << 10 | 1;

/// The folder of the files of this version.
pub(crate) fn folder(version: u32) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(version.to_string())
}

#[test]
fn committed_files() {
    for name in ["rust", "python", "json", "html"] {
        let sample = sample(name);
        for (case, source) in [("sound", sample.sound), ("broken", sample.broken)] {
            let path = folder(FORMAT_VERSION).join(format!("{name}_{case}.cstb"));
            let bytes = fs::read(&path).unwrap_or_else(|error| {
                panic!(
                    "{}: {error}; write it with `cargo run -p cst-bytecode --example bless-golden`",
                    path.display()
                )
            });
            check(name, source, &bytes);
            let bytecode = Bytecode::copy_from(&bytes).unwrap();
            let compact = fs::read(path.with_extension("cstc")).unwrap();
            assert!(bytecode.to_compact().unwrap() == compact, "{name}: another compact form");
            assert!(*Bytecode::from_compact(&compact).unwrap().as_bytes() == *bytes, "{name}");
        }
    }
}

/// They say what they are, so nobody takes them for damaged.
#[test]
fn files_of_other_versions() {
    for version in 1..FORMAT_VERSION {
        let mut files = 0;
        for entry in fs::read_dir(folder(version)).unwrap() {
            let path = entry.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            let is_compact = path.extension().is_some_and(|form| form == "cstc");
            let read = if is_compact { Bytecode::from_compact } else { Bytecode::copy_from };
            let error = read(&bytes).unwrap_err();
            assert_eq!(error.kind(), DecodeErrorKind::FormatVersion);
            files += 1;
        }
        assert!(files >= 8, "{files} files of version {version}");
    }
}

/// What happens when bytes come in needs no grammar, and no C: Miri runs it, on a big-endian machine as well.
#[test]
fn taken_in_without_a_grammar() {
    let (mut files, mut refused) = (0, 0);
    for entry in fs::read_dir(folder(FORMAT_VERSION)).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        if path.extension().is_some_and(|form| form == "cstc") {
            let compact = Bytecode::from_compact(&bytes).unwrap().to_compact().unwrap();
            assert!(compact == bytes, "{}", path.display());
            continue;
        }
        let bytecode = Bytecode::copy_from(&bytes).unwrap();
        let subtree_count = u32::from_le_bytes(bytes[112..116].try_into().unwrap());
        assert_eq!(bytecode.header().subtree_count, subtree_count);
        assert_eq!(bytecode.header().tree_sitter_release, GOLDEN_RELEASE);
        // The tables at the end of the sections say where the columns are.
        // Miri takes a thousand times as long.
        let step = if cfg!(miri) { 100 } else { 1 };
        let table = (bytes.len() - 72..bytes.len()).step_by(step);
        for at in table.chain((136..bytes.len()).step_by(71 * step)) {
            let mut changed = aligned(&bytes);
            changed[at] ^= 0x41;
            repair_checksum(&mut changed);
            refused += usize::from(Bytecode::from_bytes(changed).is_err());
        }
        files += 1;
    }
    assert!(files >= 8 && refused > files, "{refused} changes of {files} files were refused");
}

fn check(name: &str, source: &str, bytes: &[u8]) {
    let sample = sample(name);
    let bytecode = Bytecode::copy_from(bytes).unwrap();
    assert_eq!(bytecode.header().tree_sitter_release, GOLDEN_RELEASE);
    let decoded = bytecode.decode(&sample.grammar);
    let tree = sample.parse(source);
    if TREE_SITTER_RELEASE != GOLDEN_RELEASE {
        assert_eq!(decoded.unwrap_err().kind(), DecodeErrorKind::Runtime, "{name}");
        check_of_another_release(sample, source, &tree, bytes);
        return;
    }
    if bytecode.header().grammar != sample.grammar.id() {
        // Another release of the grammar crate: the numbers may mean something else.
        assert_eq!(decoded.unwrap_err().kind(), DecodeErrorKind::Grammar, "{name}");
        return;
    }
    compare(&tree, &decoded.unwrap()).unwrap();
    let fresh = sample.encode(&tree, source);
    assert!(fresh.as_bytes() == bytes, "{name}: other bytes; a change of the format needs a new version");
}

/// The same tree gives the same bytes under every release, but for the release itself and the checksum.
fn check_of_another_release(sample: &Sample, source: &str, tree: &Tree, bytes: &[u8]) {
    let mut own = aligned(bytes);
    put_u32(&mut own, 12, TREE_SITTER_RELEASE);
    repair_checksum(&mut own);
    let decoded = Bytecode::from_bytes(&*own).unwrap().decode(&sample.grammar);
    let is_same_tree = decoded.is_ok_and(|decoded| compare(tree, &decoded).is_ok());
    let is_same_bytes = *own == *sample.encode(tree, source).as_bytes();
    assert_eq!(is_same_tree, is_same_bytes, "{}", sample.name);
    // Releases differ in how they recover from errors, and in nothing else that these texts show.
    assert!(is_same_tree || source == sample.broken, "{}: another tree of a sound text", sample.name);
}
