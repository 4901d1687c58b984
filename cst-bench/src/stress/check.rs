//! Looking at a whole store after its writer has ended, and at damaged copies of it.

use std::sync::Arc;

use cst_cache::Cache;
use cst_frozen::{OpenError, Options, Reader, Writer};

use super::generator::{Draft, Generator};
use super::oracle::Oracle;
use super::protocol::{Assignment, Promise, Said, Voice};
use crate::error::Error;
use crate::random::Random;

/// Says of each draft whether it is there, and checks that every byte of the store is sound.
pub(crate) fn run(voice: &Voice, task: &Assignment) -> Result<(), Error> {
    let oracle = Oracle::new(Generator { seed: task.texts })?;
    match Reader::open(&task.store, Options::default()) {
        // The writer was killed before it had made the store.
        Err(OpenError::Missing { .. } | OpenError::NotAStore { .. }) => {
            task.drafts.iter().for_each(|&draft| voice.say(&Said::Found(draft, false)));
        }
        Err(error) => return Err(Error::during("opening to check")(error)),
        Ok(reader) => {
            for problem in reader.verify().problems {
                voice.broken(Promise::LostCommit, &problem);
            }
            look_at_all(voice, &oracle, &reader, &task.drafts, true)?;
        }
    }
    voice.tell();
    Ok(())
}

/// A damaged store may miss anything, and refuse to open with a reason. It gives no wrong tree, and what is
/// committed to it from now on is there.
pub(crate) fn run_damaged(voice: &Voice, task: &Assignment) -> Result<(), Error> {
    let oracle = Oracle::new(Generator { seed: task.texts })?;
    let mut random = Random::of(&[task.seed]);
    let options = Options::default().mmap(random.once_in(2));
    // A reason not to open it is an answer, too.
    if let Ok(reader) = Reader::open(&task.store, options) {
        let sound = reader.verify().is_sound();
        let records = reader.iter().filter(Result::is_ok).count() as u64;
        voice.count(|tally| tally.operations += records + u64::from(sound));
        look_at_all(voice, &oracle, &reader, &task.drafts, false)?;
    }
    if let Ok(writer) = Writer::open(&task.store, options) {
        let writer = Arc::new(writer);
        let cache = Cache::builder().memory_budget(1 << 20).store(writer.clone()).build();
        let new: Vec<Draft> = (0..6).map(|file| Draft { file, version: 5_000_000 }).collect();
        for (number, &draft) in new.iter().enumerate() {
            let text = oracle.generator.text(draft);
            cache.get_or_parse(&oracle.document(draft, &text)?).map_err(Error::during("parsing"))?;
            if number == 2 {
                cache.flush().map_err(Error::during("flushing to a damaged store"))?;
                writer.compact().map_err(Error::during("compacting a damaged store"))?;
            }
        }
        cache.close().map_err(Error::during("closing a damaged store"))?;
        drop(writer);
        let reader = Reader::open(&task.store, options).map_err(Error::during("opening it again"))?;
        look_at_all(voice, &oracle, &reader, &task.drafts, false)?;
        let kept = Cache::builder().memory_budget(0).store(Arc::new(reader)).build();
        for draft in new {
            let text = oracle.generator.text(draft);
            match kept.get(&oracle.document(draft, &text)?) {
                Some(tree) => compare(voice, &oracle, draft, &tree),
                None => voice.broken(Promise::LostCommit, &format!("a damaged store did not keep {draft}")),
            }
        }
    }
    voice.tell();
    Ok(())
}

fn look_at_all(
    voice: &Voice,
    oracle: &Oracle,
    reader: &Reader,
    drafts: &[Draft],
    is_told: bool,
) -> Result<(), Error> {
    let cache = Cache::builder().memory_budget(0).store(Arc::new(reader.clone())).build();
    for &draft in drafts {
        let text = oracle.generator.text(draft);
        let tree = cache.get(&oracle.document(draft, &text)?);
        if let Some(tree) = &tree {
            compare(voice, oracle, draft, tree);
        }
        if is_told {
            voice.say(&Said::Found(draft, tree.is_some()));
        }
        voice.count(|tally| {
            tally.operations += 1;
            tally.misses += u64::from(tree.is_none());
        });
    }
    Ok(())
}

fn compare(voice: &Voice, oracle: &Oracle, draft: Draft, tree: &tree_sitter::Tree) {
    voice.count(|tally| tally.compared += 1);
    if let Err(error) = oracle.judge(draft, tree) {
        voice.broken(Promise::WrongTree, &error);
    }
}
