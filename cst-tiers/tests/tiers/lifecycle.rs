//! What happens to one entry from its arrival to its end.

use cst_tiers::{Budgets, Idle, Promotion, Reason, Tick, Tier, Tiers};

use crate::settle;

const NOW: Tick = Tick(1);

fn unlimited() -> Tiers {
    Tiers::new(Budgets::UNLIMITED)
}

/// A machine in which one hot entry of ten bytes has to leave, and is the only one.
fn one_too_many() -> Tiers {
    Tiers::new(Budgets { total: 100, hot: 5, warm: 100, cold: 100 })
}

#[test]
fn tiers_are_ordered_from_hot_down() {
    assert!(Tier::ALL.is_sorted());
    for pair in Tier::ALL.windows(2) {
        assert_eq!((pair[0].below(), pair[1].above()), (Some(pair[1]), Some(pair[0])));
    }
    assert_eq!((Tier::Frozen.below(), Tier::Hot.above()), (None, None));
    assert_eq!(Tier::ALL.map(Tier::is_ram), [true, true, true, false]);
}

#[test]
fn a_completed_move_takes_the_real_weight() {
    let mut tiers = one_too_many();
    let slot = tiers.admit(Tier::Hot, 10, NOW);
    let mv = tiers.next_move(NOW).unwrap();
    assert_eq!(tiers.entry(slot).unwrap().moving_to(), Some(Tier::Warm));
    assert!(tiers.moved(slot, mv.to, 3, Tick(7)));
    let entry = tiers.entry(slot).unwrap();
    assert_eq!((entry.tier(), entry.weight(), entry.moving_to()), (Tier::Warm, 3, None));
    assert_eq!(entry.touched(), Tick(7));
    assert!(!tiers.is_current(&mv));
    assert_eq!(tiers.stats().moves(Tier::Hot, Tier::Warm, Reason::OverTierBudget), 1);
}

#[test]
fn an_abandoned_entry_stays_and_lets_others_pass() {
    let mut tiers = Tiers::new(Budgets { total: 100, hot: 10, warm: 100, cold: 100 });
    let stubborn = tiers.admit(Tier::Hot, 10, Tick(0));
    let other = tiers.admit(Tier::Hot, 10, Tick(1));
    let mv = tiers.next_move(Tick(2)).unwrap();
    assert_eq!(mv.slot, stubborn);
    assert!(tiers.abandoned(stubborn));
    assert!(!tiers.abandoned(stubborn), "there is no move any more");
    assert!(!tiers.is_current(&mv));
    assert_eq!(tiers.entry(stubborn).unwrap().tier(), Tier::Hot);
    assert_eq!(tiers.next_move(Tick(2)).map(|mv| mv.slot), Some(other));
    assert_eq!(tiers.stats().abandoned(), 1);
}

#[test]
fn an_abandoned_idle_move_is_due_again_after_the_idle_time() {
    let mut tiers = unlimited().with_idle(Idle { hot: Some(10), ..Idle::NEVER });
    let slot = tiers.admit(Tier::Hot, 1, Tick(0));
    assert!(tiers.next_move(Tick(10)).is_some());
    assert_eq!(tiers.next_idle(), None);
    tiers.abandoned(slot);
    assert_eq!(tiers.next_idle(), Some(Tick(20)));
    assert_eq!(tiers.next_move(Tick(19)), None);
    assert!(tiers.next_move(Tick(20)).is_some());
}

#[test]
fn a_promotion_overtakes_a_move_in_flight() {
    let mut tiers = unlimited().with_idle(Idle { warm: Some(1), ..Idle::NEVER });
    let slot = tiers.admit(Tier::Warm, 10, Tick(0));
    let late = tiers.next_move(Tick(5)).unwrap();
    assert!(tiers.promote(slot, 90, Tick(6)));
    assert!(!tiers.is_current(&late));
    let entry = tiers.entry(slot).unwrap();
    assert_eq!((entry.tier(), entry.weight(), entry.moving_to()), (Tier::Hot, 90, None));
    let stats = tiers.stats();
    assert_eq!(stats.moves(Tier::Warm, Tier::Hot, Reason::Caller), 1);
    assert_eq!((stats.started(), stats.completed(), stats.overtaken()), (1, 0, 1));
}

