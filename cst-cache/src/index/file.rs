//! One file: look it up, or read, parse and store it.

use std::fs::File;
use std::io::{self, Read};
use std::time::{Instant, SystemTime};

use cst_frozen::{WriteError, Writer};

use super::catalog::{Entry, Stamp, build_id};
use super::gate::{Gate, Pass};
use super::report::Report;
use super::upkeep::Upkeep;
use super::walk::Found;
use super::weight;
use crate::cache::{Cache, Frozen};
use crate::document::Document;
use crate::error::StoreError;
use crate::parsers::Parsers;
use crate::payload;
use crate::store::{Damaged, Store};

/// How many bytes to look at for a NUL, as git and ripgrep do.
const BINARY_PROBE: usize = 8192;

/// What one worker needs.
pub(super) struct Worker<'a> {
    pub(super) cache: &'a Cache,
    pub(super) store: &'a Writer,
    pub(super) parsers: &'a Parsers,
    pub(super) gate: &'a Gate,
    pub(super) upkeep: &'a Upkeep<'a>,
    pub(super) report: Report,
}

/// A file as it was read.
struct Content {
    bytes: Vec<u8>,
    /// Absent where the file changed meanwhile, or may have without a trace.
    stamp: Option<Stamp>,
}

impl Worker<'_> {
    /// Makes sure that the store has the file's tree.
    pub(super) fn index(&mut self, file: &Found<'_>) -> Result<(), StoreError> {
        let Some(path) = file.path.to_str() else {
            self.report.skipped.add("path_not_utf8");
            return Ok(());
        };
        // Before the gate: who holds a part of the memory must not wait for who waits for memory.
        let _all_stays = self.upkeep.hold();
        let pass = self.gate.enter(weight::of_length(file.bytes));
        let known = Entry::load(self.store, path).unwrap_or_else(|Damaged| {
            self.report.damaged += 1;
            None
        });
        self.report.known += u64::from(known.is_some());
        if let Some(entry) = &known
            && self.is_unchanged(file, entry)
            && self.holds_tree(entry)
        {
            self.count(entry);
            self.report.hits += 1;
            return Ok(());
        }
        let content = match self.read(file) {
            Ok(content) => content,
            Err(_) => {
                self.report.failed.add("unreadable");
                return Ok(());
            }
        };
        if content.bytes[..content.bytes.len().min(BINARY_PROBE)].contains(&0) {
            self.report.skipped.add("binary");
            return Ok(());
        }
        if str::from_utf8(&content.bytes).is_err() {
            self.report.skipped.add("not_utf8");
            return Ok(());
        }
        self.store_content(pass, file, path, &content, known.as_ref())
    }

    fn store_content(
        &mut self,
        pass: Pass<'_>,
        file: &Found<'_>,
        path: &str,
        content: &Content,
        known: Option<&Entry>,
    ) -> Result<(), StoreError> {
        let document = Document::new(&file.language.grammar, &content.bytes);
        let frozen = if let Some(frozen) = self.stored(&document) {
            self.report.hits += 1;
            frozen
        } else {
            if known.is_some_and(|entry| entry.tree_key() == Some(document.key().0)) {
                self.report.damaged += 1;
            }
            let weight = weight::of_source(&content.bytes);
            if !self.gate.could_hold(weight) {
                self.report.skipped.add("over_memory_budget");
                return Ok(());
            }
            let _pass = pass.exchange(weight);
            let Some(frozen) = self.parse(&document)? else { return Ok(()) };
            self.report.parsed += 1;
            frozen
        };
        let entry = Entry {
            path: path.to_owned(),
            language: file.language.name.to_owned(),
            build: build_id(&file.language.grammar),
            key: document.key().to_string(),
            stamp: content.stamp,
            bytes: content.bytes.len() as u64,
            lines: lines(&content.bytes),
            subtrees: frozen.subtrees,
            live_bytes: frozen.live_bytes,
            stored_bytes: frozen.stored_bytes,
        };
        // A file whose time says nothing is read again each time; that alone is not worth a record.
        if known != Some(&entry) {
            Store::put(self.store, &Entry::record_key(path), &entry.payload())?;
        }
        self.count(&entry);
        Ok(())
    }

    /// Parses and stores the document; `None` where that failed for a reason of its own.
    fn parse(&mut self, document: &Document<'_>) -> Result<Option<Frozen>, StoreError> {
        let start = Instant::now();
        let parsed = self.parsers.parse(document, None);
        self.report.parse_seconds += start.elapsed().as_secs_f64();
        let Ok(tree) = parsed else {
            self.report.failed.add("parse");
            return Ok(None);
        };
        let start = Instant::now();
        let encoded = self.cache.encode(document, &tree);
        self.report.encode_seconds += start.elapsed().as_secs_f64();
        drop(tree);
        let Ok(bytecode) = encoded else {
            self.report.failed.add("encode");
            return Ok(None);
        };
        let start = Instant::now();
        let frozen = self.cache.freeze_bytecode(document, &bytecode);
        self.report.store_seconds += start.elapsed().as_secs_f64();
        match frozen {
            Err(StoreError::Write(WriteError::OverQuota { .. })) => {
                self.report.skipped.add("over_quota");
                Ok(None)
            }
            frozen => frozen.map(Some),
        }
    }

    /// Whether size and time say that the file is the one that the catalog knows.
    fn is_unchanged(&self, file: &Found<'_>, entry: &Entry) -> bool {
        entry.build == build_id(&file.language.grammar)
            && entry.stamp.is_some()
            && file.path.metadata().is_ok_and(|metadata| Stamp::of(&metadata) == entry.stamp)
    }

    /// Whether the store has the entry's tree, undamaged: reads it whole, for its checksum.
    fn holds_tree(&self, entry: &Entry) -> bool {
        let mut is_tree = false;
        let key = entry.tree_key().unwrap_or_default();
        let read = self.store.read(&key, &mut |payload| is_tree = payload::is_tree(payload));
        matches!(read, Ok(true)) && is_tree
    }

    /// What the store has of the document already, as of another file of the same content.
    fn stored(&self, document: &Document<'_>) -> Option<Frozen> {
        let mut frozen = None;
        let look = &mut |payload: &[u8]| {
            let bytecode = payload::unpack(payload).filter(|bytecode| document.owns(bytecode.header()));
            frozen = bytecode.map(|bytecode| Frozen::of(&bytecode, payload));
        };
        self.store.read(&document.key().0, look).ok()?;
        frozen
    }

    fn read(&mut self, file: &Found<'_>) -> io::Result<Content> {
        let mut handle = File::open(&file.path)?;
        let before = Stamp::of(&handle.metadata()?);
        // One byte more than was found, so that a file that has grown shows.
        let mut bytes = Vec::with_capacity(usize::try_from(file.bytes).unwrap_or(0).saturating_add(1));
        handle.by_ref().take(file.bytes.saturating_add(1)).read_to_end(&mut bytes)?;
        let after = Stamp::of(&handle.metadata()?);
        let unchanged = before == after && bytes.len() as u64 == file.bytes;
        if !unchanged {
            self.report.changed_while_read += 1;
        }
        let settled = |stamp: &Stamp| unchanged && stamp.is_settled(SystemTime::now());
        Ok(Content { bytes, stamp: after.filter(settled) })
    }

    fn count(&mut self, entry: &Entry) {
        self.report.files += 1;
        self.report.lines += entry.lines;
        self.report.source_bytes += entry.bytes;
        self.report.live_tree_bytes += entry.live_bytes;
    }
}

/// How many line feeds there are, counted in slices with sums of a byte, so that a compiler takes many bytes at a time.
fn lines(source: &[u8]) -> u64 {
    let of = |slice: &[u8]| u64::from(slice.iter().map(|&byte| u8::from(byte == b'\n')).sum::<u8>());
    source.chunks(255).map(of).sum()
}
