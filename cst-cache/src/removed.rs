//! What was removed, until the store no longer has it.

use hashbrown::HashMap;

use crate::document::Key;

/// Keys that were removed, each until a commit that began after the removal has returned.
#[derive(Default)]
pub(crate) struct Removed {
    /// Of each key the number of its latest removal.
    numbers: HashMap<Key, u64>,
    /// How often a key is being read or written outside of the lock. Until that has ended, a removal of it
    /// is not forgotten, so that whoever does it sees it afterwards.
    busy: HashMap<Key, u32>,
    last: u64,
}

/// One removal of a key.
pub(crate) struct Removal {
    pub(crate) key: Key,
    number: u64,
}

impl Removed {
    pub(crate) fn contains(&self, key: Key) -> bool {
        self.numbers.contains_key(&key)
    }

    /// Notes a removal. A commit that is under way knows nothing of it.
    pub(crate) fn insert(&mut self, key: Key) {
        self.last += 1;
        self.numbers.insert(key, self.last);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Removal> + '_ {
        self.numbers.iter().map(|(&key, &number)| Removal { key, number })
    }

    /// Forgets a removal that is committed, unless the key was removed again meanwhile, or is in work.
    pub(crate) fn forget(&mut self, removal: &Removal) {
        if self.numbers.get(&removal.key) == Some(&removal.number) && !self.busy.contains_key(&removal.key) {
            self.numbers.remove(&removal.key);
        }
    }

    /// Forgets a removal that something put in later has overridden.
    pub(crate) fn overridden(&mut self, key: Key) {
        self.numbers.remove(&key);
    }

    /// Notes that a key is read or written from now on.
    pub(crate) fn begin(&mut self, key: Key) {
        *self.busy.entry(key).or_default() += 1;
    }

    /// Notes that what [`Removed::begin`] began has ended.
    pub(crate) fn end(&mut self, key: Key) {
        if let Some(times) = self.busy.get_mut(&key) {
            *times -= 1;
            if *times == 0 {
                self.busy.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key([7; 32]);

    /// What a commit knows of, taken when it begins and forgotten when it returns.
    fn commit(removed: &mut Removed, meanwhile: impl FnOnce(&mut Removed)) {
        let batch: Vec<Removal> = removed.iter().collect();
        meanwhile(removed);
        batch.iter().for_each(|removal| removed.forget(removal));
    }

    #[test]
    fn a_removal_is_forgotten_with_the_commit_that_it_was_in() {
        let mut removed = Removed::default();
        removed.insert(KEY);
        commit(&mut removed, |removed| removed.insert(KEY));
        assert!(removed.contains(KEY), "the second one was not in the commit");
        commit(&mut removed, |_| {});
        assert!(!removed.contains(KEY));
    }

    #[test]
    fn who_works_on_a_key_sees_its_removal_afterwards() {
        let mut removed = Removed::default();
        removed.begin(KEY);
        removed.begin(KEY);
        removed.insert(KEY);
        commit(&mut removed, |_| {});
        removed.end(KEY);
        commit(&mut removed, |_| {});
        assert!(removed.contains(KEY));
        removed.end(KEY);
        commit(&mut removed, |_| {});
        assert!(!removed.contains(KEY));
    }
}
