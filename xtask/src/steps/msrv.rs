//! The oldest Rust that works: `rust-version` in `Cargo.toml` is the one place that names it.

use super::Outcome;
use crate::shell::Shell;

/// Major and minor version.
type Version = (u32, u32);

/// Checks the default members only: the benchmarks' peers may ask for a newer Rust.
const CHECK: [&str; 2] = ["check", "--all-features"];

pub(crate) fn run(shell: &Shell) -> Outcome {
    match versions(shell) {
        Err(message) => Outcome::Failed(message),
        Ok((promised, used)) if used < promised => Outcome::Failed(format!(
            "Cargo.toml asks for Rust {}, and the toolchain in use is {}",
            show(promised),
            show(used)
        )),
        Ok((promised, used)) if used == promised => {
            println!("msrv: the toolchain in use is Rust {}, which Cargo.toml promises", show(promised));
            shell.run(&mut shell.cargo(&CHECK)).into()
        }
        Ok((promised, _)) => check_with(shell, promised),
    }
}

fn check_with(shell: &Shell, promised: Version) -> Outcome {
    let installed = shell.probe(shell.command("rustup").args(["toolchain", "list"])).unwrap_or_default();
    let Some(toolchain) = toolchain(&installed, promised) else {
        return Outcome::Missing {
            tool: format!("the toolchain of Rust {}", show(promised)),
            install: format!("rustup toolchain install {} --profile minimal", show(promised)),
        };
    };
    let mut command = shell.command("rustup");
    // The variable names the cargo that started this program, not the one to use here.
    command.args(["run", toolchain, "cargo"]).args(CHECK).env_remove("CARGO");
    shell.run(&mut command).into()
}

fn versions(shell: &Shell) -> Result<(Version, Version), String> {
    let manifest = shell.read("Cargo.toml")?;
    let promised = promised(&manifest).ok_or("Cargo.toml has no rust-version that reads like 1.23")?;
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output =
        shell.probe(shell.command(rustc).arg("--version")).ok_or("`rustc --version` does not run")?;
    let used = output.split_whitespace().nth(1).and_then(version);
    Ok((promised, used.ok_or_else(|| format!("cannot read the version in `{}`", output.trim()))?))
}

fn promised(manifest: &str) -> Option<Version> {
    let value =
        manifest.lines().find_map(|line| line.strip_prefix("rust-version")?.trim().strip_prefix('='))?;
    version(value.trim().trim_matches('"'))
}

fn version(text: &str) -> Option<Version> {
    let mut parts = text.split(['.', '-']);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// The installed toolchain of this version, by the name that rustup gives it.
fn toolchain(installed: &str, wanted: Version) -> Option<&str> {
    installed
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .find(|name| version(name) == Some(wanted))
}

fn show((major, minor): Version) -> String {
    format!("{major}.{minor}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_manifest_and_compiler() {
        assert_eq!(promised("[workspace.package]\nrust-version = \"1.95\"\n"), Some((1, 95)));
        assert_eq!(promised("rust-version.workspace = true\n"), None);
        assert_eq!(version("1.97.0-nightly"), Some((1, 97)));
        assert_eq!(version("stable-x86_64"), None);
    }

    #[test]
    fn an_installed_toolchain_is_found_by_its_version() {
        let installed =
            "stable-x86_64-unknown-linux-gnu (active, default)\n1.9.0-x86_64\n1.95.0-x86_64 (x)\n";
        assert_eq!(toolchain(installed, (1, 95)), Some("1.95.0-x86_64"));
        assert_eq!(toolchain("1.90-x86_64\n", (1, 90)), Some("1.90-x86_64"));
        assert_eq!(toolchain(installed, (1, 90)), None);
    }

    #[test]
    fn this_workspace_names_its_version() {
        assert!(versions(&Shell::new().unwrap()).is_ok());
    }
}
