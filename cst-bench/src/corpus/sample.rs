//! The samples built in here: the same bytes on every machine, and no download.

macro_rules! samples {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_bytes!(concat!("../../samples/", $path)))),*]
    };
}

/// Path below `samples`, whose first part is the language, and content. `driver.c` has syntax errors.
pub(super) const SAMPLES: &[(&str, &[u8])] =
    samples!["c/driver.c", "c/table.c", "python/planner.py", "rust/ledger.rs", "typescript/router.ts"];
