//! Runs commands: echoed before, timed after, never silent for long.

use std::env;
use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// After this long without an end, a log that nobody watches live gets a sign of life.
const SIGN_OF_LIFE: Duration = Duration::from_secs(30);

/// The workspace, and how commands are run in it.
pub(crate) struct Shell {
    root: PathBuf,
    cargo: OsString,
}

impl Shell {
    /// Finds the workspace this program belongs to, and the cargo that started it.
    pub(crate) fn new() -> Result<Self, String> {
        // At run time first: a checkout that was moved keeps its built binaries.
        let own = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&own).parent().map(Path::to_path_buf);
        match root.filter(|root| root.join("Cargo.toml").is_file()) {
            Some(root) => Ok(Self { root, cargo: env::var_os("CARGO").unwrap_or_else(|| "cargo".into()) }),
            None => Err(format!("no workspace around {}", Path::new(&own).display())),
        }
    }

    /// The workspace's folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Where cargo puts what it builds.
    pub(crate) fn target(&self) -> PathBuf {
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| self.root.join("target"), |path| self.root.join(path))
    }

    /// A file of the workspace as text.
    pub(crate) fn read(&self, path: &str) -> Result<String, String> {
        std::fs::read_to_string(self.root.join(path)).map_err(|error| format!("cannot read {path}: {error}"))
    }

    /// Cargo with these arguments, not started yet.
    pub(crate) fn cargo<A: AsRef<str>>(&self, args: &[A]) -> Command {
        let mut command = self.command(&self.cargo);
        command.args(args.iter().map(AsRef::as_ref));
        command
    }

    /// A program in the workspace's folder, not started yet.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).stdin(Stdio::null());
        command
    }

    /// Runs a command to its end with its output shown, and says how long it took or why it failed.
    pub(crate) fn run(&self, command: &mut Command) -> Result<Duration, String> {
        let start = Instant::now();
        let status = self.status(command)?;
        if status.success() {
            Ok(start.elapsed())
        } else {
            Err(format!("`{}` ended with {status}", describe(command)))
        }
    }

    /// Runs a command to its end with its output shown, and says how it ended.
    pub(crate) fn status(&self, command: &mut Command) -> Result<ExitStatus, String> {
        let line = describe(command);
        println!("$ {line}");
        let start = Instant::now();
        let mut child = command.spawn().map_err(|error| format!("cannot start `{line}`: {error}"))?;
        let (finished, wait) = mpsc::channel::<()>();
        let watched = line.clone();
        let watcher = thread::spawn(move || give_signs_of_life(&watched, start, &wait));
        let status = child.wait();
        drop(finished);
        let _ = watcher.join();
        status.map_err(|error| format!("cannot wait for `{line}`: {error}"))
    }

    /// Runs a command without showing it; its output where it succeeds, nothing where it fails or is absent.
    pub(crate) fn probe(&self, command: &mut Command) -> Option<String> {
        let output = command.stderr(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Whether cargo has this subcommand.
    pub(crate) fn has_cargo_command(&self, name: &str) -> bool {
        self.probe(&mut self.cargo(&[name, "--version"])).is_some()
    }
}

/// Writes a file whole or not at all, whenever this program is ended.
pub(crate) fn replace(path: &Path, contents: &[u8]) -> std::io::Result<()> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".tmp");
    std::fs::write(&temporary, contents)?;
    std::fs::rename(&temporary, path)
}

fn give_signs_of_life(line: &str, start: Instant, wait: &mpsc::Receiver<()>) {
    if std::io::stdout().is_terminal() {
        return;
    }
    while wait.recv_timeout(SIGN_OF_LIFE) == Err(RecvTimeoutError::Timeout) {
        println!("  ... `{line}` is running, {} s so far", start.elapsed().as_secs());
    }
}

/// The command as one would type it.
fn describe(command: &Command) -> String {
    let mut words = Vec::new();
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            words.push(format!("{}={}", name.to_string_lossy(), quote(&value.to_string_lossy())));
        }
    }
    let program = Path::new(command.get_program());
    words.push(program.file_stem().unwrap_or(command.get_program()).to_string_lossy().into_owned());
    words.extend(command.get_args().map(|arg| quote(&arg.to_string_lossy())));
    words.join(" ")
}

fn quote(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_=+,./:@".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) { word.to_owned() } else { format!("'{word}'") }
}

/// A duration for people: tenths of a second, minutes from two of them on.
pub(crate) fn show(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds < 120 {
        format!("{:.1} s", duration.as_secs_f64())
    } else {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        let mut command = Command::new("/somewhere/bin/cargo");
        command.args(["doc", "--no-deps", "a b"]).env("RUSTDOCFLAGS", "-D warnings").env_remove("CARGO");
        assert_eq!(describe(&command), "RUSTDOCFLAGS='-D warnings' cargo doc --no-deps 'a b'");
    }

    #[test]
    fn durations_stay_readable() {
        assert_eq!(show(Duration::from_millis(1_240)), "1.2 s");
        assert_eq!(show(Duration::from_secs(125)), "2 min 05 s");
    }

    #[test]
    fn failures_say_what_failed() {
        let shell = Shell::new().unwrap();
        assert!(shell.run(&mut shell.cargo(&["--version"])).is_ok());
        let message = shell.run(&mut shell.cargo(&["no-such-command"])).unwrap_err();
        assert!(message.contains("no-such-command"), "{message}");
        assert!(shell.run(&mut shell.command("no-such-program")).unwrap_err().contains("cannot start"));
        assert!(!shell.has_cargo_command("no-such-command"));
    }
}