#[test]
fn a_successor_is_not_mistaken_for_the_move_it_follows() {
    let mut tiers = one_too_many();
    let slot = tiers.admit(Tier::Hot, 10, NOW);
    let first = tiers.next_move(NOW).unwrap();
    tiers.abandoned(slot);
    let second = tiers.next_move(NOW).unwrap();
    assert_eq!((first.slot, first.to), (second.slot, second.to));
    assert!(!tiers.is_current(&first) && tiers.is_current(&second));
}

#[test]
fn a_hit_does_not_stop_a_move() {
    let mut tiers = one_too_many();
    let slot = tiers.admit(Tier::Hot, 10, NOW);
    let mv = tiers.next_move(NOW).unwrap();
    assert_eq!(tiers.hit(slot, NOW), Some(Tier::Hot));
    assert!(tiers.is_current(&mv));
    assert_eq!(tiers.next_move(NOW), None, "it is not handed out twice");
}

#[test]
fn removal_ends_everything() {
    let mut tiers = one_too_many();
    let slot = tiers.admit(Tier::Hot, 10, NOW);
    let mv = tiers.next_move(NOW).unwrap();
    let entry = tiers.remove(slot).unwrap();
    assert_eq!((entry.tier(), entry.weight()), (Tier::Hot, 10));
    assert!(!tiers.is_current(&mv));
    let stats = tiers.stats();
    assert_eq!((stats.removals(Tier::Hot), stats.overtaken(), tiers.len()), (1, 1, 0));
    assert_eq!(stats.total(), Default::default());
}

#[test]
fn pinned_entries_stay() {
    let mut tiers = one_too_many();
    let slot = tiers.admit(Tier::Hot, 10, NOW);
    assert!(tiers.pin(slot) && tiers.pin(slot));
    assert_eq!(tiers.next_move(NOW), None);
    assert!(!tiers.moved(slot, Tier::Warm, 1, NOW), "not even when the caller says so");
    assert!(!tiers.moved(slot, Tier::Frozen, 1, NOW));
    assert!(tiers.unpin(slot));
    assert_eq!(tiers.next_move(NOW), None, "one pin is left");
    let hot = tiers.stats().tier(Tier::Hot);
    assert_eq!((hot.pinned_entries, hot.pinned_bytes), (1, 10));
    assert!(tiers.unpin(slot));
    assert!(!tiers.unpin(slot), "pins are counted");
    assert!(tiers.next_move(NOW).is_some());
}

#[test]
fn a_pin_overtakes_a_move_in_flight() {
    let mut tiers = one_too_many();
    let slot = tiers.admit(Tier::Hot, 10, NOW);
    let mv = tiers.next_move(NOW).unwrap();
    assert!(tiers.pin(slot));
    assert!(!tiers.is_current(&mv));
    assert!(!tiers.moved(slot, mv.to, 1, NOW));
    assert_eq!(tiers.stats().tier(Tier::Hot).moving_entries, 0);
    assert_eq!(tiers.stats().overtaken(), 1);
}

#[test]
fn pinned_entries_can_be_promoted_and_weigh_on_others() {
    let mut tiers = Tiers::new(Budgets { total: 100, hot: 10, warm: 100, cold: 100 });
    let other = tiers.admit(Tier::Hot, 5, Tick(5));
    let slot = tiers.admit(Tier::Warm, 3, Tick(0));
    tiers.pin(slot);
    assert!(tiers.promote(slot, 8, Tick(0)));
    let moves = settle(&mut tiers, Tick(5));
    assert_eq!(moves.iter().map(|mv| mv.slot).collect::<Vec<_>>(), [other]);
}

#[test]
fn the_last_unpin_is_a_use() {
    let mut tiers = unlimited();
    let [a, b] = [0, 1].map(|at| tiers.admit(Tier::Hot, 1, Tick(at)));
    tiers.pin(a);
    assert_eq!(tiers.candidates(Tier::Hot).collect::<Vec<_>>(), [b]);
    tiers.unpin(a);
    assert_eq!(tiers.candidates(Tier::Hot).collect::<Vec<_>>(), [b, a]);
}

