//! What is to be measured, and how often.

use std::env;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// What peers are compared in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Records on disk.
    Store,
    /// A tree by its key, within a memory budget.
    Trees,
    /// A tree's nodes as bytes.
    Dump,
    /// Trees held in memory.
    Memory,
}

impl Role {
    /// All, in the order in which they are measured.
    pub const ALL: [Self; 4] = [Self::Store, Self::Trees, Self::Dump, Self::Memory];

    /// As it is written in arguments and names.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Trees => "trees",
            Self::Dump => "dump",
            Self::Memory => "memory",
        }
    }

    /// The role of this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// How peers are measured.
#[derive(Clone, Debug)]
pub struct Options {
    /// What is compared.
    pub roles: Vec<Role>,
    /// How often everything is measured, the peers taking turns; at least one.
    pub rounds: usize,
    /// What access patterns and records are made from.
    pub seed: u64,
    /// How many records of 10 kB a bulk insert has. Takes as much room on disk for each store in turn.
    pub inserts: usize,
    /// The folder for temporary files; what it lies on is what stores are measured on.
    pub folder: PathBuf,
    /// The program `peers`, which is started again for each peer whose memory is measured.
    pub program: PathBuf,
    /// Told what is about to be done.
    pub progress: fn(&str),
}

impl Options {
    /// All roles in 5 rounds, 10,000 inserts, in the system's temporary folder, with the program `peers`
    /// that lies beside the running one.
    ///
    /// # Errors
    ///
    /// Where there is no such program: it says how to build it.
    pub fn new() -> Result<Self, Error> {
        let running = env::current_exe().map_err(Error::during("finding the running program"))?;
        Ok(Self::with_program(beside(&running)?))
    }

    /// [`Options::new`] with this program `peers`.
    #[must_use]
    pub fn with_program(program: PathBuf) -> Self {
        Self {
            roles: Role::ALL.to_vec(),
            rounds: 5,
            seed: 1,
            inserts: 10_000,
            folder: env::temp_dir(),
            program,
            progress: |_| (),
        }
    }
}

/// The program `peers` in the folder of `running`.
fn beside(running: &Path) -> Result<PathBuf, Error> {
    let program = running.with_file_name(format!("peers{}", env::consts::EXE_SUFFIX));
    if program.is_file() {
        return Ok(program);
    }
    let build = "cargo build --release -p cst-bench --features peers --bin peers";
    Err(Error::new(format!("{} is not there; build it with: {build}", program.display())))
}
