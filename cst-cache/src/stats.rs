//! What has happened so far, in numbers. Every one of them is counted where it happens.

use core::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Counts of what a cache has done since it was opened, and what its tiers hold.
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub struct Stats {
            $($(#[$doc])* pub $name: u64,)*
            /// What the tiers in memory hold, and what has moved between them.
            pub tiers: cst_tiers::Stats,
            /// Entries on their way to the store that the next commit will let go.
            pub awaiting_commit: u64,
            /// Bytes of those entries.
            pub awaiting_commit_bytes: u64,
        }

        #[derive(Default)]
        pub(crate) struct Counters {
            $(pub(crate) $name: Counter,)*
        }

        impl Counters {
            /// The counts as of now, with what the tiers say.
            pub(crate) fn snapshot(
                &self,
                tiers: cst_tiers::Stats,
                awaiting_commit: u64,
                awaiting_commit_bytes: u64,
            ) -> Stats {
                Stats { $($name: self.$name.get(),)* tiers, awaiting_commit, awaiting_commit_bytes }
            }
        }
    };
}

counters! {
    /// Trees found live.
    hot_hits,
    /// Trees found as bytecode in memory: built from it, or read in place.
    warm_hits,
    /// Trees found as compressed bytecode in memory.
    cold_hits,
    /// Trees found in the store.
    frozen_hits,
    /// Requests that nothing was found for.
    misses,
    /// Requests that waited for another of the same key instead of doing its work again.
    joined,
    /// Parses that this cache ran.
    parses,
    /// Trees put in.
    inserts,
    /// Trees made from an older one by an incremental parse.
    edits,
    /// Entries taken out by request.
    removals,
    /// Trees that could not be written down, and so are not kept.
    uncacheable,
    /// Entries that were there but damaged: taken for a miss.
    corrupt,
    /// Entries that were there but of another document, grammar or release: taken for a miss.
    mismatched,
    /// Entries dropped for want of room, with no store to take them.
    evicted,
    /// Entries dropped because the store could not be written.
    lost_to_write_errors,
    /// Commits to the store.
    commits,
    /// Records that the store let go of to stay below its quota.
    evicted_from_store,
    /// Times that the store could not be brought below its quota; each commit tries again.
    store_over_quota,
}

/// A number that any thread may raise.
#[derive(Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