#[test]
fn every_hit_promotes_if_it_fits() {
    let mut tiers = Tiers::new(Budgets { total: 1000, hot: 50, warm: 20, cold: 10 });
    let hot = tiers.admit(Tier::Hot, 1, NOW);
    let cold = tiers.admit(Tier::Cold, 1, NOW);
    tiers.hit(cold, NOW);
    assert!(tiers.should_promote(cold, 50));
    assert!(!tiers.should_promote(cold, 51));
    assert!(!tiers.should_promote(hot, 1), "it is hot already");
    assert_eq!(tiers.thaw_to(50, 20), Tier::Hot);
    assert_eq!(tiers.thaw_to(51, 20), Tier::Warm);
    assert_eq!(tiers.thaw_to(51, 21), Tier::Frozen);
    tiers.set_budgets(Budgets { total: 40, ..tiers.budgets() });
    assert!(!tiers.should_promote(cold, 50), "the total counts too");
}

#[test]
fn only_the_second_hit_promotes() {
    let mut tiers = unlimited().with_promotion(Promotion::OnSecondHit);
    let slot = tiers.admit(Tier::Warm, 1, NOW);
    tiers.hit(slot, NOW);
    assert!(!tiers.should_promote(slot, 1));
    tiers.hit(slot, NOW);
    assert!(tiers.should_promote(slot, 1));
    // Hits are counted anew in each tier.
    tiers.promote(slot, 1, NOW);
    tiers.moved(slot, Tier::Cold, 1, NOW);
    tiers.hit(slot, NOW);
    assert!(!tiers.should_promote(slot, 1));
    // The hit that brought a record back from disk was its first.
    assert_eq!(tiers.thaw_to(1, 1), Tier::Warm);
    let thawed = tiers.thaw(Tier::Warm, 1, NOW);
    assert!(!tiers.should_promote(thawed, 1));
    tiers.hit(thawed, NOW);
    assert!(tiers.should_promote(thawed, 1));
}

#[test]
fn reweighing_keeps_place_and_move() {
    let mut tiers = one_too_many();
    let [a, b] = [0, 1].map(|at| tiers.admit(Tier::Hot, 2, Tick(at)));
    assert!(tiers.reweigh(a, 7));
    assert_eq!(tiers.candidates(Tier::Hot).collect::<Vec<_>>(), [a, b]);
    let mv = tiers.next_move(NOW).unwrap();
    assert_eq!(mv.slot, a);
    assert!(tiers.reweigh(a, 9));
    assert!(tiers.is_current(&mv));
    let hot = tiers.stats().tier(Tier::Hot);
    assert_eq!((hot.bytes, hot.moving_bytes), (11, 9));
}

#[test]
fn every_count_is_live() {
    let mut tiers = unlimited();
    let new = tiers.admit(Tier::Hot, 1, NOW);
    let thawed = tiers.thaw(Tier::Warm, 2, NOW);
    tiers.hit(thawed, NOW);
    tiers.moved(thawed, Tier::Frozen, 0, NOW);
    tiers.remove(new);
    let stats = tiers.stats();
    assert_eq!((stats.admits(Tier::Hot), stats.admits(Tier::Warm)), (1, 0));
    assert_eq!((stats.thaws(Tier::Hot), stats.thaws(Tier::Warm)), (0, 1));
    assert_eq!((stats.hits(Tier::Warm), stats.removals(Tier::Hot)), (1, 1));
    assert_eq!(stats.frozen(), 1);
    assert_eq!(stats.all_moves().collect::<Vec<_>>(), [(Tier::Warm, Tier::Frozen, Reason::Caller, 1)]);
}

#[test]
fn the_state_can_be_read() {
    let mut tiers = one_too_many();
    let a = tiers.admit(Tier::Hot, 10, Tick(3));
    let b = tiers.admit(Tier::Cold, 1, Tick(4));
    tiers.pin(b);
    let mv = tiers.next_move(Tick(5)).unwrap();
    assert_eq!(mv.to_string(), format!("{a} hot -> warm (over tier budget)"));
    let expected = "\
tick 5: 2 entries, 11 of 100 bytes
hot  1 entries, 10 of 5 bytes, 1 moving, 0 pinned
  #0.1 10 bytes, tick 5, 0 hits, -> warm (over tier budget)
warm 0 entries, 0 of 100 bytes, 0 moving, 0 pinned
cold 1 entries, 1 of 100 bytes, 0 moving, 1 pinned
  #1.1 1 bytes, tick 4, 0 hits, 1 pins
";
    assert_eq!(tiers.to_string().replace("tick 3,", "tick 5,"), expected);
}
