//! The compact form gives back the bytecode that it was made of, or an error.

use std::fs;

use cst_bytecode::{Bytecode, DecodeErrorKind, FORMAT_VERSION};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use crate::golden::folder;
use crate::support::columns::{Columns, INCLUDED_RANGES, NUMBERS, OPERANDS};
use crate::support::compact::{Compact, WIDE};
use crate::support::edits::Change;
use crate::support::mutate::{Choices, Random};
use crate::support::trees::of_many_shapes;
use crate::support::{SAMPLES, aligned, config, sample, subtrees};

const SMALL: &str =
    "def f(a, *b):\n    \"\"\"two\n    lines\"\"\"\n    if a:\n        return f\"{a!r}\"\n  +\n";

fn small() -> Bytecode {
    let sample = sample("python");
    sample.encode(&sample.parse(SMALL), SMALL)
}

/// Round trips of all other tests go through the compact form as well: `check_round_trip`.
#[test]
fn it_is_shorter() {
    for sample in SAMPLES.iter() {
        let bytecode = sample.encode(&sample.parse(sample.sound), sample.sound);
        let compact = bytecode.to_compact().unwrap();
        assert!(compact.len() * 5 < bytecode.as_bytes().len() * 4, "{}: {}", sample.name, compact.len());
    }
}

/// Wide and deep trees, of many shapes: numbers beyond a byte, long child counts, all forms of extents.
#[test]
fn large_trees() {
    let wide = format!("[{}]", "1, ".repeat(70_000) + "1");
    let deep = format!("{}1{}", "[".repeat(3000), "]".repeat(3000));
    for source in [wide, deep, format!("[\"{}\"]", "x".repeat(70_000)), format!("[{}1]", "\n".repeat(70_000))]
    {
        let sample = sample("json");
        let bytecode = sample.encode(&sample.parse(&source), &source);
        let expanded = Bytecode::from_compact(&bytecode.to_compact().unwrap()).unwrap();
        assert!(expanded.as_bytes() == bytecode.as_bytes());
    }
}

#[test]
fn every_truncation() {
    let compact = small().to_compact().unwrap();
    for length in 0..compact.len() {
        let kind = Bytecode::from_compact(&compact[..length]).unwrap_err().kind();
        let expected = if length < 8 { DecodeErrorKind::NotBytecode } else { DecodeErrorKind::Corrupt };
        assert_eq!(kind, expected, "{length}");
    }
}

#[test]
fn bytes_after_the_end() {
    let mut compact = small().to_compact().unwrap();
    compact.push(0);
    assert_eq!(Bytecode::from_compact(&compact).unwrap_err().kind(), DecodeErrorKind::Corrupt);
}

/// The checksum is that of the bytecode: no other comes out, whatever is flipped.
#[test]
fn every_bit_flipped() {
    let sample = sample("python");
    let mut compact = small().to_compact().unwrap();
    for bit in 0..compact.len() * 8 {
        compact[bit / 8] ^= 1 << (bit % 8);
        // The release stands before what the checksum covers.
        let expected = match bit / 8 {
            0..8 => DecodeErrorKind::NotBytecode,
            8..12 => DecodeErrorKind::FormatVersion,
            12..16 => DecodeErrorKind::Runtime,
            _ => DecodeErrorKind::Corrupt,
        };
        let outcome = Bytecode::from_compact(&compact).and_then(|bytecode| bytecode.decode(&sample.grammar));
        assert_eq!(outcome.unwrap_err().kind(), expected, "bit {bit}");
        compact[bit / 8] ^= 1 << (bit % 8);
    }
    assert!(Bytecode::from_compact(&compact).is_ok());
}

/// A second reader, made from the page on the format alone, gives the same bytes.
#[test]
fn a_second_reader() {
    for sample in SAMPLES.iter() {
        for source in sample.sources() {
            let bytecode = sample.encode(&sample.parse(source), source);
            let compact = Compact::read(&bytecode.to_compact().unwrap()).unwrap();
            assert!(compact.expand().unwrap() == bytecode.as_bytes(), "{}", sample.name);
        }
    }
}

