//! The compact form gives back the bytecode that it was made of, or an error.

use cst_bytecode::{Bytecode, DecodeErrorKind};

use crate::support::{SAMPLES, sample};

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
        assert!(compact.len() * 10 < bytecode.as_bytes().len() * 9, "{}: {}", sample.name, compact.len());
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

/// Neither takes the other for its own.
#[test]
fn bytecode_is_no_compact_form() {
    let bytecode = small();
    let kind = Bytecode::from_compact(bytecode.as_bytes()).unwrap_err().kind();
    assert_eq!(kind, DecodeErrorKind::NotBytecode);
    let kind = Bytecode::copy_from(&bytecode.to_compact().unwrap()).unwrap_err().kind();
    assert_eq!(kind, DecodeErrorKind::NotBytecode);
}
