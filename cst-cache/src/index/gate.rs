//! Keeps the memory of all files in work together within a budget.

use parking_lot::{Condvar, Mutex, MutexGuard};

/// A budget of bytes that workers take from and give back.
pub(super) struct Gate {
    budget: u64,
    threads: u64,
    taken: Mutex<u64>,
    /// The most that was given back at once since the allocator was last told to let go of it.
    idle: Mutex<u64>,
    freed: Condvar,
}

impl Gate {
    /// A budget that so many threads share.
    pub(super) fn new(budget: u64, threads: usize) -> Self {
        Self {
            budget,
            threads: threads as u64,
            taken: Mutex::new(0),
            idle: Mutex::new(0),
            freed: Condvar::new(),
        }
    }

    /// Waits until `bytes` are free, and takes them until the pass is dropped. More than the whole
    /// budget is granted to who is alone.
    pub(super) fn enter(&self, bytes: u64) -> Pass<'_> {
        self.take(self.taken.lock(), bytes);
        Pass { gate: self, bytes }
    }

    fn take(&self, mut taken: MutexGuard<'_, u64>, bytes: u64) {
        while *taken > 0 && taken.saturating_add(bytes) > self.budget {
            self.freed.wait(&mut taken);
        }
        *taken = taken.saturating_add(bytes);
    }

    /// Whether `bytes` are not more than the whole budget.
    pub(super) fn could_hold(&self, bytes: u64) -> bool {
        bytes <= self.budget
    }
}

pub(super) struct Pass<'a> {
    gate: &'a Gate,
    bytes: u64,
}

impl Pass<'_> {
    /// A pass over `bytes` in place of this one. Where that is more, what this one had is given back
    /// first: whoever waits holds nothing, so nobody waits for ever.
    pub(super) fn exchange(mut self, bytes: u64) -> Self {
        if bytes <= self.bytes {
            return self;
        }
        let mut taken = self.gate.taken.lock();
        *taken = taken.saturating_sub(self.bytes);
        self.gate.freed.notify_all();
        self.gate.take(taken, bytes);
        self.bytes = bytes;
        self
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        let is_much = {
            let mut idle = self.gate.idle.lock();
            *idle = self.bytes.max(*idle);
            // The allocator keeps for each thread what that has freed, and uses it again before it asks for more.
            let is_much = idle.saturating_mul(self.gate.threads) > self.gate.budget / 4;
            if is_much {
                *idle = 0;
            }
            is_much
        };
        if is_much {
            cst_bytecode::release_memory();
        }
        let mut taken = self.gate.taken.lock();
        *taken = taken.saturating_sub(self.bytes);
        self.gate.freed.notify_all();
    }
}
