//! Which records a full disk gives up.

use cst_tiers::{OnDisk, Retention, Tick};
use proptest::prelude::*;

const RECORD: OnDisk = OnDisk { bytes: 4_000, cost: 10_000, used: Tick(500), in_use: false };

fn worth(record: OnDisk) -> u64 {
    Retention::at(Tick(1_000)).worth(&record)
}

#[test]
fn of_equal_records_the_least_recently_used_goes_first() {
    let by_use: Vec<u64> = (0..=1_000).map(|tick| worth(OnDisk { used: Tick(tick), ..RECORD })).collect();
    assert!(by_use.is_sorted_by(|older, newer| older < newer));
    // A clock that went back: used in the future is used now.
    assert_eq!(worth(OnDisk { used: Tick(9_999), ..RECORD }), by_use[1_000]);
}

#[test]
fn what_saves_twice_as_much_per_byte_stays_for_twice_as_long() {
    let dear = OnDisk { cost: 2 * RECORD.cost, used: Tick(1_000 - 199), ..RECORD };
    assert!(worth(dear).abs_diff(worth(OnDisk { used: Tick(1_000 - 99), ..RECORD })) <= 1);
    assert!(worth(OnDisk { bytes: RECORD.bytes / 2, ..RECORD }) > worth(RECORD));
    assert!(worth(OnDisk { cost: 0, ..RECORD }) < worth(RECORD));
}

fn any_record(in_use: bool) -> impl Strategy<Value = OnDisk> {
    (any::<u64>(), any::<u64>(), any::<u64>()).prop_map(move |(bytes, cost, used)| OnDisk {
        bytes,
        cost,
        used: Tick(used),
        in_use,
    })
}

proptest! {
    #[test]
    fn what_is_in_use_outlives_all_else_and_nothing_overflows(
        now in any::<u64>(),
        used in any_record(true),
        idle in any_record(false),
    ) {
        let now = Retention::at(Tick(now));
        prop_assert!(now.worth(&idle) < now.worth(&used));
        prop_assert!(now.worth(&used) < 1 << 41);
    }
}
