//! The nightly toolchain: what Miri, the sanitizers and the fuzzer need, and nothing else does.

use std::process::Command;

use super::Outcome;
use crate::shell::Shell;

/// Cargo of the nightly toolchain with these arguments, not started yet.
///
/// # Errors
/// [`Outcome::Missing`] where the toolchain, or one of these components of it, is not installed.
pub(crate) fn cargo(shell: &Shell, components: &[&str], args: &[&str]) -> Result<Command, Outcome> {
    let mut list = shell.command("rustup");
    list.args(["component", "list", "--toolchain", "nightly", "--installed"]);
    let Some(installed) = shell.probe(&mut list) else {
        return Err(missing("the nightly toolchain", install(components)));
    };
    if let Some(absent) = components.iter().find(|wanted| !has(&installed, wanted)) {
        let install = format!("rustup +nightly component add {}", components.join(" "));
        return Err(missing(&format!("the component {absent} of the nightly toolchain"), install));
    }
    let mut command = shell.command("rustup");
    // The variable names the cargo that started this program, not the one to use here.
    command.args(["run", "nightly", "cargo"]).args(args).env_remove("CARGO");
    Ok(command)
}

/// The platform that this program's compiler builds for unless told otherwise, such as `x86_64-unknown-linux-gnu`.
///
/// # Errors
/// A message, where `rustc -vV` does not tell.
pub(crate) fn host(shell: &Shell) -> Result<String, String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = shell.probe(shell.command(rustc).arg("-vV")).unwrap_or_default();
    let host = output.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "`rustc -vV` does not name the host".to_owned())
}

/// What installs the toolchain with these components.
fn install(components: &[&str]) -> String {
    let mut command = "rustup toolchain install nightly --profile minimal".to_owned();
    if !components.is_empty() {
        command += &format!(" --component {}", components.join(","));
    }
    command
}

fn missing(tool: &str, install: String) -> Outcome {
    Outcome::Missing { tool: tool.to_owned(), install }
}

/// Components of a platform are listed with its name behind theirs.
fn has(installed: &str, component: &str) -> bool {
    installed
        .lines()
        .any(|line| line.strip_prefix(component).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_are_found_with_and_without_a_platform() {
        let installed = "cargo-x86_64-unknown-linux-gnu\nmiri-x86_64-unknown-linux-gnu\nrust-src\n";
        assert!(has(installed, "miri") && has(installed, "rust-src"));
        assert!(!has(installed, "mir") && !has(installed, "clippy"));
    }

    #[test]
    fn the_command_that_installs_names_all_that_is_needed() {
        assert_eq!(install(&[]), "rustup toolchain install nightly --profile minimal");
        assert!(install(&["miri", "rust-src"]).ends_with(" --component miri,rust-src"));
    }

    #[test]
    fn the_host_is_a_triple() {
        assert!(host(&Shell::new().unwrap()).unwrap().split('-').count() >= 3);
    }
}
