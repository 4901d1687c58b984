//! A reader, in a process of its own, beside the writer: snapshot after snapshot, it never sees a wrong tree.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cst_cache::Cache;
use cst_frozen::{Options, Reader};
use parking_lot::Mutex;

use super::generator::{Draft, Generator};
use super::oracle::Oracle;
use super::protocol::{Assignment, Promise, Said, Voice};
use super::worker::stays;
use crate::error::Error;
use crate::random::Random;

/// How many drafts it looks for in one snapshot.
const LOOKS: usize = 12;
/// How many of the drafts that come and go it remembers.
const REMEMBERED: usize = 300;

/// What it was told by its parent.
pub(crate) type Told = Arc<Mutex<Vec<Draft>>>;

/// Reads until it is told to end.
pub(crate) fn run(voice: &Voice, task: &Assignment, told: &Told) -> Result<(), Error> {
    let mut random = Random::of(&[task.seed]);
    let oracle = Oracle::new(Generator { seed: task.texts })?;
    let options = Options::default().mmap(random.below(3) > 0);
    let reader = Reader::open(&task.store, options).map_err(Error::during("opening to read"))?;
    // Without memory, so that each tree comes from the store.
    let cache = Cache::builder().memory_budget(0).store(Arc::new(reader.clone())).build();
    voice.say(&Said::Ready);
    let (mut stay, mut come_and_go) = (BTreeSet::new(), Vec::new());
    told.lock().extend(&task.drafts);
    let mut last_told = Instant::now();
    while !voice.is_over() {
        // What was told before the snapshot is taken has to be in it.
        for draft in told.lock().drain(..) {
            if stays(draft.file) {
                stay.insert(draft);
            } else {
                come_and_go.push(draft);
            }
        }
        come_and_go.drain(..come_and_go.len().saturating_sub(REMEMBERED));
        reader.refresh().map_err(Error::during("refreshing"))?;
        for _ in 0..LOOKS {
            let place = random.below(stay.len() + come_and_go.len());
            let draft = stay.iter().nth(place).or_else(|| come_and_go.get(place - stay.len()));
            let Some(&draft) = draft else { break };
            look(voice, &cache, &oracle, draft, stays(draft.file))?;
        }
        // Load, but not so much that all that is measured is the scheduler.
        std::thread::sleep(Duration::from_millis(random.below(20) as u64));
        if last_told.elapsed().as_millis() > 250 {
            voice.tell();
            last_told = Instant::now();
        }
    }
    voice.tell();
    Ok(())
}

fn look(voice: &Voice, cache: &Cache, oracle: &Oracle, draft: Draft, must: bool) -> Result<(), Error> {
    let text = oracle.generator.text(draft);
    let document = oracle.document(draft, &text)?;
    let start = Instant::now();
    let got = cache.get(&document);
    let took = start.elapsed();
    match &got {
        Some(tree) => {
            if let Err(error) = oracle.judge(draft, tree) {
                voice.broken(Promise::WrongTree, &error);
            }
            if cache.get(&document).is_none() {
                voice.broken(Promise::LostCommit, &format!("{draft} vanished from a snapshot"));
            }
        }
        None if must => voice.broken(Promise::LostCommit, &format!("a reader does not see {draft}")),
        None => {}
    }
    voice.count(|tally| {
        tally.operations += 1 + u64::from(got.is_some());
        tally.compared += u64::from(got.is_some());
        tally.misses += u64::from(got.is_none());
        tally.gets.add(took);
    });
    Ok(())
}
