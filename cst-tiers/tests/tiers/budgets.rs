//! Which entry moves, where to, and why.

use cst_tiers::{Budgets, Idle, Reason, Tick, Tier, Tiers};

use crate::{bytes, settle};

const NOW: Tick = Tick(1);

fn caps(total: u64, hot: u64, warm: u64, cold: u64) -> Tiers {
    Tiers::new(Budgets { total, hot, warm, cold })
}

#[test]
fn nothing_moves_within_the_budgets() {
    let mut tiers = caps(300, 100, 100, 100);
    for tier in Tier::RAM {
        tiers.admit(tier, 100, NOW);
    }
    assert_eq!(tiers.next_move(Tick(u64::MAX)), None);
}

#[test]
fn the_least_recently_used_goes_first() {
    let mut tiers = caps(1000, 30, 1000, 1000);
    let [a, b, c, d] = [0, 1, 2, 3].map(|at| tiers.admit(Tier::Hot, 10, Tick(at)));
    tiers.hit(a, Tick(4));
    tiers.hit(c, Tick(5));
    let e = tiers.admit(Tier::Hot, 10, Tick(6));
    assert_eq!(tiers.candidates(Tier::Hot).collect::<Vec<_>>(), [b, d, a, c, e]);
    let moves = settle(&mut tiers, Tick(7));
    assert_eq!(moves.iter().map(|mv| mv.slot).collect::<Vec<_>>(), [b, d]);
    assert_eq!(tiers.candidates(Tier::Hot).collect::<Vec<_>>(), [a, c, e]);
    assert_eq!(tiers.candidates(Tier::Warm).collect::<Vec<_>>(), [b, d]);
}

#[test]
fn no_more_moves_than_needed_are_in_flight() {
    let mut tiers = caps(1000, 25, 1000, 1000);
    for at in 0..5 {
        tiers.admit(Tier::Hot, 10, Tick(at));
    }
    // 50 of 25 bytes: three moves, all in flight at once.
    let moves: Vec<_> = std::iter::from_fn(|| tiers.next_move(Tick(9))).collect();
    assert_eq!(moves.len(), 3);
    let hot = tiers.stats().tier(Tier::Hot);
    assert_eq!((hot.entries, hot.bytes, hot.moving_entries, hot.moving_bytes), (5, 50, 3, 30));
    for mv in moves {
        assert!(tiers.moved(mv.slot, mv.to, 1, Tick(9)));
    }
    assert_eq!(bytes(&tiers), [20, 3, 0]);
}

#[test]
fn what_a_move_did_not_free_asks_for_another() {
    let mut tiers = caps(100, 100, 100, 100);
    let [_, second] = [0, 1].map(|at| tiers.admit(Tier::Hot, 60, Tick(at)));
    let mv = tiers.next_move(NOW).unwrap();
    assert_eq!(mv.reason, Reason::OverTotal);
    assert_eq!(tiers.next_move(NOW), None);
    // The bytecode is nearly as large as the tree.
    tiers.moved(mv.slot, mv.to, 50, NOW);
    assert_eq!(tiers.next_move(NOW).map(|mv| (mv.slot, mv.reason)), Some((second, Reason::OverTotal)));
}

#[test]
fn the_tier_fullest_for_its_cap_gives_to_the_total() {
    // Hot 30 of 100, warm 40 of 50, cold 30 of 100: warm is the fullest.
    let mut tiers = caps(90, 100, 50, 100);
    tiers.admit(Tier::Hot, 30, NOW);
    let warm = tiers.admit(Tier::Warm, 40, NOW);
    tiers.admit(Tier::Cold, 30, NOW);
    let mv = tiers.next_move(NOW).unwrap();
    assert_eq!((mv.slot, mv.to, mv.reason), (warm, Tier::Cold, Reason::OverTotal));
}

