//! Arguments no sensible caller would pass: none of them may panic or corrupt the sums.

use cst_tiers::{Budgets, Idle, Promotion, Slot, Tick, Tier, Tiers};

use crate::{bytes, settle};

const NOW: Tick = Tick(1);

fn assert_stale(tiers: &mut Tiers, slot: Slot) {
    let before = tiers.to_string();
    let stats = tiers.stats();
    assert!(!tiers.contains(slot));
    assert_eq!((tiers.entry(slot), tiers.hit(slot, NOW), tiers.remove(slot)), (None, None, None));
    assert!(!tiers.moved(slot, Tier::Cold, 1, NOW));
    assert!(!tiers.promote(slot, 1, NOW));
    assert!(!tiers.abandoned(slot));
    assert!(!tiers.reweigh(slot, 1));
    assert!(!tiers.foresee(slot, Tier::Warm, 1));
    assert!(!tiers.pin(slot));
    assert!(!tiers.unpin(slot));
    assert!(!tiers.should_promote(slot, 0));
    assert_eq!((tiers.to_string(), tiers.stats()), (before, stats), "a stale slot changed something");
}

#[test]
fn stale_slots_are_told_from_their_successors() {
    let mut tiers = Tiers::new(Budgets::UNLIMITED);
    let removed = tiers.admit(Tier::Hot, 1, NOW);
    tiers.remove(removed);
    assert_stale(&mut tiers, removed);
    let frozen = tiers.admit(Tier::Hot, 2, NOW);
    assert_eq!(removed.index(), frozen.index());
    assert_ne!(removed, frozen);
    assert_stale(&mut tiers, removed);
    tiers.moved(frozen, Tier::Frozen, 0, NOW);
    let live = tiers.admit(Tier::Hot, 3, NOW);
    assert_eq!(live.index(), frozen.index());
    assert_stale(&mut tiers, removed);
    assert_stale(&mut tiers, frozen);
    assert_eq!(tiers.entry(live).unwrap().weight(), 3);
}

#[test]
fn nothing_is_tracked_on_disk() {
    let mut tiers = Tiers::new(Budgets::UNLIMITED);
    let [admitted, thawed] = [tiers.admit(Tier::Frozen, 1, NOW), tiers.thaw(Tier::Frozen, 1, NOW)];
    assert!(tiers.is_empty());
    assert_eq!(tiers.stats().admits(Tier::Frozen) + tiers.stats().thaws(Tier::Frozen), 0);
    assert_stale(&mut tiers, admitted);
    assert_stale(&mut tiers, thawed);
}

#[test]
fn weights_of_any_size_add_up_and_come_apart() {
    let mut tiers = Tiers::new(Budgets { total: 100, hot: 100, warm: 100, cold: 100 });
    let huge = [0; 4].map(|_| tiers.admit(Tier::Hot, u64::MAX, NOW));
    tiers.admit(Tier::Hot, 7, NOW);
    assert_eq!(tiers.stats().total().bytes, u64::MAX, "reported sums stop at the end of the range");
    tiers.remove(huge[0]);
    assert_eq!(bytes(&tiers), [u64::MAX, 0, 0], "sums are exact inside");
    let moves = settle(&mut tiers, NOW);
    assert_eq!(moves.len(), 3);
    assert!(moves.iter().all(|mv| mv.to == Tier::Frozen));
    assert_eq!(bytes(&tiers), [7, 0, 0]);
}

#[test]
fn the_largest_budget_is_still_a_budget() {
    let mut tiers = Tiers::new(Budgets::UNLIMITED);
    tiers.admit(Tier::Hot, u64::MAX, NOW);
    assert_eq!(tiers.next_move(NOW), None);
    tiers.admit(Tier::Warm, 1, NOW);
    assert_eq!(tiers.next_move(NOW).map(|mv| mv.from), Some(Tier::Hot));
}

#[test]
fn time_that_goes_backwards_stands_still() {
    let mut tiers = Tiers::new(Budgets::UNLIMITED).with_idle(Idle { hot: Some(10), ..Idle::NEVER });
    let slot = tiers.admit(Tier::Hot, 1, Tick(100));
    tiers.hit(slot, Tick(3));
    assert_eq!(tiers.clock(), Tick(100));
    assert_eq!(tiers.entry(slot).unwrap().touched(), Tick(100));
    let second = tiers.admit(Tier::Hot, 1, Tick(0));
    assert_eq!(tiers.candidates(Tier::Hot).collect::<Vec<_>>(), [slot, second]);
    assert_eq!(tiers.next_move(Tick(5)), None);
    assert_eq!(tiers.next_move(Tick(109)), None);
    assert_eq!(settle(&mut tiers, Tick(110)).len(), 2);
}

#[test]
fn the_end_of_time_is_reached_quietly() {
    let idle = Idle { hot: Some(u64::MAX), warm: Some(1), cold: Some(0) };
    let mut tiers = Tiers::new(Budgets::UNLIMITED).with_idle(idle);
    tiers.admit(Tier::Hot, 1, Tick(1));
    assert_eq!(tiers.next_idle(), None, "never is later than any tick");
    tiers.admit(Tier::Warm, 1, Tick(u64::MAX));
    assert_eq!(tiers.next_move(Tick(u64::MAX)), None);
    assert_eq!(tiers.next_idle(), None);
    tiers.admit(Tier::Cold, 1, Tick(u64::MAX));
    assert_eq!(tiers.next_move(Tick(0)).map(|mv| mv.from), Some(Tier::Cold));
}

#[test]
fn moves_in_flight_survive_a_change_of_budgets() {
    let mut tiers = Tiers::new(Budgets { total: 100, hot: 1, warm: 100, cold: 100 });
    let slot = tiers.admit(Tier::Hot, 10, NOW);
    let mv = tiers.next_move(NOW).unwrap();
    tiers.set_budgets(Budgets { total: 0, hot: 0, warm: 0, cold: 0 });
    assert!(tiers.is_current(&mv));
    assert!(tiers.moved(slot, mv.to, 10, NOW));
    assert_eq!(tiers.next_move(NOW).map(|mv| mv.to), Some(Tier::Frozen));
}

#[test]
fn hits_may_be_reported_while_pinned_or_after_any_policy_change() {
    let mut tiers = Tiers::new(Budgets::UNLIMITED);
    let slot = tiers.admit(Tier::Cold, 1, NOW);
    tiers.pin(slot);
    tiers.hit(slot, Tick(4));
    tiers.set_promotion(Promotion::OnSecondHit);
    assert!(!tiers.should_promote(slot, 1));
    tiers.hit(slot, Tick(5));
    assert!(tiers.should_promote(slot, 1));
    assert_eq!(tiers.entry(slot).map(|entry| (entry.touched(), entry.pins())), Some((Tick(5), 1)));
}
