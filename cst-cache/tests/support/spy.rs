//! A store that lets a test look in, and step in, whenever the cache calls it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use cst_cache::{Damaged, Durability, Evicted, Eviction, Store, StoreError};

/// What a test may do before a call reaches the store, told how many of its kind came before.
pub type Hook = Box<dyn Fn(u64) + Send + Sync>;

/// Passes everything on.
pub struct Spy {
    inner: Arc<dyn Store>,
    pub reads: AtomicU64,
    pub puts: AtomicU64,
    pub removes: AtomicU64,
    pub commits: AtomicU64,
    pub before_read: Option<Hook>,
    pub after_read: Option<Hook>,
    pub before_put: Option<Hook>,
    pub after_put: Option<Hook>,
    pub before_remove: Option<Hook>,
    pub before_commit: Option<Hook>,
    /// The next so many removals fail, and do not reach the store.
    pub refused_removes: AtomicU64,
    pub after_commit: Option<Hook>,
    /// The store cannot be brought below its quota.
    pub refuses_room: bool,
}

impl Spy {
    pub fn new(inner: Arc<dyn Store>) -> Self {
        Self {
            inner,
            reads: AtomicU64::new(0),
            puts: AtomicU64::new(0),
            removes: AtomicU64::new(0),
            commits: AtomicU64::new(0),
            before_read: None,
            after_read: None,
            before_put: None,
            after_put: None,
            before_remove: None,
            before_commit: None,
            refused_removes: AtomicU64::new(0),
            after_commit: None,
            refuses_room: false,
        }
    }
}

fn call(hook: &Option<Hook>, count: u64) {
    if let Some(hook) = hook {
        hook(count);
    }
}

impl Store for Spy {
    fn read(&self, key: &[u8; 32], read: &mut dyn FnMut(&[u8])) -> Result<bool, Damaged> {
        let count = self.reads.fetch_add(1, Ordering::SeqCst);
        call(&self.before_read, count);
        let found = self.inner.read(key, read);
        call(&self.after_read, count);
        found
    }

    fn contains(&self, key: &[u8; 32]) -> bool {
        self.inner.contains(key)
    }

    fn put(&self, key: &[u8; 32], payload: &[u8]) -> Result<(), StoreError> {
        let count = self.puts.fetch_add(1, Ordering::SeqCst);
        call(&self.before_put, count);
        let put = self.inner.put(key, payload);
        call(&self.after_put, count);
        put
    }

    fn remove(&self, key: &[u8; 32]) -> Result<(), StoreError> {
        let count = self.removes.fetch_add(1, Ordering::SeqCst);
        call(&self.before_remove, count);
        let refuse = |left: u64| left.checked_sub(1);
        if self.refused_removes.fetch_update(Ordering::SeqCst, Ordering::SeqCst, refuse).is_ok() {
            return Err(StoreError::ReadOnly);
        }
        self.inner.remove(key)
    }

    fn commit(&self, durability: Durability) -> Result<(), StoreError> {
        let count = self.commits.fetch_add(1, Ordering::SeqCst);
        call(&self.before_commit, count);
        let committed = self.inner.commit(durability);
        call(&self.after_commit, count);
        committed
    }

    fn is_writable(&self) -> bool {
        self.inner.is_writable()
    }

    fn quota(&self) -> Option<u64> {
        self.inner.quota()
    }

    fn generation(&self) -> u64 {
        self.inner.generation()
    }

    fn make_room(&self, policy: &dyn Eviction) -> Result<Evicted, StoreError> {
        if self.refuses_room { Err(StoreError::ReadOnly) } else { self.inner.make_room(policy) }
    }
}

/// A door that is shut until a test opens it.
#[derive(Clone, Default)]
pub struct Door(Arc<(Mutex<Passage>, Condvar)>);

#[derive(Default)]
struct Passage {
    open: bool,
    arrived: u64,
}

impl Door {
    /// Waits until the door is open; half a minute at most, so that a failing test ends.
    pub fn pass(&self) {
        let (passage, changed) = &*self.0;
        let mut passage = passage.lock().unwrap();
        passage.arrived += 1;
        changed.notify_all();
        drop(changed.wait_timeout_while(passage, Duration::from_secs(30), |passage| !passage.open).unwrap());
    }

    /// Waits until somebody stands at the door.
    pub fn await_arrival(&self) {
        let (passage, changed) = &*self.0;
        let passage = passage.lock().unwrap();
        let waited =
            changed.wait_timeout_while(passage, Duration::from_secs(30), |passage| passage.arrived == 0);
        assert!(waited.unwrap().0.arrived > 0, "nobody came");
    }

    pub fn open(&self) {
        let (passage, changed) = &*self.0;
        passage.lock().unwrap().open = true;
        changed.notify_all();
    }
}
