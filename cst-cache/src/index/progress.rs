//! Telling a person how far the work is.

/// Hears how far an index or a verify run is. Called from many threads.
pub trait Progress: Sync {
    /// The work is known now: so many files with so many bytes.
    fn planned(&self, files: u64, bytes: u64);

    /// One more file of so many bytes is done, whatever came of it.
    fn advanced(&self, bytes: u64);
}

/// Tells nobody.
impl Progress for () {
    fn planned(&self, _: u64, _: u64) {}

    fn advanced(&self, _: u64) {}
}
