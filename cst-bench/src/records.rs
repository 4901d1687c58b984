//! Records that mean nothing, for stores that do not care.

use crate::random::Random;

/// The key of the record of this number: spread as evenly as the hash of something.
#[must_use]
pub fn key(number: u64) -> [u8; 32] {
    let mut key = [0; 32];
    for (at, part) in key.chunks_exact_mut(8).enumerate() {
        part.copy_from_slice(&mix(number ^ (at as u64) << 56).to_le_bytes());
    }
    key
}

/// A record of this number, of so many bytes that do not compress.
#[must_use]
pub fn record(number: u64, bytes: usize) -> Vec<u8> {
    let words = (0..bytes.div_ceil(8) as u64).map(|at| mix(mix(number) ^ at).to_le_bytes());
    let mut record: Vec<u8> = words.flatten().collect();
    record.truncate(bytes);
    record
}

/// A bijection whose output looks random.
#[must_use]
pub fn mix(number: u64) -> u64 {
    Random::new(number).next_u64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn numbers_have_their_own_keys_and_records() {
        let keys: HashSet<_> = (0..1000).map(key).collect();
        assert_eq!(keys.len(), 1000);
        assert_eq!(record(7, 21).len(), 21);
        assert_ne!(record(7, 21), record(8, 21));
        assert_eq!(record(7, 21), record(7, 21));
    }
}
