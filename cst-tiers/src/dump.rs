//! The whole state as text, for tests and debugging.

use std::fmt;

use crate::{Tier, Tiers};

impl fmt::Display for Tiers {
    /// One line for the machine, one per tier, one per entry: candidates from least to most recently
    /// used, then those that are pinned or moving. O(places); meant for people, its form may change.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stats = self.stats();
        let all = stats.total();
        let Self { budgets, clock, .. } = self;
        writeln!(f, "tick {clock}: {} entries, {} of {} bytes", all.entries, all.bytes, budgets.total)?;
        for tier in Tier::RAM {
            let held = stats.tier(tier);
            writeln!(
                f,
                "{tier:<4} {} entries, {} of {} bytes, {} moving, {} pinned",
                held.entries,
                held.bytes,
                budgets.cap(tier),
                held.moving_entries,
                held.pinned_entries
            )?;
            let parked = self.entries().filter(|(_, entry)| entry.tier == tier && !entry.is_listed());
            for slot in self.candidates(tier).chain(parked.map(|(slot, _)| slot)) {
                let Some(entry) = self.entry(slot) else { continue };
                write!(f, "  {slot} {} bytes, tick {}, {} hits", entry.weight, entry.touched, entry.hits)?;
                if entry.pins > 0 {
                    write!(f, ", {} pins", entry.pins)?;
                }
                if let Some(flight) = entry.flight {
                    write!(f, ", -> {} ({})", flight.to, flight.reason)?;
                }
                writeln!(f)?;
            }
        }
        Ok(())
    }
}
