//! The number that tells one store from another, and one life of a folder from the next.
//!
//! It is drawn when the store is made, stands in a file of its own, and in each segment. The file has a checksum: a number that is
//! not the store's would make all of its segments somebody else's.

use std::io;

use crate::{layout::checksum, medium::Medium, name::STORE};

pub(crate) const LABEL: &str = "cst-frozen store ";

/// What the file says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct StoreId {
    /// The number; nothing when the file is missing or damaged. Then it is the one that the segments have, if they have one.
    pub(crate) number: Option<u64>,
    /// Tells one text from the next.
    mark: Option<u64>,
}

/// Reads the file. One that cannot be read is as good as none, to who only reads.
pub(crate) fn read(medium: &dyn Medium) -> StoreId {
    try_read(medium).unwrap_or_default()
}

/// Reads the file; one that is missing is no error.
pub(crate) fn try_read(medium: &dyn Medium) -> io::Result<StoreId> {
    match medium.read(STORE) {
        Ok(bytes) => Ok(StoreId { number: parse(&bytes), mark: Some(checksum(&bytes)) }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(StoreId::default()),
        Err(error) => Err(error),
    }
}

fn parse(bytes: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(bytes).ok()?;
    let digits = text.strip_prefix(LABEL)?.get(..16)?;
    let number = u64::from_str_radix(digits, 16).ok()?;
    (text == self::text(number) || text == unsigned(number)).then_some(number)
}

/// As the file was before it had a checksum. Then no segment said whose it is, so a wrong number did no harm.
fn unsigned(number: u64) -> String {
    format!("{LABEL}{number:016x}\n")
}

impl StoreId {
    /// The number, where the file has a checksum.
    pub(crate) fn signed(&self) -> Option<u64> {
        self.number.filter(|&number| self.mark == Some(checksum(text(number).as_bytes())))
    }
}

/// The text of the file.
pub(crate) fn text(number: u64) -> String {
    let said = format!("{LABEL}{number:016x}");
    let sum = checksum(said.as_bytes());
    format!("{said} {sum:016x}\n")
}

/// Writes a file whole or not at all.
pub(crate) fn publish(medium: &dyn Medium, name: &str, bytes: &[u8]) -> io::Result<()> {
    let temporary = crate::name::temporary("small");
    let mut file = medium.create(&temporary)?;
    file.append(bytes)?;
    file.sync()?;
    drop(file);
    medium.rename(&temporary, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_with_a_flipped_bit_has_no_number() {
        let sound = text(0x51d7).into_bytes();
        assert_eq!(parse(&sound), Some(0x51d7));
        for bit in 0..sound.len() * 8 {
            let mut damaged = sound.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(parse(&damaged), None, "bit {bit}");
        }
        assert_eq!(
            parse(b"cst-frozen store 00000000000051d7\n"),
            Some(0x51d7),
            "as it was without a checksum"
        );
    }
}
