//! Keys and values of tests, and what a store holds of them.

use std::collections::BTreeMap;

use cst_frozen::{Key, Reader};

/// A key that differs from others in its last byte only: nothing may depend on keys being spread.
pub(crate) fn key(n: u8) -> Key {
    let mut key = [0; 32];
    key[31] = n;
    key
}

/// A key for larger tests.
pub(crate) fn wide_key(n: u64) -> Key {
    let mut key = [0xab; 32];
    key[8..16].copy_from_slice(&n.to_le_bytes());
    key
}

/// Bytes that look random and depend on `seed`.
pub(crate) fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[3]
        })
        .collect()
}

/// All live records; panics on a damaged one.
pub(crate) fn contents(reader: &Reader) -> BTreeMap<Key, Vec<u8>> {
    let mut all = BTreeMap::new();
    for item in reader.iter() {
        let (key, record) = item.unwrap();
        assert!(all.insert(key, record.to_vec()).is_none(), "iter gave a key twice");
    }
    for (key, value) in &all {
        assert_eq!(&*reader.get(key).unwrap().unwrap(), value.as_slice());
        assert!(reader.contains(key));
    }
    all
}
