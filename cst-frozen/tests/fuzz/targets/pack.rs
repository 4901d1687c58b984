//! Any bytes as a pack: as they are, and with sums that match. What is read is in the bytes, or nothing is read.

use std::{fs, path::PathBuf, sync::Arc};

use cst_frozen::{
    Options, Pack, Writer,
    care::{import, unwatched},
    testkit::Disk,
};

use super::segment;

const HEADER: usize = 64;

/// Opens, reads, checks and imports the bytes. How many records were read.
pub(crate) fn run(data: &[u8]) -> usize {
    let mut mended = data.to_vec();
    mend(&mut mended);
    use_pack(data) + use_pack(&mended)
}

/// Makes every sum fit the bytes, of both headers and of the segment.
fn mend(file: &mut [u8]) {
    let Some(len) = caller_len(file) else { return };
    segment::sum(file, HEADER..HEADER + len, 24);
    segment::sum(file, 0..56, 56);
    let at = (HEADER + len).next_multiple_of(16).min(file.len());
    segment::mend(&mut file[at..]);
}

/// The length of the caller's header, if the file has one.
fn caller_len(file: &[u8]) -> Option<usize> {
    let len = usize::try_from(u64::from_le_bytes(file.get(16..24)?.try_into().ok()?)).ok()?;
    (len <= file.len().checked_sub(HEADER)?).then_some(len)
}

fn use_pack(file: &[u8]) -> usize {
    let path = place();
    fs::write(&path, file).unwrap();
    let pack = Pack::open(&path, Options::default().mmap(false));
    fs::remove_file(&path).unwrap();
    let Ok(pack) = pack else { return 0 };
    let len = caller_len(file).unwrap();
    assert_eq!(pack.header(), &file[HEADER..HEADER + len]);
    let segment = &file[(HEADER + len).next_multiple_of(16)..];
    let mut count = 0;
    for (key, record) in pack.reader().iter().flatten() {
        assert!(segment::has(segment, &key, &record), "{key:?} is not in the file");
        count += 1;
    }
    let _ = (pack.reader().verify(), pack.reader().stats());
    let store = Writer::open_on(Arc::new(Disk::new()), Options::default()).unwrap();
    let imported = import(pack.reader(), &store, &mut |_, _| true, &mut unwatched).unwrap();
    assert_eq!(imported.records, count as u64);
    assert!(store.reader().verify().is_sound());
    count
}

/// A file of this thread's own: several may run at once.
fn place() -> PathBuf {
    let thread = format!("{:?}", std::thread::current().id()).replace(['(', ')'], "");
    std::env::temp_dir().join(format!("cst-frozen-fuzz-{}-{thread}.pack", std::process::id()))
}
