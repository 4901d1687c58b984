//! A round of a few seconds: a writer that is killed and started again beside its readers, then a look at
//! every tree, in the store and in a damaged copy of it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use cst_frozen::{OpenError, Options, Writer};

use super::damage::copy_damaged;
use super::family::Family;
use super::generator::Draft;
use super::protocol::{Assignment, Plant, Promise, Role};
use super::worker::stays;
use crate::error::Error;
use crate::random::Random;

const READERS: u64 = 2;

/// An index is begun anew after so many rounds: it keeps what files were.
const ROUNDS_OF_AN_INDEX: u64 = 20;

/// What rounds have in common.
pub(crate) struct Scene {
    pub(crate) seed: u64,
    /// The temporary folder of this run.
    pub(crate) folder: PathBuf,
    pub(crate) plant: Option<Plant>,
    /// Those that go on from round to round, by role; they are started when one is missing.
    lasting: BTreeMap<&'static str, u64>,
    /// How many were started so far, so that each has choices of its own.
    started: u64,
    /// What nobody counts on in this round.
    retired: Vec<Draft>,
}

impl Scene {
    pub(crate) fn new(seed: u64, folder: PathBuf, plant: Option<Plant>) -> Self {
        Self { seed, folder, plant, lasting: BTreeMap::new(), started: 0, retired: Vec::new() }
    }

    /// Runs a round that takes about this long.
    pub(crate) fn round(&mut self, family: &mut Family, number: u64, length: Duration) -> Result<(), Error> {
        let mut random = Random::of(&[self.seed, number]);
        let end = Instant::now() + length;
        self.retired = retired(family);
        self.last(family, number, &mut random)?;
        let mut writer = self.start(family, Role::Writer, &mut random)?;
        self.try_second_writer(family, writer)?;
        let mut readers = Vec::new();
        for _ in 0..READERS {
            readers.push(self.start(family, Role::Reader, &mut random)?);
        }
        for _ in 0..random.between(1, 4) {
            family.listen_until(Instant::now() + length.mul_f64(random.below(600) as f64 / 1_000.0))?;
            if Instant::now() >= end || family.is_interrupted() || !family.verdict.is_good() {
                break;
            }
            if random.once_in(4) {
                let reader = random.below(readers.len());
                family.kill(readers[reader])?;
                readers[reader] = self.start(family, Role::Reader, &mut random)?;
            } else {
                family.kill(writer)?;
                self.check(family, &mut random)?;
                writer = self.start(family, Role::Writer, &mut random)?;
            }
        }
        family.listen_until(end)?;
        if random.once_in(3) && !family.is_interrupted() {
            family.kill(writer)?;
        } else {
            family.finish(writer)?;
        }
        readers.iter().for_each(|&reader| family.let_go(reader));
        self.check(family, &mut random)?;
        readers.into_iter().try_for_each(|reader| family.finish(reader))?;
        if family.is_interrupted() { Ok(()) } else { self.check_damaged(family, &mut random) }
    }

    /// Starts those that last, and kills one of them now and then.
    fn last(&mut self, family: &mut Family, number: u64, random: &mut Random) -> Result<(), Error> {
        for (role, kills) in [(Role::Budget, 10), (Role::Index, 3), (Role::Disk, 10)] {
            if let Some(&child) = self.lasting.get(role.name()) {
                let is_full = role == Role::Index && number.is_multiple_of(ROUNDS_OF_AN_INDEX);
                if random.once_in(kills) {
                    family.kill(child)?;
                } else if is_full {
                    family.finish(child)?;
                } else {
                    continue;
                }
                // Another one begins with its first files again, and would never come to the later ones.
                if is_full || role == Role::Budget {
                    let removed = std::fs::remove_dir_all(self.store(role));
                    removed.map_err(Error::during(format!("removing the store of a {}", role.name())))?;
                }
            }
            let child = self.start(family, role, random)?;
            self.lasting.insert(role.name(), child);
        }
        Ok(())
    }

    fn store(&self, role: Role) -> PathBuf {
        self.folder.join(match role {
            Role::Writer | Role::Reader | Role::Check => "store",
            Role::Damaged => "damaged",
            Role::Budget | Role::Index | Role::Disk => role.name(),
        })
    }

    /// Starts a child, and waits for those that open the store.
    fn start(&mut self, family: &mut Family, role: Role, random: &mut Random) -> Result<u64, Error> {
        self.started += 1;
        let drafts = match role {
            Role::Reader => family.ledger.present().filter(|draft| !self.retired.contains(draft)).collect(),
            Role::Check | Role::Damaged => family.ledger.drafts(),
            _ => family.ledger.present().collect(),
        };
        let task = Assignment {
            texts: self.seed,
            seed: Random::of(&[self.seed, self.started, random.next_u64()]).next_u64(),
            store: self.store(role),
            sources: self.folder.join("sources"),
            retired: self.retired.iter().filter(|draft| drafts.contains(draft)).copied().collect(),
            drafts,
            // The folder grows and shrinks.
            files: 12 + random.below(36) as u32,
            role,
            plant: self.plant,
        };
        let child = family.start(&task)?;
        if matches!(role, Role::Writer | Role::Reader) {
            family.await_ready(child)?;
        }
        Ok(child)
    }

    /// While one process writes, another one that wants to is told which one that is.
    fn try_second_writer(&self, family: &mut Family, writer: u64) -> Result<(), Error> {
        let Some(process) = family.await_ready(writer)? else { return Ok(()) };
        let opened = Writer::open(self.store(Role::Writer), Options::default());
        // If it died meanwhile, that will be told; then this one may have got the lock.
        let is_there = family.await_ready(writer)?.is_some();
        match opened {
            Err(OpenError::Locked { holder: Some(holder), .. }) if holder.pid == process => {
                family.verdict.refusals += 1;
            }
            Ok(_) if is_there => {
                family.verdict.broken(Promise::Crash, "two writers had the same store open".to_owned());
            }
            Err(error) if is_there => {
                let how = format!("a second writer was not told of process {process}, but: {error}");
                family.verdict.broken(Promise::Crash, how);
            }
            _ => {}
        }
        Ok(())
    }

    /// Looks for every draft in the store, which nobody writes to now.
    fn check(&mut self, family: &mut Family, random: &mut Random) -> Result<(), Error> {
        let check = self.start(family, Role::Check, random)?;
        family.wait(check)
    }

    /// Damages a copy of the store, and looks for every draft in it.
    fn check_damaged(&mut self, family: &mut Family, random: &mut Random) -> Result<(), Error> {
        let copy = self.store(Role::Damaged);
        let faults = copy_damaged(&self.store(Role::Writer), &copy, random);
        let faults = faults.map_err(Error::during("damaging a copy of the store"))?;
        family.verdict.tally.faults += faults.len() as u64;
        let was_good = family.verdict.is_good();
        let damaged = self.start(family, Role::Damaged, random)?;
        family.wait(damaged)?;
        if was_good && !family.verdict.is_good() {
            family.verdict.messages.push(format!("damaged were: {}", faults.join("; ")));
        }
        Ok(())
    }
}

/// Of the files that stay, all that is there but for the last version.
fn retired(family: &Family) -> Vec<Draft> {
    let present: Vec<Draft> = family.ledger.present().filter(|draft| stays(draft.file)).collect();
    let newest: BTreeMap<u32, Draft> = present.iter().map(|&draft| (draft.file, draft)).collect();
    present.into_iter().filter(|draft| newest.get(&draft.file) != Some(draft)).collect()
}
