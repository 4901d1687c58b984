//! What a store may hold after a crash: the states that it was in, and how far back a power failure may take it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use cst_frozen::{
    Durability::{self, *},
    Key, Options, ReadError, Reader, Writer,
    testkit::{Disk, Survival},
};

use super::data::{contents, key};

pub(crate) type State = BTreeMap<Key, Vec<u8>>;

/// What is known of a store: every state that it was in, and which of them a power failure may not go behind.
pub(crate) struct History {
    pub(crate) states: Vec<State>,
    /// The keys that were put or removed to come to each state, whether that changed anything or not.
    pub(crate) touched: Vec<BTreeSet<Key>>,
    pub(crate) durable: usize,
}

impl History {
    pub(crate) fn new() -> History {
        History { states: vec![State::new()], touched: vec![BTreeSet::new()], durable: 0 }
    }

    pub(crate) fn now(&self) -> &State {
        self.states.last().unwrap()
    }

    /// Comes to a state by putting and removing these keys.
    pub(crate) fn push(&mut self, state: State, touched: impl IntoIterator<Item = Key>) {
        self.states.push(state);
        self.touched.push(touched.into_iter().collect());
    }

    pub(crate) fn all_durable(&mut self) {
        self.durable = self.states.len() - 1;
    }

    /// One batch; returns whether it was committed. With an error, whatever the caller can see is what it must be able
    /// to rely on.
    pub(crate) fn commit(
        &mut self,
        writer: &Writer,
        durability: Durability,
        batch: &[(u8, Option<Vec<u8>>)],
    ) {
        let mut next = self.now().clone();
        for (n, value) in batch {
            let put = match value {
                Some(value) => writer.put(&key(*n), value),
                None => writer.remove(&key(*n)),
            };
            if put.is_err() {
                writer.abandon();
                return;
            }
            match value {
                Some(value) => next.insert(key(*n), value.clone()),
                None => next.remove(&key(*n)),
            };
        }
        let committed = writer.commit(durability);
        let seen = contents(writer.reader());
        if committed.is_ok() {
            assert_eq!(seen, next);
            self.push(next, batch.iter().map(|(n, _)| key(*n)));
            if durability == Fsync {
                self.all_durable();
            }
        } else if seen == next {
            self.push(next, batch.iter().map(|(n, _)| key(*n)));
        } else {
            assert_eq!(seen, *self.now(), "neither the state before nor the one after");
        }
    }
}

/// What a reader finds: a value, nothing, or damage.
pub(crate) fn observe(reader: &Reader) -> BTreeMap<Key, Option<Vec<u8>>> {
    let mut seen = BTreeMap::new();
    for n in 0..12 {
        match reader.get(&key(n)) {
            Ok(None) => {}
            Ok(Some(record)) => drop(seen.insert(key(n), Some(record.to_vec()))),
            Err(ReadError::Corrupt { .. }) => drop(seen.insert(key(n), None)),
            Err(error) => panic!("{error}"),
        }
    }
    seen
}

/// Whether a store that is found like this was in this state, but for records that are known to be damaged, which may
/// be those of some keys.
fn is(seen: &BTreeMap<Key, Option<Vec<u8>>>, state: &State, damaged: &BTreeSet<Key>) -> bool {
    (0..12).all(|n| match seen.get(&key(n)) {
        None => !state.contains_key(&key(n)),
        Some(None) => damaged.contains(&key(n)),
        Some(Some(value)) => state.get(&key(n)) == Some(value),
    })
}

/// Checks what a crash left behind, and that a writer goes on from exactly there.
pub(crate) fn check_survivor(disk: &Disk, history: &History, survival: Survival, what: &str) {
    let writer = match Writer::open_on(Arc::new(disk.clone()), Options::default()) {
        Ok(writer) => writer,
        Err(error) => panic!("{what}: {error}"),
    };
    let seen = observe(writer.reader());
    // What was put before the first of these states is on disk; what was put since may be damaged.
    let mut damaged = BTreeSet::new();
    let found = (history.durable..history.states.len()).any(|n| {
        if n > history.durable {
            damaged.extend(&history.touched[n]);
        }
        is(&seen, &history.states[n], &damaged)
    });
    assert!(
        found,
        "{what}: found {:?}\n durable from {} of {}",
        seen.iter()
            .map(|(key, value)| (key[31], value.as_ref().map(|value| value.len())))
            .collect::<Vec<_>>(),
        history.durable,
        history.states.len()
    );
    if !matches!(survival, Survival::Some(_)) {
        assert!(seen.values().all(Option::is_some), "{what}: damaged records");
    }
    // Nothing that is lost comes back: not with the next commits, nor after another crash.
    writer.put(&key(11), b"after").unwrap();
    writer.commit(Buffered).unwrap();
    let mut expected = seen;
    expected.insert(key(11), Some(b"after".to_vec()));
    assert_eq!(observe(writer.reader()), expected, "{what}");
    let open = |disk: Disk| Reader::open_on(Arc::new(disk), Options::default()).unwrap();
    assert_eq!(observe(&open(disk.clone())), expected, "{what}");
    writer.put(&key(10), b"and on").unwrap();
    writer.commit(Fsync).unwrap();
    expected.insert(key(10), Some(b"and on".to_vec()));
    assert_eq!(observe(&open(disk.after_crash(Survival::Nothing))), expected, "{what}");
    assert_eq!(observe(&open(disk.after_crash(Survival::Some(5)))), expected, "{what}");
    writer.compact().unwrap();
    expected.retain(|_, value| value.is_some());
    assert_eq!(observe(writer.reader()), expected, "{what}");
    let problems = writer.reader().verify().problems;
    assert!(problems.is_empty(), "{what}: {problems:?}");
    drop(writer);
    assert_eq!(observe(&open(disk.after_crash(Survival::Nothing))), expected, "{what}");
}
