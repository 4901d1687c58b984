//! Damaged bytes are refused, and never by a panic.

use cst_bytecode::{Bytecode, DecodeErrorKind, FORMAT_VERSION, compare};

use crate::support::columns::repair_checksum;
use crate::support::exercise::read_view;
use crate::support::{Sample, aligned, sample};

const SMALL: [(&str, &str); 3] = [
    ("json", "{\"a\": [1, tru, \"\u{e9}\"]}\n"),
    ("python", "def f(a):\n    if a:\n        return f\"{a!r}\"\n  +\n"),
    ("html", "<a-tag-with-a-name-of-more-than-24-bytes><b>x</a-tag-with-a-name-of-more-than-24-bytes>"),
];

fn small() -> impl Iterator<Item = (&'static Sample, Bytecode)> {
    SMALL.into_iter().map(|(name, source)| {
        let sample = sample(name);
        (sample, sample.encode(&sample.parse(source), source))
    })
}

fn kind(bytes: &[u8]) -> DecodeErrorKind {
    Bytecode::copy_from(bytes).unwrap_err().kind()
}

#[test]
fn every_truncation() {
    for (_, bytecode) in small() {
        let bytes = bytecode.as_bytes();
        for length in 0..bytes.len() {
            let expected = if length < 8 { DecodeErrorKind::NotBytecode } else { DecodeErrorKind::Corrupt };
            assert_eq!(kind(&bytes[..length]), expected, "{length}");
        }
    }
}

#[test]
fn bytes_after_the_end() {
    for (_, bytecode) in small() {
        for extra in [1, 8, 16, 4096] {
            let mut bytes = bytecode.as_bytes().to_vec();
            bytes.resize(bytes.len() + extra, 0);
            assert_eq!(kind(&bytes), DecodeErrorKind::Corrupt);
        }
    }
}

#[test]
fn every_bit_flipped() {
    for (sample, bytecode) in small() {
        let mut bytes = aligned(bytecode.as_bytes());
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            // Magic, version and release stand before the checksum; all else is covered by it.
            let expected = match bit / 8 {
                0..8 => Err(DecodeErrorKind::NotBytecode),
                8..12 => Err(DecodeErrorKind::FormatVersion),
                12..16 => Err(DecodeErrorKind::Runtime),
                _ => Err(DecodeErrorKind::Corrupt),
            };
            let outcome = Bytecode::from_bytes(&*bytes).and_then(|bytecode| bytecode.decode(&sample.grammar));
            assert_eq!(outcome.map(drop).map_err(|error| error.kind()), expected, "bit {bit}");
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        Bytecode::from_bytes(&*bytes).unwrap();
    }
}

/// With the checksum repaired, only structure stands between a flipped bit and the library.
#[test]
fn every_bit_flipped_and_the_checksum_repaired() {
    for (sample, bytecode) in small() {
        let tree = bytecode.decode(&sample.grammar).unwrap();
        let mut bytes = aligned(bytecode.as_bytes());
        let mut decoded = 0;
        for bit in 24 * 8..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            repair_checksum(&mut bytes);
            if let Ok(bytecode) = Bytecode::copy_from(&bytes) {
                read_view(&bytecode, &sample.grammar);
                let other = bytecode.decode(&sample.grammar);
                decoded += u32::from(other.is_ok_and(|other| compare(&tree, &other).is_err()));
            }
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        assert!(decoded > 0, "no flipped bit made another tree: is the checksum repaired?");
    }
}

#[test]
fn misaligned() {
    let (_, bytecode) = small().next().unwrap();
    let mut memory = aligned(&[0; 8192]);
    for shift in 1..16 {
        let place = &mut memory[shift..shift + bytecode.as_bytes().len()];
        place.copy_from_slice(bytecode.as_bytes());
        let error = Bytecode::from_bytes(&*place).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::Misaligned);
        assert!(Bytecode::copy_from(place).is_ok());
    }
    // Even where there is nothing to read.
    assert_eq!(Bytecode::from_bytes(&memory[1..1]).unwrap_err().kind(), DecodeErrorKind::Misaligned);
}

#[test]
fn not_bytecode() {
    let zeros = [0; 4096];
    for bytes in [&b""[..], b"\x89PNG\r\n\x1a\n", b"[1, 2]", &zeros, b"\x89CST\r\n\x1a"] {
        assert_eq!(kind(bytes), DecodeErrorKind::NotBytecode);
    }
    // A transfer as text shows.
    let (_, bytecode) = small().next().unwrap();
    let text: Vec<u8> = bytecode.as_bytes().iter().copied().filter(|&byte| byte != b'\r').collect();
    assert_eq!(kind(&text), DecodeErrorKind::NotBytecode);
}

#[test]
fn other_versions() {
    let (_, bytecode) = small().next().unwrap();
    let mut bytes = bytecode.as_bytes().to_vec();
    for version in [0, FORMAT_VERSION - 1, FORMAT_VERSION + 1, FORMAT_VERSION << 8, u32::MAX] {
        bytes[8..12].copy_from_slice(&version.to_le_bytes());
        // Told apart from damage, whatever else such a version may have changed.
        assert_eq!(kind(&bytes), DecodeErrorKind::FormatVersion);
        assert_eq!(kind(&bytes[..12]), DecodeErrorKind::FormatVersion);
    }
}

#[test]
fn errors_say_what_to_do() {
    let (_, bytecode) = small().next().unwrap();
    let mut bytes = bytecode.as_bytes().to_vec();
    bytes[8] += 1;
    let said = Bytecode::copy_from(&bytes).unwrap_err().to_string();
    assert!(said.contains("parse the source again"), "{said}");
    assert!(said.contains(&format!("this build reads version {FORMAT_VERSION}")), "{said}");
}
