//! One at a time per key: who asks for what another is already fetching waits for that.

use std::sync::Arc;

use hashbrown::HashMap;
use parking_lot::{Condvar, Mutex};
use tree_sitter::Tree;

use crate::document::Key;

/// The keys that somebody is working on.
#[derive(Default)]
pub(crate) struct Flights(Mutex<HashMap<Key, Arc<Flight>>>);

#[derive(Default)]
struct Flight {
    /// Filled once: what the work came to.
    outcome: Mutex<Option<Option<Tree>>>,
    landed: Condvar,
}

/// How a request was answered.
pub(crate) enum Joined {
    /// By doing the work.
    Led(Option<Tree>),
    /// By waiting for another who did it.
    Followed(Option<Tree>),
}

impl Flights {
    /// Runs `work`, or waits for whoever is running it for this key.
    pub(crate) fn join(&self, key: Key, work: impl FnOnce() -> Option<Tree>) -> Joined {
        let (flight, leads) = {
            let mut flights = self.0.lock();
            match flights.get(&key) {
                Some(flight) => (Arc::clone(flight), false),
                None => {
                    let flight = Arc::<Flight>::default();
                    flights.insert(key, Arc::clone(&flight));
                    (flight, true)
                }
            }
        };
        if !leads {
            let mut outcome = flight.outcome.lock();
            loop {
                match &*outcome {
                    Some(tree) => return Joined::Followed(tree.clone()),
                    None => flight.landed.wait(&mut outcome),
                }
            }
        }
        // Lands on the way out, also when `work` panics: then with nothing.
        let mut landing = Landing { flights: self, key, flight: &flight, tree: None };
        landing.tree = work();
        Joined::Led(landing.tree.clone())
    }
}

struct Landing<'a> {
    flights: &'a Flights,
    key: Key,
    flight: &'a Flight,
    tree: Option<Tree>,
}

impl Drop for Landing<'_> {
    fn drop(&mut self) {
        self.flights.0.lock().remove(&self.key);
        *self.flight.outcome.lock() = Some(self.tree.take());
        self.flight.landed.notify_all();
    }
}
