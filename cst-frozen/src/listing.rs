//! What is in a store's folder.

use std::io;

use crate::{error::OpenError, medium::Medium, name::Name};

/// The names in the folder.
pub(crate) fn names(medium: &dyn Medium) -> Result<Vec<String>, OpenError> {
    medium.list().map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => OpenError::Missing { path: medium.path().to_owned() },
        io::ErrorKind::NotADirectory => OpenError::NotAStore { path: medium.path().to_owned() },
        _ => OpenError::Io { doing: "listing", path: medium.path().to_owned(), source },
    })
}

/// The segments among some names, in order.
pub(crate) fn segments(names: &[String]) -> Vec<Name> {
    let mut segments: Vec<Name> = names.iter().filter_map(|name| Name::parse(name)).collect();
    segments.sort();
    segments
}

/// The segments in the folder, in order.
///
/// A listing that is made while files are renamed may miss both the old name and the new one. Two equal ones in
/// succession do not: whatever the second missed because it changed meanwhile, the first still had.
pub(crate) fn stable(medium: &dyn Medium) -> Result<Vec<Name>, OpenError> {
    const ATTEMPTS: u32 = 100;
    let mut listing = segments(&names(medium)?);
    for _ in 0..ATTEMPTS {
        let again = segments(&names(medium)?);
        if again == listing {
            break;
        }
        listing = again;
    }
    Ok(listing)
}