/// What no encoder writes is kept as it is.
#[test]
fn bytecode_of_another_writer() {
    let mut columns = Columns::read(small().as_bytes());
    columns.structure[INCLUDED_RANGES].bytes.clear();
    let without_ranges = columns.write();
    let mut columns = Columns::read(small().as_bytes());
    // The root has the first shape: a number of three bytes instead of one.
    columns.structure[NUMBERS].bytes[0] = 255;
    columns.structure[OPERANDS].bytes.splice(..0, [0, 0]);
    for bytes in [without_ranges, columns.write(), with_a_long_number()] {
        let bytecode = Bytecode::copy_from(&bytes).unwrap();
        let mut compact = bytecode.to_compact().unwrap();
        assert_eq!(compact.len(), 112 + bytes.len());
        assert!(Bytecode::from_compact(&compact).unwrap().as_bytes() == bytes);
        for at in 12..compact.len() {
            compact[at] ^= 4;
            assert!(Bytecode::from_compact(&compact).is_err(), "{at}");
            compact[at] ^= 4;
        }
    }
}

/// Bytecode with a number of three bytes that has room in two.
fn with_a_long_number() -> Vec<u8> {
    let (source, mut tree) = of_many_shapes(300);
    let mut text = source.into_bytes();
    // No parent of an edited tree says how many operands there are below it.
    tree.edit(&Change { start: 1, removed: 0, inserted: " " }.apply(&mut text));
    let mut columns = Columns::read(sample("json").encode(&tree, &text).as_bytes());
    let mut records =
        subtrees::read_records(&columns).unwrap().into_iter().filter_map(|subtree| subtree.record);
    let [_, _, numbers, operands, _] = &mut columns.structure[..] else { panic!("five columns") };
    let record = records.find(|record| (248..255).contains(&numbers.bytes[record.number])).unwrap();
    let page = u16::from(numbers.bytes[record.number] - 248);
    let number = page * 256 + u16::from(operands.bytes[record.operands]) + 248;
    numbers.bytes[record.number] = 255;
    operands.bytes.splice(record.operands..=record.operands, number.to_le_bytes());
    columns.write()
}

/// More shapes than a byte has numbers, and than its pages have.
#[test]
fn pages() {
    let (source, tree) = of_many_shapes(2_500);
    let bytecode = sample("json").encode(&tree, &source);
    let compact = bytecode.to_compact().unwrap();
    assert!(Bytecode::from_compact(&compact).unwrap().as_bytes() == bytecode.as_bytes());
    assert!(Compact::read(&compact).unwrap().expand().unwrap() == bytecode.as_bytes());

    let sample = sample("html");
    for count in [200, 255, 256, 257, 300, 600, 900] {
        let source: String =
            (0..count).map(|i| format!("<a{}>{}</a>", " b".repeat(i % 15), "x ".repeat(i))).collect();
        let bytecode = sample.encode(&sample.parse(&source), &source);
        let compact = bytecode.to_compact().unwrap();
        assert!(Bytecode::from_compact(&compact).unwrap().as_bytes() == bytecode.as_bytes(), "{count}");
        assert!(Compact::read(&compact).unwrap().expand().unwrap() == bytecode.as_bytes(), "{count}");
    }
}

/// Expands bytes whose checksum is made to match: what comes out was checked as bytecode is checked when it comes in,
/// and what is refused there is refused here. Whether it was sound; `None` of what means no bytecode at all.
fn check(mut compact: Vec<u8>) -> Option<bool> {
    let meant = Compact::read(&compact).and_then(|compact| compact.expand());
    let Some(meant) = meant else {
        assert!(Bytecode::from_compact(&compact).is_err(), "nothing is meant, and something comes out");
        return None;
    };
    compact[16..24].copy_from_slice(&meant[16..24]);
    let expanded = Bytecode::from_compact(&compact);
    let checked = Bytecode::from_bytes(aligned(&meant));
    match (&expanded, &checked) {
        (Ok(expanded), Ok(_)) => assert!(expanded.as_bytes() == meant, "other bytes come out"),
        (Err(_), Err(_)) => {}
        _ => panic!("expanded: {expanded:?}, checked: {checked:?}"),
    }
    Some(checked.is_ok())
}

