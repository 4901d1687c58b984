//! Traces: hit ratios, and what the policies are for.

use cst_tiers::sim::{Request, Weights, replay};
use cst_tiers::{Budgets, Idle, Promotion, Tick, Tier, Tiers};

const TREE: Weights = Weights { hot: 100, warm: 10, cold: 4 };

fn trace(ids: impl IntoIterator<Item = u64>) -> Vec<Request> {
    (0..).zip(ids).map(|(at, id)| Request { id, weights: TREE, at: Tick(at) }).collect()
}

/// Four entries in constant use; between two uses, five of 400 others, each once in its turn.
fn scans() -> Vec<Request> {
    let others = 1000..1400;
    let rounds = others.clone().step_by(5).flat_map(|first| (0..4).chain(first..first + 5));
    trace(others.chain(rounds))
}

#[test]
fn requests_are_hits_or_misses() {
    let report = replay(Tiers::new(Budgets::split(300)), trace([1, 2, 3, 1, 2, 3, 4]));
    assert_eq!(report.misses(), 4);
    assert_eq!(report.requests(), 7);
    let ratios: f64 = Tier::ALL.iter().map(|&tier| report.hit_ratio(tier)).sum();
    assert!((ratios - 3.0 / 7.0).abs() < 1e-12);
    assert_eq!(replay(Tiers::new(Budgets::split(300)), []).hit_ratio(Tier::Hot), 0.0);
}

#[test]
fn the_total_holds_after_every_request() {
    for total in [0, 3, 50, 99, 150, 1000, 5000] {
        let report = replay(Tiers::new(Budgets::split(total)), scans());
        assert!(report.peak_bytes() <= total, "{} bytes of {total}", report.peak_bytes());
    }
}

#[test]
fn a_larger_budget_answers_more_from_ram() {
    let in_ram = |total| {
        let report = replay(Tiers::new(Budgets::split(total)), scans());
        report.requests() - report.misses() - report.hits(Tier::Frozen)
    };
    let answered = [0, 50, 200, 1000, 10_000].map(in_ram);
    assert!(answered.is_sorted(), "{answered:?}");
    assert_eq!(answered[0], 0);
    assert!(answered[1] < answered[4], "{answered:?}");
}

#[test]
fn the_second_hit_keeps_scans_out_of_hot() {
    let budgets = Budgets { total: 6000, hot: 500, warm: 5000, cold: 500 };
    let hits = |promotion| replay(Tiers::new(budgets).with_promotion(promotion), scans()).hits(Tier::Hot);
    let (always, second) = (hits(Promotion::Always), hits(Promotion::OnSecondHit));
    assert!(second > always, "{second} against {always}");
}

#[test]
fn idle_entries_are_found_on_disk() {
    let idle = Idle { hot: Some(2), warm: Some(2), cold: Some(2) };
    let tiers = Tiers::new(Budgets::UNLIMITED).with_idle(idle);
    let report = replay(tiers, trace([1, 2, 2, 2, 2, 2, 2, 2, 1]));
    assert_eq!((report.hits(Tier::Frozen), report.hits(Tier::Hot)), (1, 6));
}

#[test]
fn entries_that_belong_to_no_request_are_frozen() {
    let mut tiers = Tiers::new(Budgets::split(150));
    tiers.admit(Tier::Hot, 90, Tick(0));
    let report = replay(tiers, trace([1]));
    assert_eq!(report.stats().frozen(), 1);
}
