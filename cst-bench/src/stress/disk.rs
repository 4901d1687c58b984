//! A simulated disk that fails, fills up and crashes: what was synced is there afterwards.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use cst_cache::{Cache, Durability, Form};
use cst_frozen::testkit::{Disk, Failure, Survival};
use cst_frozen::{Compactor, OpenError, Options, Reader, WriteError, Writer};

use super::compaction;
use super::generator::{Draft, Generator, VERSIONS_OF_A_TEXT};
use super::ledger::{Ack, Change, Ledger, WORKERS};
use super::oracle::Oracle;
use super::protocol::{Assignment, Promise, Voice};
use crate::error::Error;
use crate::random::Random;

const FILES: usize = 28;
const KINDS: [ErrorKind; 4] =
    [ErrorKind::StorageFull, ErrorKind::Other, ErrorKind::PermissionDenied, ErrorKind::Interrupted];

/// Uses one disk after the other until it is told to end.
pub(crate) fn run(voice: &Voice, task: &Assignment) -> Result<(), Error> {
    let oracle = Oracle::new(Generator { seed: task.texts })?;
    let mut random = Random::of(&[task.seed]);
    while !voice.is_over() {
        let mut life = Life { voice, oracle: &oracle, random: Random::of(&[random.next_u64()]), count: 0 };
        let (mut disk, mut ledger) = (Disk::new(), Ledger::default());
        // A machine that crashes is started again, with what is left on its disk.
        for _ in 0..life.random.between(1, 4) {
            life.use_disk(&disk, &mut ledger)?;
            disk = disk.after_crash(match life.random.below(6) {
                0 => Survival::Nothing,
                1 => Survival::Everything,
                2 => Survival::Names,
                3 => Survival::Contents,
                _ => Survival::Some(life.random.next_u64()),
            });
            life.check(&disk, &mut ledger)?;
            if voice.is_over() {
                break;
            }
        }
        voice.tell();
        std::thread::sleep(Duration::from_millis(random.below(200) as u64));
    }
    Ok(())
}

struct Life<'a> {
    voice: &'a Voice,
    oracle: &'a Oracle,
    random: Random,
    /// Operations so far; those of both halves of the ledger are counted as one.
    count: u64,
}

