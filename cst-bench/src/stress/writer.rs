//! The writer: threads that parse, edit, freeze and remove, beside others that commit and compact.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cst_cache::{Cache, Durability, Form, Idle};
use cst_frozen::{Options, Writer};

use super::compaction;
use super::ledger::{Ack, Counts, WORKERS};
use super::protocol::{Assignment, Promise, Said, Voice};
use super::worker::Worker;
use crate::error::Error;
use crate::random::Random;

/// Writes until it is told to end, then closes in good order.
pub(crate) fn run(voice: &Voice, task: &Assignment) -> Result<(), Error> {
    let writer = Writer::open(&task.store, Options::default()).map_err(Error::during("opening to write"))?;
    let writer = Arc::new(writer);
    voice.say(&Said::Ready);
    let mut random = Random::of(&[task.seed]);
    let budget = random.between(1 << 18, 8 << 20) as u64;
    let cache = Cache::builder()
        .memory_budget(budget)
        .idle(Idle { hot: Some(200), warm: Some(400), cold: Some(600) })
        .form([Form::Compact, Form::Plain][random.below(2)])
        .store(writer.clone())
        .build();
    let done: [AtomicU64; WORKERS as usize] = Default::default();
    let counts = || -> Counts { std::array::from_fn(|worker| done[worker].load(Ordering::SeqCst)) };

    let writer = &writer;
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|number| {
                let (cache, done) = (&cache, &done[number as usize]);
                scope.spawn(move || Worker::new(number, voice, task, cache, done)?.work())
            })
            .collect();
        scope.spawn(|| commit_now_and_then(voice, &cache, &counts, Random::of(&[task.seed, 1])));
        let mut random = Random::of(&[task.seed, 2]);
        let (at_once, in_background) = [(true, false), (false, true), (true, true)][random.below(3)];
        if in_background {
            let pace = compaction::hasty(&mut random);
            scope.spawn(move || compaction::run(voice, writer, pace));
        }
        if at_once {
            scope.spawn(move || compact_now_and_then(voice, writer, random));
        }
        scope.spawn(|| voice.keep_telling());
        for worker in workers {
            match worker.join() {
                Ok(Ok(())) => {}
                Ok(Err(error)) => voice.broken(Promise::Crash, &error),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    let last = counts();
    cache.close().map_err(Error::during("closing"))?;
    voice.say(&Said::Done(last, Ack::Flush));
    Ok(())
}

fn commit_now_and_then(voice: &Voice, cache: &Cache, counts: &dyn Fn() -> Counts, mut random: Random) {
    while !voice.is_over() {
        std::thread::sleep(Duration::from_millis(random.below(60) as u64));
        // Before the commit begins: what ends during it may or may not be part of it.
        let done = counts();
        let start = Instant::now();
        let (outcome, ack) = match random.below(20) {
            0..=7 => (cache.flush(), Some(Ack::Flush)),
            8..=10 => (cache.commit(Durability::Fsync), Some(Ack::Commit)),
            11..=16 => (cache.commit(Durability::Buffered), Some(Ack::Commit)),
            _ => (cache.maintain(), None),
        };
        match (outcome, ack) {
            (Err(error), _) => voice.broken(Promise::Crash, &format!("committing: {error}")),
            (Ok(()), Some(ack)) => voice.say(&Said::Done(done, ack)),
            (Ok(()), None) => {}
        }
        voice.count(|tally| {
            tally.operations += 1;
            tally.commits.add(start.elapsed());
        });
    }
}

fn compact_now_and_then(voice: &Voice, writer: &Writer, mut random: Random) {
    while !voice.is_over() {
        std::thread::sleep(Duration::from_millis(random.between(20, 600) as u64));
        if let Err(error) = writer.compact() {
            voice.broken(Promise::Crash, &format!("compacting: {error}"));
        }
        voice.count(|tally| tally.operations += 1);
    }
}
