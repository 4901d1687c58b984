//! One thread of the writer, with files of its own: what it knows to be there must be given to it.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cst_cache::Cache;
use tree_sitter::Tree;

use super::generator::{Draft, Generator, VERSIONS_OF_A_TEXT};
use super::ledger::{Change, WORKERS};
use super::oracle::Oracle;
use super::protocol::{Assignment, Plant, Promise, Said, Voice};
use crate::error::Error;
use crate::random::Random;

/// Of a file that stays there are no more versions than this; of one that does not, one less is kept.
const VERSIONS: usize = 3;

/// Whether a file's drafts stay in the store for as long as readers count on them.
pub(crate) fn stays(file: u32) -> bool {
    file % 8 < WORKERS
}

/// One thread, with files of its own.
pub(super) struct Worker<'a> {
    number: u32,
    voice: &'a Voice,
    task: &'a Assignment,
    cache: &'a Cache,
    oracle: Oracle,
    random: Random,
    /// What is in the cache or the store; false where it is only on its way, so that it may be missed.
    drafts: BTreeMap<Draft, bool>,
    announced: u64,
    done: &'a AtomicU64,
    plant: Option<Plant>,
}

impl<'a> Worker<'a> {
    pub(super) fn new(
        number: u32,
        voice: &'a Voice,
        task: &'a Assignment,
        cache: &'a Cache,
        done: &'a AtomicU64,
    ) -> Result<Self, Error> {
        let own = |draft: &&Draft| draft.file % WORKERS == number;
        Ok(Self {
            number,
            voice,
            task,
            cache,
            oracle: Oracle::new(Generator { seed: task.texts })?,
            random: Random::of(&[task.seed, 3, number.into()]),
            drafts: task.drafts.iter().filter(own).map(|&draft| (draft, true)).collect(),
            announced: 0,
            done,
            plant: task.plant.filter(|_| number == 0),
        })
    }

    pub(super) fn work(mut self) -> Result<(), Error> {
        let (task, number) = (self.task, self.number);
        for &draft in task.retired.iter().filter(|draft| draft.file % WORKERS == number) {
            self.remove(draft)?;
        }
        while !self.voice.is_over() {
            std::thread::sleep(Duration::from_millis(self.random.below(4) as u64));
            let Some(draft) = self.any() else {
                self.begin_file()?;
                continue;
            };
            match self.random.below(100) {
                0..40 => self.read(draft)?,
                40..65 => self.advance(draft.file)?,
                65..72 => self.freeze(draft)?,
                72..80 => self.insert(draft)?,
                80..92 if !stays(draft.file) => self.remove(draft)?,
                92..96 => self.look(draft)?,
                _ => self.resize(draft.file)?,
            }
        }
        Ok(())
    }

    fn any(&mut self) -> Option<Draft> {
        let place = self.random.below(self.drafts.len());
        self.drafts.keys().nth(place).copied()
    }

