//! Tests through the public interface, one file per theme.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests may")]

mod budgets;
mod extremes;
mod lifecycle;
mod model;
mod replay;
mod retention;

use cst_tiers::{Move, Tick, Tier, Tiers};

/// Carries out every move that is due, each at once, with weights that do not change.
fn settle(tiers: &mut Tiers, now: Tick) -> Vec<Move> {
    let mut moves = Vec::new();
    while let Some(mv) = tiers.next_move(now) {
        assert!(mv.to > mv.from, "{mv} does not go down");
        assert!(tiers.moved(mv.slot, mv.to, mv.weight, now));
        moves.push(mv);
    }
    moves
}

/// What the tiers hold, in bytes, from hot down.
fn bytes(tiers: &Tiers) -> [u64; 3] {
    Tier::RAM.map(|tier| tiers.stats().tier(tier).bytes)
}
