//! The parent with its children: what they say is written down, and none of them is left behind.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use super::budget::{BESIDE, BUDGET};
use super::child::{Child, Event};
use super::generator::Draft;
use super::ledger::Ledger;
use super::memory::resident;
use super::protocol::{Assignment, Notice, PATIENCE, Promise, Role, Said};
use super::series::{Resident, Series, WATCHED, highest};
use super::verdict::Verdict;
use crate::error::Error;

/// How often memory is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// All children, and what is known from them.
pub(crate) struct Family {
    /// Where children write what goes wrong.
    logs: PathBuf,
    children: BTreeMap<u64, Child>,
    born: u64,
    sender: SyncSender<Event>,
    events: Receiver<Event>,
    start: Instant,
    looked: Instant,
    stop: Arc<AtomicBool>,
    /// What has to be in the store that the writer writes to.
    pub(crate) ledger: Ledger,
    /// Of the round that is under way.
    pub(crate) verdict: Verdict,
    pub(crate) series: Series,
}

impl Family {
    pub(crate) fn new(logs: PathBuf, stop: Arc<AtomicBool>) -> Self {
        // Who says more than this at once waits, so that memory stays bounded.
        let (sender, events) = sync_channel(1024);
        Self {
            logs,
            children: BTreeMap::new(),
            born: 0,
            sender,
            events,
            start: Instant::now(),
            looked: Instant::now(),
            stop,
            ledger: Ledger::default(),
            verdict: Verdict::new(),
            series: Series::new(),
        }
    }

    pub(crate) fn is_interrupted(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Starts a child, and returns its number.
    pub(crate) fn start(&mut self, task: &Assignment) -> Result<u64, Error> {
        self.born += 1;
        let child = Child::start(self.born, task, &self.logs, self.sender.clone())?;
        self.children.insert(self.born, child);
        Ok(self.born)
    }

    /// Listens until this moment; less long when interrupted.
    pub(crate) fn listen_until(&mut self, moment: Instant) -> Result<(), Error> {
        while Instant::now() < moment && !self.is_interrupted() {
            self.listen(moment.saturating_duration_since(Instant::now()).min(LOOK))?;
        }
        Ok(())
    }

    /// Listens until the child has opened its store or is gone; the id of its process if it is there.
    pub(crate) fn await_ready(&mut self, number: u64) -> Result<Option<u32>, Error> {
        self.await_state(number, |child| child.is_ready)?;
        Ok(self.children.get(&number).map(Child::id))
    }

    /// Kills a child, unless it is gone, and hears what it had said by then.
    pub(crate) fn kill(&mut self, number: u64) -> Result<(), Error> {
        if let Some(child) = self.children.get_mut(&number) {
            child.kill().map_err(Error::during("killing a child"))?;
            self.verdict.kills += 1;
            self.series.add_kill();
        }
        self.await_state(number, |_| false)
    }

    /// Lets a child end in good order.
    pub(crate) fn let_go(&mut self, number: u64) {
        if let Some(child) = self.children.get_mut(&number) {
            child.let_go();
        }
    }

    /// Waits for a child that ends by itself.
    pub(crate) fn wait(&mut self, number: u64) -> Result<(), Error> {
        self.await_state(number, |_| false)
    }

    /// Lets a child end in good order, and waits for it.
    pub(crate) fn finish(&mut self, number: u64) -> Result<(), Error> {
        self.let_go(number);
        self.await_state(number, |_| false)
    }

    /// Lets all end in good order.
    pub(crate) fn finish_all(&mut self) -> Result<(), Error> {
        let numbers: Vec<u64> = self.children.keys().copied().collect();
        numbers.iter().for_each(|&number| self.let_go(number));
        numbers.into_iter().try_for_each(|number| self.finish(number))
    }

    /// Waits for a child to come to some state, or to its end.
    fn await_state(&mut self, number: u64, is_there: impl Fn(&Child) -> bool) -> Result<(), Error> {
        let asked = Instant::now();
        while let Some(child) = self.children.get_mut(&number) {
            if is_there(child) {
                return Ok(());
            }
            if asked.elapsed() > PATIENCE && !child.is_killed {
                child.kill().map_err(Error::during("killing a child"))?;
                let name = child.role.name();
                let seconds = PATIENCE.as_secs();
                self.verdict.broken(Promise::Crash, format!("a {name} hung for {seconds} s"));
            }
            self.listen(LOOK)?;
        }
        Ok(())
    }

    /// Takes one event in, if one comes in this time, and looks at the memory when that is due.
    fn listen(&mut self, time: Duration) -> Result<(), Error> {
        match self.events.recv_timeout(time) {
            Ok(Event::Said(number, said)) => self.hear(number, said),
            Ok(Event::Ended(number)) => self.bury(number)?,
            // Nothing was said; the sender is here, so they cannot all be gone.
            Err(_) => {}
        }
        if self.looked.elapsed() >= LOOK {
            self.looked = Instant::now();
            self.look_at_memory();
        }
        Ok(())
    }

    fn hear(&mut self, number: u64, said: Said) {
        let Some(child) = self.children.get_mut(&number) else { return };
        let name = child.role.name();
        match said {
            Said::Ready => child.is_ready = true,
            Said::End => child.is_done = true,
            Said::Change(count, change, draft) => self.ledger.announce(count, change, draft),
            Said::Done(counts, ack) => {
                let there = self.ledger.acknowledge(counts, ack);
                self.tell_readers(&there);
            }
            Said::Found(draft, is_there) => {
                if let Err(loss) = self.ledger.observe(draft, is_there) {
                    self.verdict.broken(Promise::LostCommit, format!("{draft} {loss}"));
                }
            }
            Said::Tally(tally) => {
                self.series.add_latency(&tally.gets, &tally.commits);
                self.verdict.tally.merge(&tally);
            }
            Said::Broken(promise, how) => self.verdict.broken(promise, format!("{name}: {how}")),
        }
    }

    fn tell_readers(&mut self, there: &[Draft]) {
        for reader in self.children.values_mut().filter(|child| child.role == Role::Reader) {
            there.iter().for_each(|&draft| reader.tell(Notice::There(draft)));
        }
    }

    fn bury(&mut self, number: u64) -> Result<(), Error> {
        let Some(mut child) = self.children.remove(&number) else { return Ok(()) };
        if let Err(how) = child.wait().map_err(Error::during("waiting for a child"))? {
            self.verdict.broken(Promise::Crash, format!("{}: {how}", child.role.name()));
        }
        Ok(())
    }

    fn look_at_memory(&mut self) {
        let mut now = Resident::default();
        for (place, (watched, _)) in now.iter_mut().zip(WATCHED) {
            let resident = match watched {
                Some(role) => {
                    let ids = self.children.values().filter(|child| child.role == role).map(Child::id);
                    ids.filter_map(resident).max()
                }
                None => resident(std::process::id()),
            };
            *place = resident.unwrap_or(0);
            if watched == Some(Role::Budget) && *place > BUDGET + BESIDE {
                let how = format!("{} bytes with a budget of {BUDGET} and {BESIDE} beside it", *place);
                self.verdict.broken(Promise::Memory, how);
            }
        }
        self.verdict.peak = highest(self.verdict.peak, now);
        self.series.add_resident(self.start.elapsed().as_secs_f64(), now);
    }
}
