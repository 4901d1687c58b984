//! `cargo xtask fuzz`: builds the fuzz targets, runs them, and keeps what breaks one.

mod log;
mod options;
mod targets;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::shell::{Shell, replace};
use crate::steps::{Outcome, nightly};
pub(crate) use options::{HELP, Options, parse};
use targets::Target;

const INSTALL: &str = "cargo install cargo-fuzz --locked";

/// Where everything lies that is not committed: programs, the corpus that grows, artifacts.
const FOLDER: &str = "target/fuzz";

/// The sanitizers also watch the C code: the shim, tree-sitter, the grammars.
const CFLAGS: &str = "-fsanitize=address,undefined -fno-sanitize-recover=undefined";

/// What the fuzzer itself is told: no inputs beyond 4 KB, which are slow and find nothing more; 25 seconds and a
/// gigabyte for each, which none comes near unless something is wrong, on a busy machine either.
const LIMITS: [&str; 4] = ["-max_len=4096", "-timeout=25", "-rss_limit_mb=1024", "-print_final_stats=1"];

/// Runs what the options ask for.
pub(crate) fn run(shell: &Shell, options: &Options) -> Outcome {
    let targets = match targets::find(shell.root()).and_then(|all| targets::choose(all, &options.targets)) {
        Ok(targets) => targets,
        Err(message) => return Outcome::Failed(message),
    };
    if options.list {
        targets.iter().for_each(|target| println!("{:<24} {}", target.to_string(), target.head));
        return Outcome::Passed;
    }
    if !shell.has_cargo_command("fuzz") {
        return Outcome::Missing { tool: "cargo-fuzz".to_owned(), install: INSTALL.to_owned() };
    }
    let host = match nightly::host(shell) {
        Ok(host) => host,
        Err(message) => return Outcome::Failed(message),
    };
    if let Err(outcome) = build(shell, &targets, &host) {
        return outcome;
    }
    let mut failures = Vec::new();
    for target in &targets {
        let program = shell.root().join(FOLDER).join(&host).join("release").join(&target.name);
        failures.extend(fuzz(shell, target, &program, options.seconds).err());
    }
    if failures.is_empty() { Outcome::Passed } else { Outcome::Failed(failures.join("; ")) }
}

/// Builds all targets of the crates that have one of these.
fn build(shell: &Shell, targets: &[Target], host: &str) -> Result<(), Outcome> {
    let mut crates: Vec<&str> = targets.iter().map(|target| &*target.package).collect();
    crates.dedup();
    for package in crates {
        let folder = format!("{package}/fuzz");
        let args = ["fuzz", "build", "--target", host, "--target-dir", FOLDER, "--fuzz-dir", &*folder];
        let mut command = nightly::cargo(shell, &[], &args)?;
        shell.run(command.env("CFLAGS", CFLAGS)).map_err(Outcome::Failed)?;
    }
    Ok(())
}

/// Runs one target; a message that names what was kept where it fails.
fn fuzz(shell: &Shell, target: &Target, program: &Path, seconds: u64) -> Result<(), String> {
    let folder = |kind: &str| shell.root().join(FOLDER).join(kind).join(&target.package).join(&target.name);
    let (corpus, artifacts) = (folder("corpus"), folder("artifacts"));
    // What an earlier run found was kept by it.
    let _ = fs::remove_dir_all(&artifacts);
    for folder in [&corpus, &artifacts] {
        fs::create_dir_all(folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    }
    let mut command = shell.command(program);
    command.args(LIMITS).arg(format!("-max_total_time={seconds}"));
    // The fuzzer puts a name right behind this.
    command.arg(format!("-artifact_prefix={}/", artifacts.display()));
    command.arg(&corpus).arg(target.seeds());
    command.args(Some(target.crashes()).filter(|crashes| shell.root().join(crashes).is_dir()));
    println!("fuzz: {target} for {seconds} s");
    let verdict = watch(&mut command);
    let kept = keep(shell, target, &artifacts)?;
    match (verdict, kept.first()) {
        (Ok(()), None) => Ok(()),
        (verdict, None) => verdict.map_err(|reason| format!("{target}: {reason}")),
        (_, Some(crash)) => {
            println!("fuzz: {target} FAILED; the input is kept as {}", crash.display());
            println!("  replay it with: cargo test -p {} --test fuzz {}", target.package, target.name);
            println!("  make it smaller with: {} -minimize_crash=1 {}", program.display(), crash.display());
            Err(format!("{target} failed on {}", crash.display()))
        }
    }
}

fn watch(command: &mut Command) -> Result<(), String> {
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let mut child =
        child.map_err(|error| format!("cannot start {}: {error}", command.get_program().display()))?;
    if let Some(output) = child.stderr.take() {
        log::show(output);
    }
    match child.wait() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("ended with {status}")),
        Err(error) => Err(format!("cannot wait for it: {error}")),
    }
}

/// Copies what the fuzzer wrote down to the inputs that are committed; their paths in the workspace.
fn keep(shell: &Shell, target: &Target, artifacts: &Path) -> Result<Vec<PathBuf>, String> {
    let list = |error| format!("cannot list {}: {error}", artifacts.display());
    let mut kept = Vec::new();
    for entry in fs::read_dir(artifacts).map_err(list)? {
        let entry = entry.map_err(list)?;
        let name = target.crashes().join(entry.file_name());
        let path = shell.root().join(&name);
        fs::create_dir_all(shell.root().join(target.crashes()))
            .and_then(|()| fs::read(entry.path()))
            .and_then(|bytes| replace(&path, &bytes))
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        kept.push(name);
    }
    Ok(kept)
}
