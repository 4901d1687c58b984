//! Packs: many records in one file, made on one machine and read on others.

mod error;
mod layout;
mod mount;
mod write;

use std::{fmt, path::Path, sync::Arc};

pub use error::PackError;

use crate::{Key, Options, Reader, WriteError, layout::slice, medium::Bytes};
use mount::Mount;

/// The version of the pack format that this build writes and reads.
pub const PACK_VERSION: u32 = layout::VERSION;

/// A pack, open for reading: a store in one file, which never changes.
///
/// In front of its records stands a header of the caller's: bytes that this crate hands out as they were given, with their
/// checksum verified. It is for what must match where the pack is used.
///
/// ```
/// use cst_frozen::{Options, Pack};
///
/// # let temporary = tempfile::tempdir()?;
/// # let file = temporary.path().join("trees.pack");
/// Pack::write(&file, b"made by build 7", vec![([1; 32], b"a record".to_vec())])?;
///
/// let pack = Pack::open(&file, Options::default())?;
/// assert_eq!(pack.header(), b"made by build 7");
/// assert_eq!(&*pack.reader().get(&[1; 32])?.expect("it was packed"), b"a record");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Pack {
    file: Arc<Bytes>,
    header_len: u64,
    reader: Reader,
}

impl Pack {
    /// Opens the pack in a file. Takes no lock and writes nothing. Costs a map, or with [`Options::mmap`] off a read of the
    /// whole, and a pass over the index.
    ///
    /// # Errors
    /// [`PackError`]: the file is missing, is not a pack, is one of another version, or is damaged so far that its
    /// records cannot be told. A damaged record is found when it is read, as in a store.
    pub fn open(path: impl AsRef<Path>, options: Options) -> Result<Pack, PackError> {
        let mount = Arc::new(Mount::new(path.as_ref(), options)?);
        let file = mount.file()?;
        let header_len = layout::read(&file, path.as_ref())?;
        let reader = Reader::open_on(Arc::<Mount>::clone(&mount), options)
            .map_err(|source| PackError::Open { path: path.as_ref().to_owned(), source })?;
        // A store serves what it can; a pack that was not copied to its end is better copied again.
        if !matches!(&*reader.shared().snapshot().segments, [segment] if segment.has_both_ends()) {
            return Err(PackError::Damaged { path: path.as_ref().to_owned(), what: "its records" });
        }
        Ok(Pack { file: Arc::new(file), header_len, reader })
    }

    /// Writes a pack of these records to a file, in place of one that is there, at once and for all: until it is complete and
    /// synced, nothing bears the name. Returns its length in bytes.
    ///
    /// The records are sorted by key, and of several with one key the last counts, so that the same records and the same
    /// header make the same bytes, on every machine. Costs about 50 bytes of memory per record,
    /// beside the records themselves.
    ///
    /// # Errors
    /// [`WriteError`]; a file of this name is as it was.
    pub fn write<R: AsRef<[u8]>>(
        path: impl AsRef<Path>,
        header: &[u8],
        records: Vec<(Key, R)>,
    ) -> Result<u64, WriteError> {
        write::write(path.as_ref(), header, records)
    }

    /// Whether a file begins as a pack does. Anything else, also a file that cannot be read, is none.
    #[must_use]
    pub fn is_one(path: impl AsRef<Path>) -> bool {
        layout::is_pack(path.as_ref())
    }

    /// What the caller put in front of the records.
    #[must_use]
    pub fn header(&self) -> &[u8] {
        slice(&self.file, layout::header::LEN as u64, self.header_len).unwrap_or_default()
    }

    /// For reading the records. There is never anything to refresh.
    #[must_use]
    pub fn reader(&self) -> &Reader {
        &self.reader
    }
}

impl fmt::Debug for Pack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pack").field("header", &self.header_len).field("reader", &self.reader).finish()
    }
}
