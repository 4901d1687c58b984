//! One writer per key: what is put into the store's batch under a key, or taken out, follows one after the other.

use hashbrown::HashSet;
use parking_lot::{Condvar, Mutex};

use crate::document::Key;

/// The keys that somebody is writing to the store.
#[derive(Default)]
pub(crate) struct Writing {
    keys: Mutex<HashSet<Key>>,
    ended: Condvar,
}

/// Holds a key until dropped.
pub(crate) struct Held<'a> {
    writing: &'a Writing,
    key: Key,
}

impl Writing {
    /// Waits until nobody writes this key, and holds it. Looking at the table, writing to the store and noting in the table
    /// what was written is then one step, as seen by others who write the key; other keys, and reads, go on.
    ///
    /// Who holds a key may lock the table, and must not wait for a commit.
    pub(crate) fn hold(&self, key: Key) -> Held<'_> {
        let mut keys = self.keys.lock();
        while !keys.insert(key) {
            self.ended.wait(&mut keys);
        }
        Held { writing: self, key }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.writing.keys.lock().remove(&self.key);
        self.writing.ended.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn one_at_a_time_per_key_also_after_a_panic() {
        let writing = Writing::default();
        let (inside, turns) = (AtomicU32::new(0), AtomicU32::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        let _held = writing.hold(Key([1; 32]));
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                        drop(writing.hold(Key([2; 32])));
                        inside.fetch_sub(1, Ordering::SeqCst);
                        turns.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!(turns.into_inner(), 800);
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _held = writing.hold(Key([1; 32]));
            panic!("for the test");
        }));
        assert!(panic.is_err());
        drop(writing.hold(Key([1; 32])));
    }
}
