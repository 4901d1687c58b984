//! The one place that maps memory, and the only unsafe code of this crate.

use std::{fs::File, io};

use memmap2::Mmap;

/// Maps a published segment, or one that only its writer knows and has finished writing.
///
/// # Errors
/// What the operating system answers, for instance that it has no more address space.
#[expect(unsafe_code, reason = "mapping a file is unsafe by nature, see SAFETY")]
pub(crate) fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: a map is sound as long as the bytes below it do not change and the file does not shrink while it lives.
    // * The only files that are mapped are segments and packs (`Folder::read` is only called on them, and on `STORE`, which
    //   is written in the same way). A pack is replaced as a segment is, and never opened for writing. A segment is written once,
    //   by the one writer that holds the folder's lock, under a temporary name which no reader maps; its writer maps it
    //   after the last write and after closing the file. It then gets its name, which changes nothing in it.
    // * Nothing in this crate opens an existing segment for changing its bytes: `Folder::create` refuses to open a file
    //   that exists, `Folder::sync` opens one but writes nothing, compaction writes a new file.
    // * A segment is removed by unlinking it or by renaming another over it, which leaves the mapped inode as it was
    //   (on Windows both fail while the map lives, and that failure is tolerated).
    // * Every access goes through bounds-checked slices of `u8`, for which each value is valid, and nothing is trusted
    //   because it was checked before: no memory safety rests on a checksum.
    // Whoever has the right to write into the folder can break this by editing or truncating a segment, as with every
    // mapped file; `Options::mmap(false)` is for folders where that is to be feared.
    unsafe { Mmap::map(file) }
}
