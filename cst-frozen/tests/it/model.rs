//! Random operations against a map in memory.

use std::collections::BTreeMap;

use cst_frozen::{
    Durability::{self, *},
    Key, Options, Reader, Writer,
};
use proptest::{collection::vec, prelude::*};

use crate::support::{contents, key, noise};

#[derive(Clone, Debug)]
enum Op {
    Put(u8, u16),
    Remove(u8),
    Commit(Durability),
    Abandon,
    Compact,
    Step(u16),
    Reopen,
    Refresh,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        10 => (0..20u8, 0..2000u16).prop_map(|(n, len)| Op::Put(n, len)),
        3 => (0..20u8).prop_map(Op::Remove),
        4 => prop_oneof![Just(Volatile), Just(Buffered), Just(Fsync)].prop_map(Op::Commit),
        1 => Just(Op::Abandon),
        1 => Just(Op::Compact),
        4 => (0..3000u16).prop_map(Op::Step),
        1 => Just(Op::Reopen),
        2 => Just(Op::Refresh),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_store_is_a_map(ops in vec(op(), 1..80), mmap: bool) {
        let folder = tempfile::tempdir().unwrap();
        let options = Options::default().mmap(mmap);
        let mut writer = Writer::open(folder.path(), options).unwrap();
        let reader = Reader::open(folder.path(), options).unwrap();
        let mut committed: BTreeMap<Key, Vec<u8>> = BTreeMap::new();
        let mut pending = committed.clone();
        let mut read = committed.clone();
        // What other processes may see: not what is volatile.
        let mut published = committed.clone();
        for (step, op) in (0u64..).zip(&ops) {
            match op {
                Op::Put(n, len) => {
                    let value = noise(step, (*len).into());
                    writer.put(&key(*n), &value).unwrap();
                    pending.insert(key(*n), value);
                }
                Op::Remove(n) => {
                    writer.remove(&key(*n)).unwrap();
                    pending.remove(&key(*n));
                }
                Op::Commit(durability) => {
                    writer.commit(*durability).unwrap();
                    committed.clone_from(&pending);
                    if *durability > Volatile {
                        published.clone_from(&committed);
                    }
                }
                Op::Abandon => {
                    writer.abandon();
                    pending.clone_from(&committed);
                }
                Op::Compact => {
                    writer.compact().unwrap();
                    published.clone_from(&committed);
                }
                Op::Step(bytes) => {
                    // Whether it begins a merge, and so publishes, is its own affair.
                    writer.commit(Buffered).unwrap();
                    committed.clone_from(&pending);
                    published.clone_from(&committed);
                    let _ = writer.compact_step((*bytes).into()).unwrap();
                }
                Op::Reopen => {
                    drop(writer);
                    writer = Writer::open(folder.path(), options).unwrap();
                    pending.clone_from(&committed);
                    published.clone_from(&committed);
                }
                Op::Refresh => {
                    reader.refresh().unwrap();
                    read.clone_from(&published);
                }
            }
            for n in 0..20 {
                let value = writer.reader().get(&key(n)).unwrap();
                prop_assert_eq!(value.as_deref(), committed.get(&key(n)).map(Vec::as_slice));
                let value = reader.get(&key(n)).unwrap();
                prop_assert_eq!(value.as_deref(), read.get(&key(n)).map(Vec::as_slice));
            }
            let stats = writer.reader().stats();
            prop_assert_eq!(stats.live_records, committed.len() as u64);
        }
        prop_assert_eq!(&contents(writer.reader()), &committed);
        prop_assert!(writer.reader().verify().is_sound());
        writer.compact().unwrap();
        prop_assert_eq!(&contents(writer.reader()), &committed);
        let live: usize = committed.values().map(Vec::len).sum();
        prop_assert_eq!(writer.reader().stats().payload_bytes, live as u64);
    }
}