impl Life<'_> {
    /// Writes to a disk that fails now and then, up to a crash or for a while.
    fn use_disk(&mut self, disk: &Disk, ledger: &mut Ledger) -> Result<(), Error> {
        let faults = self.random.below(5);
        for _ in 0..faults {
            let operation = disk.operations() + 1 + self.random.below(400) as u64;
            let kind = KINDS[self.random.below(KINDS.len())];
            disk.fail_at(operation, Failure::Error(kind));
        }
        if self.random.once_in(2) {
            disk.fail_at(disk.operations() + 1 + self.random.below(600) as u64, Failure::Crash);
        }
        if self.random.once_in(4) {
            disk.set_capacity(Some(self.random.between(1_000, 300_000) as u64));
        }
        // One more, for each life of a disk ends in a crash.
        self.voice.count(|tally| tally.faults += faults as u64 + 1);
        // It may be the opening that fails.
        let Ok(writer) = Writer::open_on(Arc::new(disk.clone()), Options::default()) else { return Ok(()) };
        let writer = Arc::new(writer);
        let budget = self.random.between(0, 4 << 20) as u64;
        let form = [Form::Compact, Form::Plain][self.random.below(2)];
        let cache = Cache::builder().memory_budget(budget).form(form).store(writer.clone()).build();
        let compactor = self.compact_beside(&writer)?;
        let mut lost = 0;
        for _ in 0..self.random.between(20, 200) {
            if disk.is_crashed() || self.voice.is_over() {
                break;
            }
            let went_wrong = self.step(&cache, &writer, ledger)?;
            let now_lost = cache.stats().lost_to_write_errors;
            if went_wrong || now_lost > lost {
                ledger.doubt();
            }
            lost = now_lost;
        }
        compactor.map_or(Ok(()), |compactor| self.judge(compactor))
    }

    /// Starts the store's own thread that compacts, for every second disk.
    fn compact_beside(&mut self, writer: &Arc<Writer>) -> Result<Option<Compactor>, Error> {
        if self.random.once_in(2) {
            return Ok(None);
        }
        let pace = compaction::hasty(&mut self.random);
        Compactor::start(writer, pace).map(Some).map_err(Error::during("starting to compact"))
    }

    /// What a disk that fails makes of compaction is an error of the disk, and no other.
    fn judge(&self, compactor: Compactor) -> Result<(), Error> {
        if !compactor.is_running() {
            return Err(Error::new("the thread that compacts has ended by itself"));
        }
        let progress = compactor.stop();
        self.voice.count(|tally| tally.operations += progress.steps);
        let Some(error) = progress.last_error else { return Ok(()) };
        let kind = match &*error {
            WriteError::Full { source, .. }
            | WriteError::ReadOnly { source, .. }
            | WriteError::Io { source, .. } => Some(source.kind()),
            _ => None,
        };
        if kind.is_some_and(|kind| KINDS.contains(&kind)) {
            return Ok(());
        }
        Err(Error::during("compacting in the background")(error))
    }

    /// One operation; whether the disk let it down.
    fn step(&mut self, cache: &Cache, writer: &Writer, ledger: &mut Ledger) -> Result<bool, Error> {
        let file = self.random.below(FILES) as u32;
        let version = self.random.below(2) as u32 * VERSIONS_OF_A_TEXT + self.random.below(2) as u32;
        let draft = Draft { file, version };
        let text = self.oracle.generator.text(draft);
        let document = self.oracle.document(draft, &text)?;
        self.count += 1;
        self.voice.count(|tally| tally.operations += 1);
        let before = cache.stats().lost_to_write_errors;
        let outcome = match self.random.below(40) {
            0..12 => {
                ledger.announce(self.count, Change::Keep, draft);
                cache.get_or_parse(&document).map(drop).map_err(Error::during("parsing"))?;
                true
            }
            12..16 => {
                ledger.announce(self.count, Change::Freeze, draft);
                let tree = self.oracle.parse(draft, &text, None)?;
                cache.freeze_tree(&document, &tree).is_ok()
            }
            16..22 => {
                ledger.announce(self.count, Change::Remove, draft);
                cache.remove(&document).is_ok()
            }
            22..30 => {
                let tree = cache.get(&document);
                if let Some(tree) = &tree {
                    self.compare(draft, tree);
                }
                self.voice.count(|tally| tally.misses += u64::from(tree.is_none()));
                true
            }
            30..33 => cache.maintain().is_ok(),
            33..36 => self.acknowledged(cache.flush().is_ok(), Ack::Flush, before, cache, ledger),
            36..38 => {
                let is_ok = cache.commit(Durability::Fsync).is_ok();
                self.acknowledged(is_ok, Ack::Commit, before, cache, ledger)
            }
            38 => cache.commit(Durability::Buffered).is_ok(),
            _ => writer.compact().is_ok(),
        };
        Ok(!outcome)
    }

    /// Notes a commit that returned, unless something was lost on its way.
    fn acknowledged(&self, is_ok: bool, ack: Ack, before: u64, cache: &Cache, ledger: &mut Ledger) -> bool {
        if is_ok && cache.stats().lost_to_write_errors == before {
            ledger.acknowledge([self.count; WORKERS as usize], ack);
        }
        is_ok
    }

    /// Looks for everything on what is left of a disk, before and after it was written to again.
    fn check(&self, disk: &Disk, ledger: &mut Ledger) -> Result<(), Error> {
        match Reader::open_on(Arc::new(disk.clone()), Options::default()) {
            Ok(reader) => self.look_at_all(&reader, ledger)?,
            // It may have crashed before there was a store.
            Err(OpenError::NotAStore { .. } | OpenError::Missing { .. }) => {
                ledger.drafts().into_iter().for_each(|draft| self.found(draft, false, ledger));
                return Ok(());
            }
            Err(error) => return Err(Error::during("opening after a crash")(error)),
        }
        let writer = Writer::open_on(Arc::new(disk.clone()), Options::default());
        let writer = writer.map_err(Error::during("opening after a crash"))?;
        writer.compact().map_err(Error::during("compacting after a crash"))?;
        self.look_at_all(writer.reader(), ledger)
    }

    fn look_at_all(&self, reader: &Reader, ledger: &mut Ledger) -> Result<(), Error> {
        let cache = Cache::builder().memory_budget(0).store(Arc::new(reader.clone())).build();
        for draft in ledger.drafts() {
            let text = self.oracle.generator.text(draft);
            let tree = cache.get(&self.oracle.document(draft, &text)?);
            if let Some(tree) = &tree {
                self.compare(draft, tree);
            }
            self.found(draft, tree.is_some(), ledger);
        }
        Ok(())
    }

    fn found(&self, draft: Draft, is_there: bool, ledger: &mut Ledger) {
        if let Err(loss) = ledger.observe(draft, is_there) {
            self.voice.broken(Promise::LostCommit, &format!("after a crash of the disk, {draft} {loss}"));
        }
    }

    fn compare(&self, draft: Draft, tree: &tree_sitter::Tree) {
        self.voice.count(|tally| tally.compared += 1);
        if let Err(error) = self.oracle.judge(draft, tree) {
            self.voice.broken(Promise::WrongTree, &error);
        }
    }
}
