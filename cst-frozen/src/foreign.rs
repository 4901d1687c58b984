//! Segments of other stores that lie in the folder: whose the folder's own are, and what is done with the others.
//!
//! They are counted and named, and nothing in them is read. Nor are they removed or replaced: only where one has the name that a
//! commit or a merge is to get, or in a repair, it gets another one.

use std::{io, path::PathBuf};

use crate::{
    error::OpenError,
    identity::Identity,
    medium::Medium,
    name::{FOREIGN, Name},
    segment::{Footer, Front, read_header},
    store_id::StoreId,
    writer::Writer,
};

/// The number of the store in a folder: what `STORE` says, or where it is missing or damaged, what all segments say that say
/// anything. Nothing where none does. Costs a look at each file in the second case.
pub(crate) fn own(medium: &dyn Medium, store: StoreId, listing: &[Name]) -> Result<Option<u64>, OpenError> {
    if store.number.is_some() {
        return Ok(store.number);
    }
    let mut agreed: Option<(u64, Name)> = None;
    for &name in listing {
        let signed = signed(medium, name);
        let Some(owner) = signed.and_then(|(version, identity)| identity.owner(version)) else { continue };
        match agreed {
            Some((own, first)) if own != owner => {
                return Err(OpenError::Mixed {
                    path: medium.path().to_owned(),
                    segments: [first, name].map(|name| medium.locate(&name.to_string())),
                });
            }
            Some(_) => {}
            None => agreed = Some((owner, name)),
        }
    }
    Ok(agreed.map(|(own, _)| own))
}

/// Whether a file is a segment that says it is of another store.
pub(crate) fn is_foreign(medium: &dyn Medium, name: Name, own: Option<u64>) -> bool {
    signed(medium, name).is_some_and(|(version, identity)| identity.is_foreign(version, own))
}

/// The version and identity that one of the two ends of a file states. What cannot be read states nothing.
fn signed(medium: &dyn Medium, name: Name) -> Option<(u32, Identity)> {
    let bytes = medium.read(&name.to_string()).ok()?;
    match read_header(&bytes) {
        Front::Header { version, identity, .. } => Some((version, identity)),
        Front::Damaged => Footer::read(&bytes).map(|footer| (footer.version, footer.identity)),
        Front::Other | Front::Version(_) => None,
    }
}

impl Writer {
    /// Gives a segment of another store a name that means nothing here, and that no other file has. Returns it once it is on
    /// disk: whatever gets the old name must not get it first. `shared.changing` is held.
    pub(crate) fn put_aside(&self, name: Name) -> io::Result<PathBuf> {
        let shared = self.shared();
        let (medium, from) = (&*shared.medium, name.to_string());
        let mut to = format!("{from}{FOREIGN}");
        for n in 1_u32.. {
            match medium.publish(&from, &to) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    to = format!("{from}.{n}{FOREIGN}");
                }
                other => {
                    other?;
                    break;
                }
            }
        }
        shared.replace(shared.snapshot().without_foreign(name));
        medium.sync_folder()?;
        Ok(medium.path().join(to))
    }
}