#[test]
fn of_equally_full_tiers_the_hotter_gives() {
    let mut tiers = caps(50, 90, 60, 30);
    let hot = tiers.admit(Tier::Hot, 30, NOW);
    tiers.admit(Tier::Warm, 20, NOW);
    tiers.admit(Tier::Cold, 10, NOW);
    assert_eq!(tiers.next_move(NOW).map(|mv| mv.slot), Some(hot));
}

#[test]
fn a_full_tier_without_candidates_does_not_give() {
    let mut tiers = caps(50, 60, 60, 60);
    let hot = tiers.admit(Tier::Hot, 45, NOW);
    let warm = tiers.admit(Tier::Warm, 10, NOW);
    tiers.pin(hot);
    assert_eq!(tiers.next_move(NOW).map(|mv| (mv.slot, mv.reason)), Some((warm, Reason::OverTotal)));
    assert_eq!(tiers.next_move(NOW), None);
}

#[test]
fn the_total_comes_before_caps_and_caps_before_idling() {
    let mut tiers = caps(100, 10, 10, 100).with_idle(Idle { hot: Some(5), warm: None, cold: Some(5) });
    tiers.admit(Tier::Hot, 40, Tick(0));
    tiers.admit(Tier::Warm, 70, Tick(0));
    let idle = tiers.admit(Tier::Cold, 1, Tick(0));
    let due = [0; 3].map(|_| tiers.next_move(Tick(10)).map(|mv| (mv.from, mv.reason)));
    let expected =
        [(Tier::Warm, Reason::OverTotal), (Tier::Hot, Reason::OverTierBudget), (Tier::Cold, Reason::Idle)];
    assert_eq!(due, expected.map(Some));
    assert_eq!(tiers.entry(idle).unwrap().moving_to(), Some(Tier::Frozen));
}

#[test]
fn caps_are_looked_at_from_hot_down() {
    let mut tiers = caps(1000, 10, 10, 10);
    for tier in Tier::RAM.into_iter().rev() {
        tiers.admit(tier, 5, NOW);
        tiers.admit(tier, 6, NOW);
    }
    let from: Vec<_> = std::iter::from_fn(|| tiers.next_move(NOW)).map(|mv| mv.from).collect();
    assert_eq!(from, Tier::RAM);
}

#[test]
fn a_disabled_tier_is_skipped_and_emptied() {
    let mut tiers = caps(100, 50, 0, 50);
    let heavy = tiers.admit(Tier::Warm, 10, NOW);
    let weightless = tiers.admit(Tier::Warm, 0, NOW);
    let moves = settle(&mut tiers, NOW);
    assert_eq!(
        moves.iter().map(|mv| (mv.slot, mv.to)).collect::<Vec<_>>(),
        [(heavy, Tier::Cold), (weightless, Tier::Cold)]
    );
    let hot = tiers.admit(Tier::Hot, 51, NOW);
    let mv = tiers.next_move(NOW).unwrap();
    assert_eq!((mv.slot, mv.to), (hot, Tier::Frozen), "51 bytes fit neither warm nor cold");
}

#[test]
fn an_entry_too_large_for_a_tier_skips_it() {
    let mut tiers = caps(1000, 100, 90, 200);
    let slot = tiers.admit(Tier::Hot, 150, NOW);
    assert_eq!(tiers.next_move(NOW).map(|mv| (mv.slot, mv.to)), Some((slot, Tier::Cold)));

    // A cap above the total does not help.
    let mut tiers = caps(100, 100, 1000, 1000);
    tiers.admit(Tier::Hot, 150, NOW);
    assert_eq!(tiers.next_move(NOW).map(|mv| mv.to), Some(Tier::Frozen));
}

#[test]
fn a_tree_too_large_for_warm_goes_there_if_its_bytecode_fits() {
    let mut tiers = caps(1000, 100, 90, 200);
    let slot = tiers.admit(Tier::Hot, 150, NOW);
    assert!(tiers.foresee(slot, Tier::Warm, 15));
    let mv = tiers.next_move(NOW).unwrap();
    assert_eq!((mv.to, mv.weight), (Tier::Warm, 150));
    tiers.moved(slot, mv.to, 16, NOW);
    // From now on the real weight is known.
    tiers.promote(slot, 150, NOW);
    assert_eq!(tiers.entry(slot).map(|entry| entry.weight_below(Tier::Warm)), Some(16));
    assert_eq!(tiers.next_move(NOW).map(|mv| mv.to), Some(Tier::Warm));
}

