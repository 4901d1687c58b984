//! What was removed, until the store no longer has it.

use hashbrown::HashMap;

use crate::document::Key;

/// Keys that were removed, each until a commit that has its removal has returned.
#[derive(Default)]
pub(crate) struct Removed {
    noted: HashMap<Key, Noted>,
    /// How often a key is being read outside of the lock. Until that has ended, a removal of it is not forgotten, so
    /// that whoever reads it sees it afterwards.
    busy: HashMap<Key, u32>,
    last: u64,
    /// How many of the store's batches were lost.
    losses: u64,
}

/// The latest removal of a key.
struct Noted {
    number: u64,
    /// Whether it was put into a batch of the store that was not lost.
    is_written: bool,
}

/// One removal of a key.
pub(crate) struct Removal {
    pub(crate) key: Key,
    number: u64,
    /// The batches that had been lost when it was looked at.
    losses: u64,
}

impl Removed {
    pub(crate) fn contains(&self, key: Key) -> bool {
        self.noted.contains_key(&key)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.noted.is_empty()
    }

    /// Notes a removal. A commit that is under way knows nothing of it.
    pub(crate) fn insert(&mut self, key: Key) -> Removal {
        self.last += 1;
        self.noted.insert(key, Noted { number: self.last, is_written: false });
        Removal { key, number: self.last, losses: self.losses }
    }

    /// Notes that the removal is in the store's batch, unless that may have been lost since.
    pub(crate) fn written(&mut self, removal: &Removal) {
        let same = self.noted.get_mut(&removal.key).filter(|noted| noted.number == removal.number);
        if let Some(noted) = same
            && self.losses == removal.losses
        {
            noted.is_written = true;
        }
    }

    /// Notes that the store's batch was lost, and the removals in it.
    pub(crate) fn batch_lost(&mut self) {
        self.losses += 1;
        self.noted.values_mut().for_each(|noted| noted.is_written = false);
    }

    /// The keys whose removal the store does not know of.
    pub(crate) fn unwritten(&self) -> Vec<Key> {
        self.noted.iter().filter(|(_, noted)| !noted.is_written).map(|(&key, _)| key).collect()
    }

    /// The removal of a key, if the store does not know of it.
    pub(crate) fn to_write(&self, key: Key) -> Option<Removal> {
        let noted = self.noted.get(&key).filter(|noted| !noted.is_written)?;
        Some(Removal { key, number: noted.number, losses: self.losses })
    }

    /// The removals that the store's next commit has, or an earlier one had.
    pub(crate) fn in_batch(&self) -> Vec<Removal> {
        let removal = |(&key, noted): (&Key, &Noted)| {
            noted.is_written.then_some(Removal { key, number: noted.number, losses: self.losses })
        };
        self.noted.iter().filter_map(removal).collect()
    }

    /// Forgets a removal that is committed, unless the key was removed again meanwhile, or is being read.
    pub(crate) fn forget(&mut self, removal: &Removal) {
        let is_same = self.noted.get(&removal.key).is_some_and(|noted| noted.number == removal.number);
        if is_same && !self.busy.contains_key(&removal.key) {
            self.noted.remove(&removal.key);
        }
    }

    /// Forgets a removal that something put into the store's batch has overridden.
    pub(crate) fn overridden(&mut self, key: Key) {
        self.noted.remove(&key);
    }

    /// Notes that a key is being read from now on.
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

    /// A removal that reaches the store's batch.
    fn remove(removed: &mut Removed) {
        let removal = removed.insert(KEY);
        removed.written(&removal);
    }

    /// What a commit knows of, taken when it begins and forgotten when it returns.
    fn commit(removed: &mut Removed, meanwhile: impl FnOnce(&mut Removed)) {
        let batch = removed.in_batch();
        meanwhile(removed);
        batch.iter().for_each(|removal| removed.forget(removal));
    }

    #[test]
    fn a_removal_is_forgotten_with_the_commit_that_it_was_in() {
        let mut removed = Removed::default();
        remove(&mut removed);
        commit(&mut removed, remove);
        assert!(removed.contains(KEY), "the second one was not in the commit");
        commit(&mut removed, |_| {});
        assert!(!removed.contains(KEY));
    }

    #[test]
    fn who_reads_a_key_sees_its_removal_afterwards() {
        let mut removed = Removed::default();
        removed.begin(KEY);
        removed.begin(KEY);
        remove(&mut removed);
        commit(&mut removed, |_| {});
        removed.end(KEY);
        commit(&mut removed, |_| {});
        assert!(removed.contains(KEY));
        removed.end(KEY);
        commit(&mut removed, |_| {});
        assert!(!removed.contains(KEY));
    }

    #[test]
    fn a_removal_that_is_in_no_batch_is_kept() {
        let mut removed = Removed::default();
        let removal = removed.insert(KEY);
        commit(&mut removed, |_| {});
        assert_eq!(removed.unwritten(), [KEY]);
        removed.written(&removal);
        assert!(removed.to_write(KEY).is_none());
        removed.batch_lost();
        commit(&mut removed, |_| {});
        assert!(removed.contains(KEY), "the batch that it was in was lost");
    }

    #[test]
    fn a_batch_that_is_lost_while_a_removal_is_written_may_be_the_one() {
        let mut removed = Removed::default();
        let removal = removed.insert(KEY);
        removed.batch_lost();
        removed.written(&removal);
        assert_eq!(removed.unwritten(), [KEY]);
        let again = removed.to_write(KEY).unwrap();
        removed.written(&again);
        commit(&mut removed, |_| {});
        assert!(removed.is_empty());
    }
}
