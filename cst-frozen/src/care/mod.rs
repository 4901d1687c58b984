//! Care of a store's data: check it, save what damage has left, keep a second copy, bring one back.
//!
//! | question | function |
//! |---|---|
//! | is all that is there as it was written? | [`Reader::verify`](crate::Reader::verify), [`verify_to`](crate::Reader::verify_to) a level |
//! | it is not: what is left? | [`repair()`] in place, [`mend()`] with an open writer, [`salvage`] into another store |
//! | keep a copy | [`backup()`], which needs no pause of the writer |
//! | bring it back | [`restore()`] |
//! | take records to another machine | [`Pack`](crate::Pack), [`import()`] |
//! | a store of an earlier format | [`migrate()`] |
//!
//! All but `repair` and `migrate` work on readers and writers, so on any [`Medium`](crate::Medium). Each of them writes one commit with
//! [`Durability::Fsync`](crate::Durability::Fsync): what is interrupted has changed nothing that a reader can see.

mod anew;
mod backup;
mod copy;
mod error;
mod import;
mod loss;
mod migrate;
mod repair;
mod restore;
mod salvage;
mod verify;

pub use backup::backup;
pub use copy::Copied;
pub use error::CareError;
pub use import::{Imported, import};
pub use loss::Loss;
pub use migrate::{Migration, migrate, migrate_on};
pub use repair::{Repair, mend, repair, repair_on};
pub use restore::{Existing, restore};
pub use salvage::salvage;
pub(crate) use verify::verify;
pub use verify::{Level, Problem, Verification};

use std::ops::ControlFlow;

/// Is told of each record how many bytes it has, for a display of progress, and may end the work, of which nothing is then
/// kept: [`CareError::Stopped`].
pub type Watch<'a> = &'a mut dyn FnMut(u64) -> ControlFlow<()>;

/// A [`Watch`] that does not look.
pub fn unwatched(_bytes: u64) -> ControlFlow<()> {
    ControlFlow::Continue(())
}