#[test]
fn without_budgets_all_goes_to_disk() {
    let mut tiers = caps(0, 0, 0, 0);
    for weight in [0, 1, 2] {
        tiers.admit(Tier::Hot, weight, NOW);
    }
    let moves = settle(&mut tiers, NOW);
    assert!(moves.iter().all(|mv| mv.to == Tier::Frozen));
    assert_eq!((moves.len(), tiers.len(), tiers.stats().frozen()), (3, 0, 3));
}

#[test]
fn idle_entries_go_down_one_tier_at_a_time() {
    let idle = Idle { hot: Some(10), warm: Some(20), cold: Some(30) };
    let mut tiers = Tiers::new(Budgets::UNLIMITED).with_idle(idle);
    let slot = tiers.admit(Tier::Hot, 1, Tick(100));
    assert_eq!(tiers.next_idle(), Some(Tick(110)));
    tiers.hit(slot, Tick(105));
    assert_eq!(tiers.next_move(Tick(110)), None);
    assert_eq!(tiers.next_move(Tick(114)), None);
    for (at, to) in [(115, Tier::Warm), (135, Tier::Cold), (165, Tier::Frozen)] {
        assert_eq!(tiers.next_idle(), Some(Tick(at)));
        assert_eq!(tiers.next_move(Tick(at - 1)), None);
        let mv = tiers.next_move(Tick(at)).unwrap();
        assert_eq!((mv.to, mv.reason), (to, Reason::Idle));
        tiers.moved(slot, to, 1, Tick(at));
    }
    assert!(tiers.is_empty());
    assert_eq!(tiers.next_idle(), None);
}

#[test]
fn budgets_and_idle_times_change_at_run_time() {
    let mut tiers = Tiers::new(Budgets::UNLIMITED);
    for at in 0..4 {
        tiers.admit(Tier::Hot, 10, Tick(at));
    }
    assert_eq!(settle(&mut tiers, Tick(4)), []);
    let budgets = Budgets { total: 1000, hot: 20, warm: 10, cold: 1000 };
    tiers.set_budgets(budgets);
    assert_eq!(tiers.budgets(), budgets);
    settle(&mut tiers, Tick(4));
    assert_eq!(bytes(&tiers), [20, 10, 10]);
    tiers.set_idle(Idle { hot: Some(0), ..Idle::NEVER });
    settle(&mut tiers, Tick(4));
    assert_eq!(bytes(&tiers), [0, 10, 30]);
}

#[test]
fn a_split_covers_the_total_and_disables_nothing() {
    for total in [1, 2, 3, 4, 5, 7, 1000, 1 << 30, u64::MAX] {
        let Budgets { total: all, hot, warm, cold } = Budgets::split(total);
        assert_eq!(all, total);
        assert!(hot >= warm && warm >= cold && cold > 0 && hot <= total);
        assert!(u128::from(hot) + u128::from(warm) + u128::from(cold) >= u128::from(total));
    }
    assert_eq!(Budgets::split(0), Budgets { total: 0, hot: 0, warm: 0, cold: 0 });
}

#[test]
fn a_split_settles_at_its_shares() {
    // Weights that do not shrink fill every tier: 600, 400 and 200 of 1000 become shares of it.
    let mut tiers = Tiers::new(Budgets::split(1000));
    for at in 0..500 {
        tiers.admit(Tier::Hot, 10, Tick(at));
        settle(&mut tiers, Tick(at));
    }
    let [hot, warm, cold] = bytes(&tiers);
    assert_eq!(hot + warm + cold, 1000);
    assert!(hot.abs_diff(500) <= 20 && warm.abs_diff(333) <= 20 && cold.abs_diff(167) <= 20, "{tiers}");
}