    /// Announces an operation, carries it out, and counts it as done.
    fn change(
        &mut self,
        change: Change,
        draft: Draft,
        work: impl FnOnce(&mut Self, &[u8]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let text = self.source(change, draft)?;
        self.voice.say(&Said::Change(self.announced, change, draft));
        work(self, &text)?;
        self.announced += 1;
        self.done.store(self.announced, Ordering::SeqCst);
        self.voice.count(|tally| tally.operations += 1);
        match change {
            Change::Keep => drop(self.drafts.insert(draft, true)),
            Change::Freeze => drop(self.drafts.entry(draft).or_insert(false)),
            Change::Remove => drop(self.drafts.remove(&draft)),
        }
        Ok(())
    }

    /// The text, by way of the folder with the source files.
    fn source(&self, change: Change, draft: Draft) -> Result<Vec<u8>, Error> {
        let text = self.oracle.generator.text(draft);
        let latest = self.latest(draft.file).is_none_or(|latest| latest <= draft.version);
        if change == Change::Remove || !latest {
            return Ok(text);
        }
        let path = self.path(draft.file);
        let doing = || format!("writing and reading {}", path.display());
        fs::write(&path, text).map_err(Error::during(doing()))?;
        fs::read(&path).map_err(Error::during(doing()))
    }

    fn path(&self, file: u32) -> PathBuf {
        self.task.sources.join(format!("{file}.{}", self.oracle.generator.phrases(file).extension))
    }

    fn latest(&self, file: u32) -> Option<u32> {
        self.versions(file).last().map(|draft| draft.version)
    }

    fn versions(&self, file: u32) -> Vec<Draft> {
        let range = Draft { file, version: 0 }..=Draft { file, version: u32::MAX };
        self.drafts.range(range).map(|(&draft, _)| draft).collect()
    }

    /// Gets a tree, which must be there unless it is still on its way.
    fn read(&mut self, draft: Draft) -> Result<(), Error> {
        let text = self.oracle.generator.text(draft);
        let document = self.oracle.document(draft, &text)?;
        let start = Instant::now();
        let got = self.cache.get(&document);
        let took = start.elapsed();
        let is_compared = got.is_some() && self.random.once_in(3);
        match &got {
            Some(tree) if is_compared => self.compare(draft, tree),
            Some(_) => {}
            None if self.drafts.get(&draft) == Some(&true) => {
                self.voice.broken(Promise::LostCommit, &format!("the cache no longer has {draft}"));
            }
            None => {}
        }
        self.voice.count(|tally| {
            tally.operations += 1;
            tally.gets.add(took);
            tally.misses += u64::from(got.is_none());
        });
        if got.is_some() {
            self.drafts.insert(draft, true);
        }
        Ok(())
    }

    /// The next version of a file.
    fn advance(&mut self, file: u32) -> Result<(), Error> {
        let versions = self.versions(file);
        let Some(&last) = versions.last() else { return Ok(()) };
        if stays(file) && versions.len() >= VERSIONS {
            return self.read(last);
        }
        let next = last.after();
        self.keep(next)?;
        let (first, count) = (versions[0], versions.len());
        if !stays(file) && (count >= VERSIONS - 1 || self.random.once_in(3)) {
            self.remove(first)?;
        }
        Ok(())
    }

    /// Lets the cache parse a draft, from the version before where it is an edit of it.
    fn keep(&mut self, draft: Draft) -> Result<(), Error> {
        self.change(Change::Keep, draft, |worker, text| {
            if worker.plants(Plant::LostCommit) {
                return Ok(());
            }
            if worker.plants(Plant::Abort) {
                std::process::abort();
            }
            let document = worker.oracle.document(draft, text)?;
            let start = Instant::now();
            let tree = match draft.before() {
                Some(before) => {
                    let old = worker.oracle.generator.text(before);
                    let edit = worker.oracle.generator.edit(draft, &mut old.clone());
                    let old = worker.oracle.document(before, &old)?;
                    worker.cache.edit(&old, &[edit], &document).map_err(Error::during("editing"))?.tree
                }
                None => worker.cache.get_or_parse(&document).map_err(Error::during("parsing"))?,
            };
            worker.voice.count(|tally| tally.gets.add(start.elapsed()));
            if worker.random.once_in(3) {
                worker.compare(draft, &tree);
            }
            Ok(())
        })
    }

    /// Puts a tree in that was parsed elsewhere.
    fn insert(&mut self, draft: Draft) -> Result<(), Error> {
        self.change(Change::Keep, draft, |worker, text| {
            let tree = worker.oracle.parse(draft, text, None)?;
            let document = worker.oracle.document(draft, text)?;
            worker.cache.insert(&document, &tree).map_err(Error::during("inserting"))
        })
    }

    /// Puts a tree into the store alone.
    fn freeze(&mut self, draft: Draft) -> Result<(), Error> {
        self.change(Change::Freeze, draft, |worker, text| {
            let parsed = if worker.plants(Plant::WrongTree) { b"" } else { text };
            let tree = worker.oracle.parse(draft, parsed, None)?;
            let document = worker.oracle.document(draft, text)?;
            worker.cache.freeze_tree(&document, &tree).map_err(Error::during("freezing"))?;
            Ok(())
        })
    }

    /// Takes a draft out; from then on it must not be given.
    fn remove(&mut self, draft: Draft) -> Result<(), Error> {
        self.change(Change::Remove, draft, |worker, text| {
            if worker.plants(Plant::LostRemoval) {
                return Ok(());
            }
            let document = worker.oracle.document(draft, text)?;
            worker.cache.remove(&document).map_err(Error::during("removing"))?;
            if worker.random.once_in(2) && worker.cache.get(&document).is_some() {
                worker
                    .voice
                    .broken(Promise::LostCommit, &format!("the cache gives {draft}, which was removed"));
            }
            Ok(())
        })?;
        if self.versions(draft.file).is_empty() {
            // Not there if all that was done to the file was to remove it.
            let _ = fs::remove_file(self.path(draft.file));
        }
        Ok(())
    }

    /// Asks whether a draft is there.
    fn look(&mut self, draft: Draft) -> Result<(), Error> {
        let text = self.oracle.generator.text(draft);
        let is_there = self.cache.contains(&self.oracle.document(draft, &text)?);
        if !is_there && self.drafts.get(&draft) == Some(&true) {
            self.voice.broken(Promise::LostCommit, &format!("the cache says that it has no {draft}"));
        }
        self.voice.count(|tally| tally.operations += 1);
        Ok(())
    }

    /// Begins a file where there are to be more, or takes this one out where there are to be fewer.
    fn resize(&mut self, file: u32) -> Result<(), Error> {
        let mut files: Vec<u32> = self.drafts.keys().map(|draft| draft.file).collect();
        files.dedup();
        if files.len() < (self.task.files / WORKERS) as usize {
            return self.begin_file();
        }
        let versions = if stays(file) { Vec::new() } else { self.versions(file) };
        versions.into_iter().try_for_each(|draft| self.remove(draft))
    }

    fn begin_file(&mut self) -> Result<(), Error> {
        let file = self.random.below((self.task.files / WORKERS) as usize) as u32 * WORKERS + self.number;
        if !self.versions(file).is_empty() {
            return Ok(());
        }
        // Any text; a removed one may come back.
        let version = self.random.below(200) as u32 * VERSIONS_OF_A_TEXT;
        self.keep(Draft { file, version })
    }

    fn compare(&self, draft: Draft, tree: &Tree) {
        self.voice.count(|tally| tally.compared += 1);
        if let Err(error) = self.oracle.judge(draft, tree) {
            self.voice.broken(Promise::WrongTree, &error);
        }
    }

    /// Whether to do this thing wrong, now and then: once might be made up for before anybody looks.
    fn plants(&mut self, plant: Plant) -> bool {
        self.plant == Some(plant) && self.random.once_in(2)
    }
}
