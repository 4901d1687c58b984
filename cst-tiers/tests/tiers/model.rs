//! Random events against a model that keeps everything in one vector and recomputes it each time.

use cst_tiers::{Budgets, Idle, Move, Reason, Slot, Tick, Tier, Tiers};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Event {
    Admit {
        tier: Tier,
        weight: u64,
        thaw: bool,
    },
    Hit(usize),
    NextMove,
    /// Reports a move that was handed out at some time, if it is still current.
    Complete {
        mv: usize,
        weight: u64,
    },
    /// Reports that an entry has moved, whether asked to or not.
    Moved {
        slot: usize,
        to: Tier,
        weight: u64,
    },
    Abandon(usize),
    Remove(usize),
    Reweigh(usize, u64),
    Foresee(usize, Tier, u64),
    Pin(usize),
    Unpin(usize),
    SetBudgets(Budgets),
    SetIdle(Idle),
}

fn weight() -> impl Strategy<Value = u64> {
    prop_oneof![20 => 0..60u64, 1 => Just(u64::MAX), 1 => any::<u64>()]
}

fn budgets() -> impl Strategy<Value = Budgets> {
    let cap = || prop_oneof![1 => Just(0u64), 8 => 1..200u64, 1 => Just(u64::MAX)];
    (cap(), cap(), cap(), cap()).prop_map(|(total, hot, warm, cold)| Budgets { total, hot, warm, cold })
}

fn idle() -> impl Strategy<Value = Idle> {
    let after = || proptest::option::of(0..40u64);
    (after(), after(), after()).prop_map(|(hot, warm, cold)| Idle { hot, warm, cold })
}

fn event() -> impl Strategy<Value = Event> {
    let tier = || prop::sample::select(&Tier::ALL[..]);
    let pick = any::<usize>;
    prop_oneof![
        6 => (tier(), weight(), any::<bool>())
            .prop_map(|(tier, weight, thaw)| Event::Admit { tier, weight, thaw }),
        5 => pick().prop_map(Event::Hit),
        8 => Just(Event::NextMove),
        6 => (pick(), weight()).prop_map(|(mv, weight)| Event::Complete { mv, weight }),
        2 => (pick(), tier(), weight()).prop_map(|(slot, to, weight)| Event::Moved { slot, to, weight }),
        2 => pick().prop_map(Event::Abandon),
        1 => pick().prop_map(Event::Remove),
        1 => (pick(), weight()).prop_map(|(slot, weight)| Event::Reweigh(slot, weight)),
        2 => (pick(), tier(), weight())
            .prop_map(|(slot, tier, weight)| Event::Foresee(slot, tier, weight)),
        2 => pick().prop_map(Event::Pin),
        3 => pick().prop_map(Event::Unpin),
        1 => budgets().prop_map(Event::SetBudgets),
        1 => idle().prop_map(Event::SetIdle),
    ]
}

/// Events with the time of each, which does not always grow.
fn trace() -> impl Strategy<Value = Vec<(Event, Tick)>> {
    prop::collection::vec((event(), 0..6u64, 0..8u64), 0..160).prop_map(|steps| {
        let mut clock = 0;
        let mut at = |step, back| {
            clock += step;
            Tick(if back == 0 { clock / 2 } else { clock })
        };
        steps.into_iter().map(|(event, step, back)| (event, at(step, back))).collect()
    })
}

#[derive(Clone, Debug)]
struct Item {
    slot: Slot,
    tier: Tier,
    weight: u64,
    /// Position in recency; larger is more recent, over all tiers.
    order: u64,
    touched: u64,
    hits: u32,
    pins: u32,
    flight: Option<Move>,
    /// Weights in tiers, the latest last.
    known: Vec<(Tier, u64)>,
}

#[derive(Debug)]
struct Model {
    items: Vec<Item>,
    budgets: Budgets,
    idle: Idle,
    clock: u64,
    order: u64,
    came: u64,
    went: u64,
}

impl Model {
    fn find(&mut self, slot: Slot) -> Option<&mut Item> {
        self.items.iter_mut().find(|item| item.slot == slot)
    }

    fn drop_item(&mut self, slot: Slot) {
        self.items.retain(|item| item.slot != slot);
        self.went += 1;
    }

    fn touch(&mut self, slot: Slot) {
        self.order += 1;
        let (order, clock) = (self.order, self.clock);
        if let Some(item) = self.find(slot) {
            (item.order, item.touched) = (order, clock);
        }
    }

