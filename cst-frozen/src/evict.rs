//! Keeping a store below its quota: what is worth least is left out when the store is written anew.

use crate::{
    Key, Step,
    batch::State,
    compact::Merge,
    error::WriteError,
    layout::{slot, wide},
    record::Header,
    snapshot::Snapshot,
    writer::Writer,
};

/// Says which records a store that is over its quota may lose.
///
/// The store knows nothing of what its records are for; whoever does implements this. [`OldestFirst`] is for those who
/// know nothing either.
pub trait Eviction {
    /// What a record is worth to the caller; those that are worth least go first, of equals the oldest. A cache may
    /// return the time of the last hit, or how long the record took to make.
    ///
    /// Called once per live record, in no useful order.
    fn worth(&self, candidate: &Candidate) -> u64;
}

/// A live record without its payload: one that may have to go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Candidate {
    /// What it is found by.
    pub key: Key,
    /// Length of the record in bytes.
    pub bytes: u64,
    /// The commit that put it; earlier ones have smaller numbers.
    pub generation: u64,
}

impl Candidate {
    pub(crate) fn new(header: &Header) -> Candidate {
        Candidate { key: header.key, bytes: header.payload_len.into(), generation: header.generation }
    }
}

/// Evicts in the order in which records were put.
#[derive(Clone, Copy, Debug, Default)]
pub struct OldestFirst;

impl Eviction for OldestFirst {
    fn worth(&self, candidate: &Candidate) -> u64 {
        candidate.generation
    }
}

/// What was done to get a store below its quota; all zero when nothing had to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Evicted {
    /// Records that were evicted.
    pub records: u64,
    /// Records that were damaged, and so could not be taken along.
    pub corrupt: u64,
    /// Bytes of the segments before.
    pub before: u64,
    /// Bytes of the segments after.
    pub after: u64,
}

/// Above this part of the quota records are evicted, else what is dead is enough: seven eighths.
const FULL: (u64, u64) = (7, 8);

/// Down to this part of it: three quarters. So at least a quarter of the quota can be put before the next time, and what
/// is copied then is three times that at most.
const REST: (u64, u64) = (3, 4);

impl Writer {
    /// Brings the store below its quota ([`Options::quota`](crate::Options::quota)) if it is above: compacts it, and where
    /// that is not enough, leaves out the records that `policy` says are worth least, down to three quarters of the quota.
    /// They are gone at once and without tombstones; a record that is put meanwhile stays.
    ///
    /// Does nothing for a store that is below its quota or has none, and costs next to nothing then: call it after each
    /// commit, or in an idle moment. Else it costs what [`Writer::compact`] costs and 24 bytes of memory per record, and
    /// holds up neither reads nor puts. Until it is done the store takes more than its quota, by what remains of it. A
    /// merge that [`Writer::compact_step`] has begun is given up.
    ///
    /// Where a batch is open in a store of a single segment, nothing is evicted before that batch is committed.
    ///
    /// # Errors
    /// [`WriteError`]; the store holds what it held. [`WriteError::Damaged`] where a commit that was made durable cannot be
    /// read: the store is to be repaired first.
    pub fn make_room(&self, policy: &dyn Eviction) -> Result<Evicted, WriteError> {
        self.still_held()?;
        let before = self.shared().snapshot().file_bytes();
        let Some(quota) = self.quota().filter(|&quota| before > quota) else { return Ok(Evicted::default()) };
        if let Some(gap) = self.shared().snapshot().gaps.last() {
            return Err(WriteError::Damaged { path: gap.path.clone() });
        }
        let mut merging = self.merging.lock();
        self.abandon_merge(&mut merging);
        self.name_volatile(&mut self.published.lock())?;
        let mut snapshot = self.shared().snapshot();
        let mut victims = victims(&snapshot, quota, policy);
        if !victims.is_empty() && snapshot.segments.len() == 1 {
            // The result must not bear the name of a segment that holds something else: readers know it by that name.
            if !self.commit_nothing()? {
                return Ok(Evicted { before, after: before, ..Evicted::default() });
            }
            snapshot = self.shared().snapshot();
        }
        victims.sort_unstable();
        let records = wide(victims.len());
        let all = 0..snapshot.segments.len();
        *merging = Some(Merge::begin(self.shared(), self.store, snapshot, all)?.without(victims));
        let corrupt = loop {
            match self.step(&mut merging, u64::MAX)? {
                Step::Copied { .. } => {}
                Step::Merged(compaction) => break compaction.corrupt,
                Step::Idle => break 0,
            }
        };
        Ok(Evicted { records, corrupt, before, after: self.shared().snapshot().file_bytes() })
    }

    /// Publishes a segment without records; false where a batch is open, whose number it would take.
    fn commit_nothing(&self) -> Result<bool, WriteError> {
        let mut published = self.published.lock();
        let pending = {
            let mut batch = self.batch.lock();
            if matches!(batch.state, State::Open(_)) {
                return Ok(false);
            }
            let pending = self.begin(None)?;
            batch.number += 1;
            batch.before = Some(pending.span);
            pending
        };
        self.finish_commit(State::Open(Box::new(pending)), &mut published, crate::Durability::Buffered)?;
        Ok(true)
    }
}

/// The records to evict, by segment and offset.
fn victims(snapshot: &Snapshot, quota: u64, policy: &dyn Eviction) -> Vec<(usize, u64)> {
    let part = |(of, all): (u64, u64)| quota / all * of;
    let live = &snapshot.live().places;
    let mut candidates: Vec<(u64, usize, u64)> = Vec::with_capacity(live.len());
    let mut bytes = 0u64;
    let size = |segment: usize, offset: u64| {
        let header = snapshot.segments.get(segment)?.header(offset).ok()?;
        Some((header, header.frame_len().saturating_add(wide(slot::LEN) * 3 / 2)))
    };
    for &(segment, offset) in live {
        let Some((header, size)) = size(segment, offset) else { continue };
        bytes = bytes.saturating_add(size);
        candidates.push((policy.worth(&Candidate::new(&header)), segment, offset));
    }
    if bytes <= part(FULL) {
        return Vec::new();
    }
    candidates.sort_unstable();
    // The best one stays, also where it takes more than that part; it was only put because it fits. But a quota may shrink.
    let best = candidates.pop();
    let mut victims = Vec::new();
    if let Some((_, segment, offset)) = best
        && let Some((header, size)) = size(segment, offset)
        && alone(header.frame_len()) > quota
    {
        bytes = bytes.saturating_sub(size);
        victims.push((segment, offset));
    }
    for (_, segment, offset) in candidates {
        if bytes <= part(REST) {
            break;
        }
        bytes = bytes.saturating_sub(size(segment, offset).map_or(0, |(_, size)| size));
        victims.push((segment, offset));
    }
    victims
}

/// Bytes of a segment with nothing but a record of such a frame.
pub(crate) fn alone(frame_len: u64) -> u64 {
    use crate::layout::{footer, header};
    wide(header::LEN + footer::LEN + 2 * slot::LEN).saturating_add(frame_len)
}
