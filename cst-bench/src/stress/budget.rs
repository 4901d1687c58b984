//! One cache with a small budget, and many threads that edit, ask and remove what the others have in work.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use cst_cache::{Cache, Idle};
use cst_frozen::{Options, Writer};
use tree_sitter::Tree;

use super::generator::{Draft, Generator, VERSIONS_OF_A_TEXT};
use super::oracle::Oracle;
use super::protocol::{Assignment, Promise, Said, Voice};
use crate::error::Error;
use crate::random::Random;

/// What the cache may take.
pub(crate) const BUDGET: u64 = 6 << 20;
/// What the process may take beside it: itself and its grammars' tables (20 MB), for each thread a parser,
/// which takes most in broken text, and the trees that it compares, the store's maps, and what the allocator
/// keeps of what these have freed. The most that was seen is 105 MB in all.
pub(crate) const BESIDE: u64 = 128 << 20;

const THREADS: u64 = 4;
const FILES: usize = 24;

/// Works until it is told to end.
pub(crate) fn run(voice: &Voice, task: &Assignment) -> Result<(), Error> {
    let writer = Writer::open(&task.store, Options::default()).map_err(Error::during("opening to write"))?;
    let writer = Arc::new(writer);
    let mut builder =
        Cache::builder().memory_budget(BUDGET).idle(Idle { hot: Some(50), warm: Some(100), cold: Some(200) });
    // Without a store, what is evicted is gone.
    if !Random::of(&[task.seed]).once_in(4) {
        builder = builder.store(writer.clone());
    }
    let cache = builder.build();
    voice.say(&Said::Ready);
    let versions: Vec<AtomicU32> = (0..FILES).map(|_| AtomicU32::new(0)).collect();
    std::thread::scope(|scope| {
        for number in 0..THREADS {
            let (cache, writer, versions) = (&cache, &*writer, &versions[..]);
            scope.spawn(move || {
                let mut thread = match Oracle::new(Generator { seed: task.texts }) {
                    Ok(oracle) => {
                        let random = Random::of(&[task.seed, 1, number]);
                        Thread { voice, cache, writer, oracle, random, versions }
                    }
                    Err(error) => return voice.broken(Promise::Crash, &error),
                };
                while !voice.is_over() {
                    // Load, but not so much that all that is measured is the scheduler.
                    std::thread::sleep(Duration::from_millis(thread.random.below(10) as u64));
                    if let Err(error) = thread.step() {
                        return voice.broken(Promise::Crash, &error);
                    }
                }
            });
        }
        scope.spawn(|| voice.keep_telling());
    });
    cache.close().map_err(Error::during("closing"))
}

struct Thread<'a> {
    voice: &'a Voice,
    cache: &'a Cache,
    writer: &'a Writer,
    oracle: Oracle,
    random: Random,
    /// The latest version of each file.
    versions: &'a [AtomicU32],
}

impl Thread<'_> {
    fn step(&mut self) -> Result<(), Error> {
        let file = self.random.below(FILES);
        let latest = self.versions[file].load(Ordering::SeqCst);
        let draft = Draft { file: file as u32, version: latest };
        match self.random.below(200) {
            0..80 => {
                let back = self.random.below(4) as u32;
                let draft = Draft { version: latest.saturating_sub(back), ..draft };
                self.timed(draft, |cache, document| Ok(cache.get(document)))
            }
            80..120 => self.timed(draft, |cache, document| {
                cache.get_or_parse(document).map(Some).map_err(Error::during("parsing"))
            }),
            120..180 => self.edit(draft),
            180..190 => {
                let text = self.oracle.generator.text(draft);
                let document = self.oracle.document(draft, &text)?;
                self.cache.remove(&document).map_err(Error::during("removing"))
            }
            190..195 => self.cache.maintain().map_err(Error::during("maintaining")),
            195..199 => self.commit(),
            _ => {
                // What others have freed is not the cache's.
                cst_bytecode::release_memory();
                self.writer.compact().map(drop).map_err(Error::during("compacting"))
            }
        }
    }

    fn edit(&mut self, old: Draft) -> Result<(), Error> {
        let new = old.after();
        if new.before().is_none() {
            self.timed(new, |cache, document| {
                cache.get_or_parse(document).map(Some).map_err(Error::during("parsing"))
            })?;
        } else {
            let old_text = self.oracle.generator.text(old);
            let mut text = old_text.clone();
            let edit = self.oracle.generator.edit(new, &mut text);
            let old_document = self.oracle.document(old, &old_text)?;
            let document = self.oracle.document(new, &text)?;
            let edited = self.cache.edit(&old_document, &[edit], &document);
            self.given(new, Some(&edited.map_err(Error::during("editing"))?.tree));
        }
        let place = &self.versions[new.file as usize];
        if place.compare_exchange(old.version, new.version, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
            // Who made the version takes the one out that nobody asks for from now on.
            if let Some(version) = new.version.checked_sub(VERSIONS_OF_A_TEXT) {
                let gone = Draft { version, ..new };
                let text = self.oracle.generator.text(gone);
                let document = self.oracle.document(gone, &text)?;
                self.cache.remove(&document).map_err(Error::during("removing"))?;
            }
        }
        Ok(())
    }

    fn timed(
        &mut self,
        draft: Draft,
        get: impl FnOnce(&Cache, &cst_cache::Document<'_>) -> Result<Option<Tree>, Error>,
    ) -> Result<(), Error> {
        let text = self.oracle.generator.text(draft);
        let document = self.oracle.document(draft, &text)?;
        let start = Instant::now();
        let got = get(self.cache, &document)?;
        self.voice.count(|tally| tally.gets.add(start.elapsed()));
        self.given(draft, got.as_ref());
        Ok(())
    }

    /// Compares one tree in three; a miss may be, for others remove and edit the same files.
    fn given(&mut self, draft: Draft, tree: Option<&Tree>) {
        let is_compared = tree.is_some() && self.random.once_in(3);
        if let Some(tree) = tree.filter(|_| is_compared)
            && let Err(error) = self.oracle.judge(draft, tree)
        {
            self.voice.broken(Promise::WrongTree, &error);
        }
        self.voice.count(|tally| {
            tally.operations += 1;
            tally.misses += u64::from(tree.is_none());
            tally.compared += u64::from(is_compared);
        });
    }

    fn commit(&self) -> Result<(), Error> {
        let start = Instant::now();
        match self.cache.flush() {
            Ok(()) => self.voice.count(|tally| tally.commits.add(start.elapsed())),
            // The cache may have no store in this run.
            Err(cst_cache::StoreError::ReadOnly) => {}
            Err(error) => return Err(Error::during("flushing")(error)),
        }
        Ok(())
    }
}