    fn candidates(&self, tier: Tier) -> Vec<&Item> {
        let free = |item: &&Item| item.tier == tier && item.pins == 0 && item.flight.is_none();
        let mut items: Vec<_> = self.items.iter().filter(free).collect();
        items.sort_by_key(|item| item.order);
        items
    }

    fn sum(&self, of: impl Fn(&Item) -> bool) -> u128 {
        self.items.iter().filter(|item| of(item)).map(|item| u128::from(item.weight)).sum()
    }

    fn staying(&self, tier: Tier) -> u128 {
        self.sum(|item| item.tier == tier && item.flight.is_none())
    }

    /// The documented rule, spelled out.
    fn next_move(&self) -> Option<(Slot, Tier, Tier, Reason)> {
        let with_candidate: Vec<_> =
            Tier::RAM.into_iter().filter(|&tier| !self.candidates(tier).is_empty()).collect();
        let cap = |tier| u128::from(self.budgets.cap(tier));
        let held = |tier| self.staying(tier).min(u128::from(u64::MAX));
        let over_total = self.sum(|item| item.flight.is_none()) > u128::from(self.budgets.total);
        let (tier, reason) = if let (true, Some(&first)) = (over_total, with_candidate.first()) {
            let fuller = |best, &tier: &Tier| {
                if held(tier) * cap(best) > held(best) * cap(tier) { tier } else { best }
            };
            (with_candidate.iter().fold(first, fuller), Reason::OverTotal)
        } else if let Some(&tier) =
            with_candidate.iter().find(|&&tier| self.staying(tier) > cap(tier) || cap(tier) == 0)
        {
            (tier, Reason::OverTierBudget)
        } else {
            let idle = |&&tier: &&Tier| {
                let oldest = self.candidates(tier)[0].touched;
                self.idle.after(tier).is_some_and(|after| self.clock - oldest >= after)
            };
            (*with_candidate.iter().find(idle)?, Reason::Idle)
        };
        let item = self.candidates(tier)[0];
        let weight = |to: Tier| {
            let known = item.known.iter().rfind(|&&(tier, _)| tier == to);
            known.map_or(item.weight, |&(_, known)| known.min(item.weight))
        };
        let mut to = tier.below()?;
        while to != Tier::Frozen
            && (self.budgets.cap(to) == 0 || weight(to) > self.budgets.cap(to).min(self.budgets.total))
        {
            to = to.below()?;
        }
        Some((item.slot, tier, to, reason))
    }

    fn moved(&mut self, slot: Slot, to: Tier, weight: u64) -> bool {
        let Some(item) = self.find(slot) else { return false };
        if item.pins > 0 && to > item.tier {
            return false;
        }
        if to == Tier::Frozen {
            self.drop_item(slot);
            return true;
        }
        if item.tier != to {
            item.hits = 0;
            item.known.push((item.tier, item.weight));
        }
        (item.tier, item.weight, item.flight) = (to, weight, None);
        self.touch(slot);
        true
    }
}

struct Run {
    tiers: Tiers,
    model: Model,
    slots: Vec<Slot>,
    moves: Vec<Move>,
}

impl Run {
    fn new(budgets: Budgets) -> Self {
        let model =
            Model { items: Vec::new(), budgets, idle: Idle::NEVER, clock: 0, order: 0, came: 0, went: 0 };
        Self { tiers: Tiers::new(budgets), model, slots: Vec::new(), moves: Vec::new() }
    }

    /// Any slot ever given out, stale ones included.
    fn slot(&self, pick: usize) -> Option<Slot> {
        let len = self.slots.len();
        // Recent ones more often: the old are mostly stale.
        let from = if pick.is_multiple_of(4) { 0 } else { len.saturating_sub(12) };
        self.slots.get(from + (pick / 4) % (len - from).max(1)).copied()
    }

