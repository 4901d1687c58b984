//! An index run: walk, share the files out, commit as it goes.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use cst_frozen::Writer;
use parking_lot::Mutex;

use super::catalog::Entry;
use super::file::Worker;
use super::gate::Gate;
use super::progress::Progress;
use super::report::Report;
use super::retain::Visit;
use super::upkeep::{Quota, Upkeep};
use super::walk::{Found, walk};
use super::weight;
use super::{IndexError, folder};
use crate::cache::Cache;
use crate::error::StoreError;
use crate::grammars::Grammars;
use crate::parsers::Parsers;
use crate::payload::{self, Form};

/// Settings of an index run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// How many files to work on at once.
    pub threads: usize,
    /// How much memory the files in work may take together, in bytes.
    pub memory_budget: u64,
    /// Larger files are skipped; also those that the memory budget could not hold alone.
    pub max_file_bytes: u64,
    /// The zstd level of the stored trees.
    pub compression: i32,
    /// In what form trees are stored that are not there yet.
    pub form: Form,
    /// How much the store may take on disk.
    pub quota: Quota,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            memory_budget: 1 << 30,
            max_file_bytes: 16 << 20,
            compression: payload::LEVEL,
            form: Form::default(),
            quota: Quota::default(),
        }
    }
}

/// Commit after so much time at most: what a kill can cost.
const COMMIT_INTERVAL: Duration = Duration::from_secs(2);

/// Makes sure that `store` has a tree for every file under `path` that a grammar is known for. Files
/// that have not changed since they were last indexed are not parsed, nor read.
///
/// `stop` ends the run early, in good order: what was done is committed.
///
/// Between files and at the end the store is kept in order: segments are merged step by step, a few megabytes at a time, entries
/// of files that are gone are dropped, and a store with a [`Quota`] is brought below it.
///
/// # Errors
///
/// [`IndexError`]: the folder cannot be read, or the store cannot be written, which it cannot with a quota that nothing fits in
/// ([`OverQuota`](cst_frozen::WriteError::OverQuota)). Single files never end a run; they are counted in the [`Report`] by what
/// was wrong with them.
pub fn index(
    path: &Path,
    store_path: &Path,
    store: &Arc<Writer>,
    grammars: &Grammars,
    options: &Options,
    progress: &dyn Progress,
    stop: &AtomicBool,
) -> Result<Report, IndexError> {
    let start = Instant::now();
    let folder = folder(path)?;
    let mut report =
        Report { quarantined_segments: store.reader().stats().quarantined_segments, ..Report::default() };
    let most = options.max_file_bytes.min(options.memory_budget / weight::of_length(1));
    let listing = walk(&folder, store_path, grammars, most, options.threads);
    let files = listing.files;
    (report.skipped, report.failed) = (listing.skipped, listing.failed);
    progress.planned(files.len() as u64, files.iter().map(|file| file.bytes).sum());

    let cache = Cache::builder().memory_budget(0).compression(options.compression).form(options.form);
    let cache = cache.store(store.clone()).build();
    let visit = Visit { folder: &folder, files: &files };
    let upkeep = Upkeep::begin(&cache, store, visit, options.quota, stop).inspect_err(|_| store.abandon())?;
    let mut order: Vec<&Found<'_>> = files.iter().collect();
    if store.quota().is_some() {
        // New trees may displace others, so those that are there are looked for first.
        order.sort_by_cached_key(|file| !Entry::is_known(&**store, &file.path));
    }
    let run = Run {
        files: &order,
        upkeep: &upkeep,
        next: AtomicUsize::new(0),
        gate: Gate::new(options.memory_budget, options.threads),
        cache: &cache,
        store,
        parsers: Parsers::default(),
        last_commit: Mutex::new(Instant::now()),
        progress,
        stop,
        failure: Mutex::new(None),
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..options.threads.max(1)).map(|_| scope.spawn(|| run.work())).collect();
        for worker in workers {
            match worker.join() {
                Ok(done) => report.merge(&done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    if let Some(error) = run.failure.into_inner() {
        store.abandon();
        return Err(error.into());
    }
    let upkept = upkeep.end(report.files, report.known, report.interrupted)?;
    report.forgotten = upkept.forgotten;
    report.evicted = upkept.evicted;
    report.lost = upkept.lost;
    report.quota = store.quota();
    report.finish(start.elapsed(), store.reader().stats().file_bytes);
    Ok(report)
}

struct Run<'a> {
    files: &'a [&'a Found<'a>],
    next: AtomicUsize,
    upkeep: &'a Upkeep<'a>,
    gate: Gate,
    cache: &'a Cache,
    store: &'a Writer,
    parsers: Parsers,
    last_commit: Mutex<Instant>,
    progress: &'a dyn Progress,
    stop: &'a AtomicBool,
    failure: Mutex<Option<StoreError>>,
}

impl Run<'_> {
    /// Takes files until there are none left.
    fn work(&self) -> Report {
        let mut worker = Worker {
            cache: self.cache,
            store: self.store,
            parsers: &self.parsers,
            gate: &self.gate,
            upkeep: self.upkeep,
            report: Report::default(),
        };
        while let Some(file) = self.files.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            if self.stop.load(Ordering::Relaxed) {
                worker.report.interrupted = true;
                break;
            }
            let indexed = worker.index(file).and_then(|()| self.commit_if_due());
            self.progress.advanced(file.bytes);
            if let Err(error) = indexed {
                // The first failure is the one to tell; the others follow from it.
                self.failure.lock().get_or_insert(error);
                self.next.store(self.files.len(), Ordering::Relaxed);
                break;
            }
        }
        worker.report
    }

    fn commit_if_due(&self) -> Result<(), StoreError> {
        // Whoever does not get the lock leaves the commit to who has it.
        let Some(mut last) = self.last_commit.try_lock() else { return Ok(()) };
        let pending = self.store.pending_bytes();
        if self.upkeep.is_due(pending) || (pending > 0 && last.elapsed() >= COMMIT_INTERVAL) {
            self.upkeep.commit()?;
            *last = Instant::now();
        }
        Ok(())
    }
}
