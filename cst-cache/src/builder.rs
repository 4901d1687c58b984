//! Settings of a cache.

use std::path::Path;
use std::sync::Arc;

use cst_tiers::{Budgets, Idle, Promotion, Tiers};

use crate::cache::Cache;
use crate::clock::{Clock, SystemClock};
use crate::error::OpenError;
use crate::payload::{Form, Payloads, Source};
use crate::store::Store;
use crate::table::Table;

/// Settings for a new [`Cache`]; from [`Cache::builder`].
///
/// Without any: 256 MB of memory, no store, nothing demoted for idling.
#[must_use]
pub struct Builder {
    budgets: Budgets,
    idle: Idle,
    promotion: Promotion,
    store: Option<Arc<dyn Store>>,
    clock: Box<dyn Clock>,
    payloads: Payloads,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            budgets: Budgets::split(256 << 20),
            idle: Idle::NEVER,
            promotion: Promotion::Always,
            store: None,
            clock: Box::new(SystemClock::default()),
            payloads: Payloads::default(),
        }
    }
}

impl Cache {
    /// Settings for a new cache.
    pub fn builder() -> Builder {
        Builder::default()
    }
}

impl Builder {
    /// How many bytes the tiers in memory may take together, live trees included; shared out by
    /// [`Budgets::split`].
    pub fn memory_budget(self, bytes: u64) -> Self {
        self.budgets(Budgets::split(bytes))
    }

    /// How many bytes the tiers in memory may take, one by one and together.
    pub fn budgets(mut self, budgets: Budgets) -> Self {
        self.budgets = budgets;
        self
    }

    /// After how many milliseconds without a hit an entry is demoted; takes effect in
    /// [`Cache::maintain`] and whenever something is inserted or fetched.
    pub fn idle(mut self, idle: Idle) -> Self {
        self.idle = idle;
        self
    }

    /// When a hit brings an entry up to hot.
    pub fn promotion(mut self, promotion: Promotion) -> Self {
        self.promotion = promotion;
        self
    }

    /// Keeps frozen trees in this store: a [`cst_frozen::Writer`], or a [`cst_frozen::Reader`] to
    /// read from only. A writer that was opened with a quota is kept below it, as [`Builder::store_with_quota`] says.
    pub fn store(mut self, store: Arc<dyn Store>) -> Self {
        self.store = Some(store);
        self
    }

    /// Keeps frozen trees in the store in this folder, which is made where there is none. One process
    /// at a time may write to a store.
    ///
    /// # Errors
    ///
    /// [`OpenError`]; it names who holds the store where somebody does.
    pub fn store_at(self, folder: impl AsRef<Path>) -> Result<Self, OpenError> {
        let writer = cst_frozen::Writer::open(folder, cst_frozen::Options::default())?;
        Ok(self.store(Arc::new(writer)))
    }

    /// [`Builder::store_at`], of a store that is kept below `bytes`: after each commit that brings it above, the trees that were
    /// used least recently go, down to three quarters of it, while those in memory stay to the last. Until that is done it takes
    /// the quota and what was just committed, and as much again as it keeps.
    ///
    /// A tree that would take more than the quota by itself is not kept: [`Cache::flush`] says so, with
    /// [`OverQuota`](cst_frozen::WriteError::OverQuota) in [`StoreError::Write`](crate::StoreError::Write), when it has
    /// brought all others to the store.
    ///
    /// # Errors
    ///
    /// [`OpenError`], as [`Builder::store_at`].
    pub fn store_with_quota(self, folder: impl AsRef<Path>, bytes: u64) -> Result<Self, OpenError> {
        let writer = cst_frozen::Writer::open(folder, cst_frozen::Options::default().quota(bytes))?;
        Ok(self.store(Arc::new(writer)))
    }

    /// Tells the time for idle times.
    pub fn clock(mut self, clock: Box<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The zstd level of the cold and frozen forms, 2 where nothing is said. Higher is smaller and
    /// slower to write; reading costs the same.
    pub fn compression(mut self, level: i32) -> Self {
        self.payloads.level = level;
        self
    }

    /// In what form trees are put into the store; those that are there stay as they are. The cold tier is compressed all
    /// the same.
    pub fn form(mut self, form: Form) -> Self {
        self.payloads.form = form;
        self
    }

    /// Takes what the store holds for what a cache has put there, if its checksums are right, so that plain records
    /// ([`Form::Plain`]) are not gone through once more before they are read in place. For a store that nobody writes to who
    /// means harm.
    ///
    /// Damage is found all the same, and is a miss. A record that was made to deceive may give a view that contradicts itself,
    /// where without this it would be a miss; as one that is sound, and of another tree, is found by neither. Nothing panics, but for methods
    /// that read a text at places that are not in it.
    pub fn trust_store(mut self) -> Self {
        self.payloads.source = Source::Trusted;
        self
    }

    /// Makes the cache.
    #[must_use]
    pub fn build(self) -> Cache {
        // What waits for a commit is in memory too: it comes out of the same budget.
        let spill_bytes = (self.budgets.total / 16).min(8 << 20);
        let mut budgets = self.budgets;
        budgets.total -= spill_bytes;
        let tiers = Tiers::new(budgets).with_idle(self.idle).with_promotion(self.promotion);
        Cache::new(Table::new(tiers), self.store, self.clock, spill_bytes, self.payloads)
    }
}