    fn step(&mut self, event: &Event, now: Tick) {
        let Self { tiers, model, .. } = self;
        match *event {
            Event::SetBudgets(budgets) => {
                tiers.set_budgets(budgets);
                model.budgets = budgets;
            }
            Event::SetIdle(idle) => {
                tiers.set_idle(idle);
                model.idle = idle;
            }
            Event::Admit { tier, weight, thaw } => {
                model.clock = model.clock.max(now.0);
                let slot = if thaw { tiers.thaw(tier, weight, now) } else { tiers.admit(tier, weight, now) };
                assert_eq!(tiers.contains(slot), tier != Tier::Frozen);
                assert!(tier == Tier::Frozen || !self.slots.contains(&slot), "{slot} was given out before");
                self.slots.push(slot);
                if tier != Tier::Frozen {
                    let (hits, touched) = (u32::from(thaw), model.clock);
                    model.items.push(Item {
                        slot,
                        tier,
                        weight,
                        order: 0,
                        touched,
                        hits,
                        pins: 0,
                        flight: None,
                        known: Vec::new(),
                    });
                    model.touch(slot);
                    model.came += 1;
                }
            }
            Event::NextMove => {
                model.clock = model.clock.max(now.0);
                let expected = model.next_move();
                let given = tiers.next_move(now);
                assert_eq!(given.map(|mv| (mv.slot, mv.from, mv.to, mv.reason)), expected);
                if let Some(mv) = given {
                    let item = model.find(mv.slot).unwrap();
                    assert_eq!(mv.weight, item.weight);
                    item.flight = Some(mv);
                    self.moves.push(mv);
                }
            }
            Event::Complete { mv, weight } => {
                let Some(&mv) = self.moves.get(mv % self.moves.len().max(1)) else { return };
                let in_flight = model.find(mv.slot).and_then(|item| item.flight);
                assert_eq!(tiers.is_current(&mv), in_flight.is_some_and(|flight| flight == mv));
                if tiers.is_current(&mv) {
                    model.clock = model.clock.max(now.0);
                    assert!(tiers.moved(mv.slot, mv.to, weight, now));
                    assert!(model.moved(mv.slot, mv.to, weight));
                }
            }
            _ => self.step_on_slot(event, now),
        }
    }

    fn step_on_slot(&mut self, event: &Event, now: Tick) {
        let (Event::Hit(pick)
        | Event::Moved { slot: pick, .. }
        | Event::Abandon(pick)
        | Event::Remove(pick)
        | Event::Reweigh(pick, _)
        | Event::Foresee(pick, ..)
        | Event::Pin(pick)
        | Event::Unpin(pick)) = *event
        else {
            return;
        };
        let Some(slot) = self.slot(pick) else { return };
        let Self { tiers, model, .. } = self;
        let known = model.find(slot).cloned();
        match *event {
            Event::Hit(_) => {
                model.clock = model.clock.max(now.0);
                assert_eq!(tiers.hit(slot, now), known.as_ref().map(|item| item.tier));
                model.touch(slot);
                if let Some(item) = model.find(slot) {
                    item.hits += 1;
                }
            }
            Event::Moved { to, weight, .. } => {
                model.clock = model.clock.max(now.0);
                assert_eq!(tiers.moved(slot, to, weight, now), model.moved(slot, to, weight));
            }
            Event::Abandon(_) => {
                let moving = known.is_some_and(|item| item.flight.is_some());
                assert_eq!(tiers.abandoned(slot), moving);
                if let (true, Some(item)) = (moving, model.find(slot)) {
                    item.flight = None;
                    model.touch(slot);
                }
            }
            Event::Remove(_) => {
                let removed = tiers.remove(slot).map(|entry| (entry.tier(), entry.weight()));
                assert_eq!(removed, known.as_ref().map(|item| (item.tier, item.weight)));
                if known.is_some() {
                    model.drop_item(slot);
                }
            }
            Event::Reweigh(_, weight) => {
                assert_eq!(tiers.reweigh(slot, weight), known.is_some());
                if let Some(item) = model.find(slot) {
                    item.weight = weight;
                }
            }
            Event::Foresee(_, tier, weight) => {
                assert_eq!(tiers.foresee(slot, tier, weight), known.is_some());
                if let Some(item) = model.find(slot) {
                    item.known.push((tier, weight));
                }
            }
            Event::Pin(_) => {
                assert_eq!(tiers.pin(slot), known.is_some());
                if let Some(item) = model.find(slot) {
                    item.pins += 1;
                    item.flight = None;
                }
            }
            Event::Unpin(_) => {
                let pinned = known.is_some_and(|item| item.pins > 0);
                assert_eq!(tiers.unpin(slot), pinned);
                if let (true, Some(item)) = (pinned, model.find(slot)) {
                    item.pins -= 1;
                    if item.pins == 0 {
                        model.touch(slot);
                    }
                }
            }
            _ => {}
        }
    }

