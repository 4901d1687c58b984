//! What moves between memory tiers, and when: a deterministic state machine without side effects.
//!
//! ```text
//!             new trees                              a hit below promotes
//!                 |                                            ^
//!                 v                                            |
//!   RAM  +----------------+    +----------------+    +-------------------+
//!        | hot            | -> | warm           | -> | cold              | --+
//!        | live tree      |    | bytecode       |    | compressed        |   |
//!        | cap, idle time |    | cap, idle time |    | cap, idle time    |   |
//!        +----------------+    +----------------+    +-------------------+   |
//!         \___________________ one hard total _________________________/     |
//!                                                                            v
//!   disk                                             frozen: not tracked, costs no RAM;
//!                                                    a quota is kept by `Retention`
//! ```
//!
//! Events go in, moves come out. The caller reports what happens to its entries ([`Tiers::admit`],
//! [`Tiers::hit`], [`Tiers::remove`], ...) and asks [`Tiers::next_move`] what has to be demoted,
//! until it answers `None`. Each move is carried out by the caller, with no lock held, and reported
//! with [`Tiers::moved`] and the entry's real weight in its new tier.
//!
//! It is not a cache: it holds no trees, no bytes and no keys. It does no I/O, has no threads and
//! no clock; time is an argument ([`Tick`]). Entries are [`Slot`]s, and the slots are exactly the
//! entries in RAM. The same events give the same moves, on every machine.
//!
//! # Example
//!
//! ```
//! use cst_tiers::{Budgets, Idle, Reason, Tick, Tier, Tiers};
//!
//! let budgets = Budgets { total: 1_000, hot: 500, warm: 400, cold: 300 };
//! let mut tiers = Tiers::new(budgets).with_idle(Idle { hot: Some(60), ..Idle::NEVER });
//!
//! let first = tiers.admit(Tier::Hot, 400, Tick(0));
//! let second = tiers.admit(Tier::Hot, 200, Tick(1));
//!
//! // 600 bytes are too many for hot: the least recently used entry has to go.
//! let mv = tiers.next_move(Tick(1)).ok_or("a move is due")?;
//! assert_eq!((mv.slot, mv.to, mv.reason), (first, Tier::Warm, Reason::OverTierBudget));
//! assert_eq!(tiers.next_move(Tick(1)), None); // one is enough
//!
//! // ... encode the tree, with no lock held; then, if nothing came between:
//! assert!(tiers.is_current(&mv));
//! assert!(tiers.moved(mv.slot, mv.to, 40, Tick(2)));
//!
//! // A hit in warm: is it worth being hot again?
//! assert_eq!(tiers.hit(first, Tick(3)), Some(Tier::Warm));
//! assert!(tiers.should_promote(first, 400));
//!
//! // The other one is used no more.
//! let mv = tiers.next_move(Tick(61)).ok_or("a move is due")?;
//! assert_eq!((mv.slot, mv.to, mv.reason), (second, Tier::Warm, Reason::Idle));
//! # Ok::<(), &str>(())
//! ```
//!
//! # Rules
//!
//! - Recency is per tier. An entry becomes the most recent of its tier when it arrives, is hit, is
//!   unpinned, or its move is abandoned.
//! - A move in flight occupies its old tier until it is reported, but is not asked for twice. The
//!   budgets are therefore exceeded for as long as due moves are not carried out: whoever needs a
//!   bound at every moment settles them before admitting more.
//! - Whenever [`Tiers::next_move`] answers `None`, nothing is in flight and nothing is pinned, every
//!   budget holds.
//! - Every event and every question is O(1), unless it says otherwise.
//! - No call panics, whatever its arguments: stale slots answer `None` or `false`, sums of weights
//!   are exact in 128 bits, and a clock that goes backwards stands still.
//!
//! # Compatibility
//!
//! Which moves come out for a trace is part of the behaviour under semantic versioning: a release
//! that decides otherwise says so. The text form of [`Tiers`] is not.

#![forbid(unsafe_code)]

mod budget;
mod dump;
mod entry;
mod events;
mod machine;
mod moves;
mod recency;
mod retention;
pub mod sim;
mod slab;
mod stats;
mod tick;
mod tier;

pub use budget::{Budgets, Idle, Promotion};
pub use entry::Entry;
pub use machine::Tiers;
pub use moves::{Move, Reason};
pub use retention::{OnDisk, Retention};
pub use slab::Slot;
pub use stats::{Occupancy, Stats};
pub use tick::Tick;
pub use tier::Tier;

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct ReadmeDoctests;
