//! The command line.

use std::path::{Path, PathBuf};

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

use crate::index::Quota;
use crate::payload::Form;

/// Keeps tree-sitter syntax trees on disk and gives them back without parsing.
#[derive(Parser)]
#[command(name = "cst", version, disable_help_subcommand = true)]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Parse every file of a folder and store its tree; unchanged files are not parsed again
    Index(IndexArgs),
    /// Print the stored tree of a file as an S-expression, without parsing
    Get(GetArgs),
    /// Parse every stored file again and compare every field of its tree
    Verify(VerifyArgs),
    /// Say what a store holds
    Stats(StatsArgs),
    /// Save every intact record of a damaged store
    Repair(RepairArgs),
    /// Copy a store, also while it is written to
    Backup(BackupArgs),
    /// Make the store what a backup holds
    Restore(RestoreArgs),
    /// Bring a store of an earlier format to the present one
    Migrate(MigrateArgs),
    /// Write all trees of a store to one file, for other machines
    Export(ExportArgs),
    /// Add the trees of such a file to a store
    Import(ImportArgs),
}

#[derive(ClapArgs)]
pub(super) struct StoreArg {
    /// The store's folder
    #[arg(long, value_name = "PATH", env = "CST_STORE", default_value = ".cst")]
    pub(super) store: PathBuf,
}

/// What every command takes that reports.
#[derive(ClapArgs)]
pub(super) struct CommonArgs {
    #[command(flatten)]
    at: StoreArg,
    /// Print one JSON object instead of a table
    #[arg(long)]
    pub(super) json: bool,
}

impl CommonArgs {
    pub(super) fn store(&self) -> &Path {
        &self.at.store
    }
}

#[derive(ClapArgs)]
pub(super) struct IndexArgs {
    /// The folder to index
    #[arg(value_name = "DIR")]
    pub(super) folder: PathBuf,
    #[command(flatten)]
    pub(super) common: CommonArgs,
    /// How many files to parse at once [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,
    /// How much memory the files in work may take, as in 256MB or 1GiB [default: 1GiB]
    #[arg(long, value_name = "SIZE", value_parser = super::number::parse_bytes)]
    pub(super) memory_budget: Option<u64>,
    /// Skip files larger than this, as in 16MiB [default: 16MiB]
    #[arg(long, value_name = "SIZE", value_parser = super::number::parse_bytes)]
    pub(super) max_file_size: Option<u64>,
    /// How much the store may take on disk, as in 2GB, or `none`; kept with the store [default: as before]
    #[arg(long, value_name = "SIZE", value_parser = parse_quota)]
    pub(super) quota: Option<Quota>,
    /// zstd level of the stored trees, 1 to 19
    #[arg(long, value_name = "LEVEL", default_value_t = crate::payload::LEVEL, value_parser = clap::value_parser!(i32).range(1..=19))]
    pub(super) compression: i32,
    /// How trees are stored that are not there yet
    #[arg(long, value_enum, default_value_t)]
    pub(super) form: Form,
}

fn parse_quota(text: &str) -> Result<Quota, String> {
    match text {
        "none" => Ok(Quota::Unlimited),
        size => super::number::parse_bytes(size).map(Quota::Bytes),
    }
}

#[derive(ClapArgs)]
pub(super) struct GetArgs {
    /// The file whose tree to print
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) store: StoreArg,
}

#[derive(ClapArgs)]
pub(super) struct VerifyArgs {
    /// Only the files under this folder
    #[arg(value_name = "DIR")]
    pub(super) folder: Option<PathBuf>,
    #[command(flatten)]
    pub(super) common: CommonArgs,
    /// How far to go; all but `parse` look at the store alone
    #[arg(long, value_enum, default_value_t = Level::Parse)]
    pub(super) level: Level,
    /// How many files to compare at once [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,
}

#[derive(ClapArgs)]
pub(super) struct StatsArgs {
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

/// What `cst verify` does; each level does what those before it do.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Level {
    /// Headers, footers and indexes
    Headers,
    /// The checksum of every record
    Checksums,
    /// Every tree decoded with its grammar
    Deep,
    /// Every tree compared with a fresh parse of its source
    Parse,
}

#[derive(ClapArgs)]
pub(super) struct RepairArgs {
    /// Leave the store as it is, and save into this folder, which must be empty or missing
    #[arg(long, value_name = "DIR")]
    pub(super) into: Option<PathBuf>,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

#[derive(ClapArgs)]
pub(super) struct BackupArgs {
    /// Where to; must be empty or missing
    #[arg(value_name = "DIR")]
    pub(super) folder: PathBuf,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

#[derive(ClapArgs)]
pub(super) struct RestoreArgs {
    /// The backup
    #[arg(value_name = "DIR")]
    pub(super) folder: PathBuf,
    /// Replace what the store holds already
    #[arg(long)]
    pub(super) replace: bool,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

#[derive(ClapArgs)]
pub(super) struct MigrateArgs {
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

#[derive(ClapArgs)]
pub(super) struct ExportArgs {
    /// The file to write; a pack that is there is replaced
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

#[derive(ClapArgs)]
pub(super) struct ImportArgs {
    /// A file that `cst export` has written
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}