    fn check(&mut self) {
        let Self { tiers, model, .. } = self;
        assert_eq!(tiers.clock(), Tick(model.clock));
        // No entry is lost, none is in two places, and each is as the model has it.
        assert_eq!(tiers.len(), model.items.len());
        assert_eq!(tiers.entries().count(), model.items.len());
        for (slot, entry) in tiers.entries() {
            let item = model.find(slot).unwrap();
            let real = (entry.tier(), entry.weight(), entry.touched().0, entry.hits(), entry.pins());
            assert_eq!(real, (item.tier, item.weight, item.touched, item.hits, item.pins));
            assert_eq!(entry.moving_to(), item.flight.map(|mv| mv.to));
        }
        let stats = tiers.stats();
        for tier in Tier::ALL {
            let expected: Vec<_> = model.candidates(tier).iter().map(|item| item.slot).collect();
            assert_eq!(tiers.candidates(tier).collect::<Vec<_>>(), expected);

            let held = stats.tier(tier);
            let count = |of: &dyn Fn(&Item) -> bool| {
                let of = |item: &&Item| item.tier == tier && of(item);
                let weights: Vec<_> = model.items.iter().filter(of).map(|item| item.weight).collect();
                let bytes = weights.iter().fold(0u64, |sum, &weight| sum.saturating_add(weight));
                (weights.len() as u64, bytes)
            };
            assert_eq!((held.entries, held.bytes), count(&|_| true));
            assert_eq!((held.moving_entries, held.moving_bytes), count(&|item| item.flight.is_some()));
            assert_eq!((held.pinned_entries, held.pinned_bytes), count(&|item| item.pins > 0));
        }
        // What came in went out or is here.
        let sum = |of: &dyn Fn(Tier) -> u64| Tier::ALL.into_iter().map(of).sum::<u64>();
        let came = sum(&|tier| stats.admits(tier) + stats.thaws(tier));
        let went = sum(&|tier| stats.removals(tier)) + stats.frozen();
        assert_eq!((came, went), (model.came, model.went));
        assert_eq!(came - went, tiers.len() as u64);
        // Every started move has one end.
        let ended = stats.completed() + stats.abandoned() + stats.overtaken();
        assert_eq!(stats.started(), ended + stats.total().moving_entries);
        let due = Tier::RAM.into_iter().filter_map(|tier| {
            let oldest = model.candidates(tier).first().map(|item| item.touched)?;
            oldest.checked_add(model.idle.after(tier)?)
        });
        assert_eq!(tiers.next_idle(), due.min().map(Tick));
    }

    /// Once nothing is in flight or pinned, the moves come to an end and every budget holds.
    fn drain(mut self) {
        for slot in self.slots {
            while self.tiers.unpin(slot) {}
            self.tiers.abandoned(slot);
        }
        let now = self.tiers.clock();
        let mut left = 3 * self.tiers.len();
        while let Some(mv) = self.tiers.next_move(now) {
            assert!(left > 0, "moves without end");
            left -= 1;
            assert!(self.tiers.moved(mv.slot, mv.to, mv.weight, now));
        }
        let (stats, budgets) = (self.tiers.stats(), self.model.budgets);
        assert!(stats.total().bytes <= budgets.total);
        for tier in Tier::RAM {
            assert!(stats.tier(tier).bytes <= budgets.cap(tier));
            assert!(budgets.cap(tier) > 0 || stats.tier(tier).entries == 0);
        }
        for (_, entry) in self.tiers.entries() {
            let idle = self.model.idle.after(entry.tier());
            assert!(idle.is_none_or(|after| now.since(entry.touched()) < after));
        }
    }
}

/// Everything a machine says and is after a trace.
fn record(budgets: Budgets, trace: &[(Event, Tick)]) -> (Vec<Move>, Vec<Slot>, String) {
    let mut run = Run::new(budgets);
    for (event, now) in trace {
        run.step(event, *now);
    }
    (run.moves, run.slots, run.tiers.to_string())
}

proptest! {
    #[test]
    fn machine_and_model_agree(budgets in budgets(), trace in trace()) {
        let mut run = Run::new(budgets);
        for (event, now) in &trace {
            run.step(event, *now);
            run.check();
        }
        run.drain();
    }

    #[test]
    fn the_same_trace_gives_the_same_moves(budgets in budgets(), trace in trace()) {
        prop_assert_eq!(record(budgets, &trace), record(budgets, &trace));
    }
}
