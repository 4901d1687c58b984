//! Deciding what moves between tiers: what an event costs the state machine, with 10,000 entries.

use std::hint::black_box;

use cst_tiers::{Budgets, Slot, Tick, Tier, Tiers};

use super::{Outcome, Setting, reference};
use crate::error::Error;
use crate::figure::Guard;
use crate::rounds::{Piece, best};
use crate::table::Table;

const ENTRIES: u64 = 10_000;
/// Prime to the number of entries, so that steps of it come by every one.
const STRIDE: usize = 7_919;
const WEIGHT: u64 = 1_000;
/// How many events a round has.
const EVENTS: u32 = 10_000;
const ROUNDS: usize = 50;

pub(super) fn run(setting: &Setting<'_>) -> Result<Outcome, Error> {
    let (mut still, slots) = full(Budgets::UNLIMITED);
    let (mut moving, _) = full(Budgets::split(ENTRIES * WEIGHT));
    let (mut at, mut now, mut clock) = (0, ENTRIES, ENTRIES);
    let mut pieces = vec![
        reference()?,
        Piece::many("hit", EVENTS, move || {
            for _ in 0..EVENTS {
                at = (at + STRIDE) % slots.len();
                now += 1;
                black_box(still.hit(slots[at], Tick(now)));
            }
            Ok(())
        }),
        // Each admission pushes one entry out of hot, one out of warm and one out of cold.
        Piece::many("admit", EVENTS, move || {
            for _ in 0..EVENTS {
                clock += 1;
                moving.admit(Tier::Hot, WEIGHT, Tick(clock));
                while let Some(mv) = moving.next_move(Tick(clock)) {
                    let weight = if mv.to == Tier::Frozen { 0 } else { WEIGHT };
                    moving.moved(mv.slot, mv.to, weight, Tick(clock));
                }
            }
            Ok(())
        }),
    ];
    let times = best(&mut pieces, ROUNDS)?;
    let mut figures = Vec::new();
    let mut table = Table::new(&["event", "ns"]);
    for (piece, time) in pieces.iter().zip(&times).skip(1) {
        let figure =
            |what: &str, value, unit| setting.figure(format!("cst-tiers.{}.{what}", piece.name), value, unit);
        figures.push(figure("time", *time, "ns/event"));
        let share = 1e6 * time / times[0];
        figures.push(
            figure("of_parse", share, "parts per million of parsing the Rust sample").guard(Guard::Time),
        );
        table.row(vec![piece.name.clone(), format!("{time:.1}")]);
    }
    let text = format!(
        "{ENTRIES} entries, best of {ROUNDS} rounds of {EVENTS} events. `admit` is with the moves that follow, three each.\n\n{table}"
    );
    Ok(Outcome { figures, text, drift: None })
}

fn full(budgets: Budgets) -> (Tiers, Vec<Slot>) {
    let mut tiers = Tiers::new(budgets);
    let slots = (0..ENTRIES).map(|at| tiers.admit(Tier::Hot, WEIGHT, Tick(at))).collect();
    (tiers, slots)
}