/// Every bit of the committed files, beneath a checksum that matches.
#[test]
fn every_bit_flipped_beneath_the_checksum() {
    let mut counts = [0; 3];
    for entry in fs::read_dir(folder(FORMAT_VERSION)).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|form| form != "cstc") {
            continue;
        }
        let compact = fs::read(&path).unwrap();
        for bit in 12 * 8..compact.len() * 8 {
            let mut flipped = compact.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            counts[check(flipped).map_or(2, usize::from)] += 1;
        }
    }
    assert!(counts.iter().all(|&count| count > 3000), "{counts:?}");
}

/// Positions have 32 bits, and so have their sums.
#[test]
fn text_beyond_32_bits() {
    let source = format!("[1,{}2]", "\n".repeat(70_000));
    let sample = sample("json");
    let sound = sample.encode(&sample.parse(&source), &source).to_compact().unwrap();
    let sound = Compact::read(&sound).unwrap();
    // One padding: bytes, rows, columns.
    assert_eq!(sound.streams[WIDE].len(), 12);
    for (at, most) in [(0, u32::MAX - 5), (4, u32::MAX)] {
        let mut compact = sound.clone();
        compact.streams[WIDE][at..at + 4].copy_from_slice(&most.to_le_bytes());
        assert_eq!(check(compact.write(&[0; 8])), Some(true), "{at}");
        compact.streams[WIDE][at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(check(compact.write(&[0; 8])), Some(at == 4), "{at}");
    }
}

/// Changes of streams: elements doubled, dropped, swapped, made extreme.
#[test]
fn changed_streams() {
    let prefixes = SAMPLES.iter().flat_map(|sample| sample.prefixes(7).map(move |source| (sample, source)));
    let sound = prefixes.filter(|(sample, source)| sample.bears(source)).map(|(sample, source)| {
        let compact = sample.encode(&sample.parse(source), source).to_compact().unwrap();
        Compact::read(&compact).unwrap()
    });
    let sound: Vec<_> = sound.collect();
    let mut runner = TestRunner::new_with_rng(config(3000), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let counts = std::cell::Cell::new([0; 3]);
    let outcome = runner.run(&any::<u64>(), |seed| {
        let mut random = Random(seed);
        let mut compact = sound[random.below(sound.len())].clone();
        for _ in 0..1 + random.below(2) {
            change(&mut compact, &mut random);
        }
        let mut sum = counts.get();
        sum[check(compact.write(&[0; 8])).map_or(2, usize::from)] += 1;
        counts.set(sum);
        Ok(())
    });
    outcome.unwrap();
    let counts = counts.get();
    assert!(counts.iter().all(|&count| count > 100), "{counts:?}");
}

fn change(compact: &mut Compact, random: &mut Random) {
    let there: Vec<_> = (0..compact.streams.len()).filter(|&i| !compact.streams[i].is_empty()).collect();
    let stream = &mut compact.streams[there[random.below(there.len())]];
    let (i, j) = (random.below(stream.len()), random.below(stream.len()));
    match random.below(6) {
        0 => stream.swap(i, j),
        1 => stream[i] = stream[j],
        2 => stream[i] ^= 1 << random.below(8),
        3 => drop(stream.remove(i)),
        4 => stream.insert(i, stream[j]),
        _ => stream[i] = [0, 1, 14, 15, 127, 128, 254, 255][random.below(8)],
    }
}

/// Neither takes the other for its own.
#[test]
fn bytecode_is_no_compact_form() {
    let bytecode = small();
    let kind = Bytecode::from_compact(bytecode.as_bytes()).unwrap_err().kind();
    assert_eq!(kind, DecodeErrorKind::NotBytecode);
    let kind = Bytecode::copy_from(&bytecode.to_compact().unwrap()).unwrap_err().kind();
    assert_eq!(kind, DecodeErrorKind::NotBytecode);
}
