//! What bytes that are made to take memory can take. Alone in its process: the counts are of all threads.

use cst_bench::corpus::{Corpus, parse};
use cst_bench::count::{Counting, count};
use cst_bytecode::Bytecode;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What `Bytecode::from_compact` promises: bytes for each of its input.
const PER_BYTE: u64 = 350;
/// Tables that it makes whatever the input.
const ALWAYS: u64 = 1 << 17;

/// Where the streams of a compact form begin. `docs/format/compact.md` says what is in it.
const STREAMS: usize = 108;
const NUMBERS: u32 = 0;
const DIFFERENCES: u32 = 5;
const CHILD_COUNTS: u32 = 7;
const FORMS: u32 = 10;
const NAMES: u32 = 13;
const CHAINS: u32 = 15;
const LINKS: u32 = 16;
const PRECEDENCES: u32 = 17;
const SCANNER_STATE_ENDS: u32 = 21;

/// A compact form with these streams; the header is another's.
fn compact(header: &[u8], streams: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = header[..STREAMS].to_vec();
    bytes.extend(streams.iter().map(|(stream, _)| 1_u32 << stream).sum::<u32>().to_le_bytes());
    for (_, stream) in streams {
        let mut length = stream.len();
        while length >= 0x80 {
            bytes.push(length as u8 | 0x80);
            length >>= 7;
        }
        bytes.push(length as u8);
    }
    streams.iter().for_each(|(_, stream)| bytes.extend_from_slice(stream));
    bytes
}

/// One test: two would count each other.
#[test]
fn a_compact_form_takes_no_more_than_it_is_said_to() {
    let corpus = Corpus::sample().unwrap();
    let language = corpus.languages.first().unwrap();
    let file = &language.files[0];
    let tree = parse(&mut language.parser().unwrap(), file).unwrap();
    let sound = Bytecode::encode(&tree, &file.source).unwrap().to_compact().unwrap();
    let (read, whole) = count(|| Bytecode::from_compact(&sound).is_ok());
    assert!(read && whole.peak_bytes > 0, "it counts");

    // The first shape is a hidden parent with so many children and an extent of the longest form.
    let parent =
        |children: u8| vec![(DIFFERENCES, vec![2 | 16]), (CHILD_COUNTS, vec![children]), (FORMS, vec![24])];
    // One leaf, of which nothing is said.
    let leaf = || vec![(NUMBERS, vec![0]), (DIFFERENCES, vec![0])];
    let with = |number: u32, stream: Vec<u8>, others: Vec<(u32, Vec<u8>)>| {
        let mut streams = [vec![(number, stream)], others].concat();
        streams.sort_unstable_by_key(|&(number, _)| number);
        streams
    };
    // Also where what grows has just been copied to twice as much room.
    for size in [10_000, 1_000_000, (1 << 17) + 1] {
        let cases = [
            ("parents in parents", with(NUMBERS, vec![0; size], parent(1))),
            ("parents of many", with(NUMBERS, vec![0; size], parent(14))),
            ("shapes that differ in nothing", vec![(DIFFERENCES, vec![0; size.min(60_000)])]),
            ("names", with(NAMES, vec![0; size.min(511)], leaf())),
            ("chains", with(CHAINS, vec![0; size], leaf())),
            ("links", with(LINKS, vec![0; size], leaf())),
            ("precedences", with(PRECEDENCES, vec![0; size / 8 * 8], leaf())),
            ("ends of scanner states", with(SCANNER_STATE_ENDS, vec![0; size / 4 * 4], leaf())),
        ];
        for (name, streams) in cases {
            let bytes = compact(&sound, &streams);
            let (is_sound, heap) = count(|| Bytecode::from_compact(&bytes).is_ok());
            assert!(!is_sound, "{name}: no tree has that checksum");
            let most = PER_BYTE * bytes.len() as u64 + ALWAYS;
            assert!(heap.peak_bytes <= most, "{name}: {} bytes of {}", heap.peak_bytes, bytes.len());
            println!("{name}: {:.1} bytes a byte", heap.peak_bytes as f64 / bytes.len() as f64);
        }
    }
}
