//! All tests: with nextest where it is installed, else with `cargo test`; then the doctests.

use std::time::Duration;

use super::Outcome;
use crate::shell::{Shell, show};

const INSTALL: &str = "cargo install cargo-nextest --locked";

/// The step: everything, without arguments.
pub(crate) fn step(shell: &Shell) -> Outcome {
    run(shell, &[])
}

/// Runs the tests with these further arguments and closes with a verdict.
pub(crate) fn run(shell: &Shell, args: &[String]) -> Outcome {
    let packages = packages(args);
    let with_nextest = shell.has_cargo_command("nextest");
    let runner = if with_nextest { "nextest" } else { "cargo test" };
    if with_nextest {
        println!("test: cargo-nextest runs the tests, then `cargo test` runs the doctests");
    } else {
        println!("test: cargo-nextest is missing, so `cargo test` runs the tests; nothing is left out");
        println!("test: install it with: {INSTALL}");
    }
    let tests = shell.run(&mut shell.cargo(&tests_command(with_nextest, &packages, args)));
    let has_library = |package: &&str| shell.root().join(package).join("src/lib.rs").is_file();
    let doctests = doctests_command(&packages, has_library).map(|args| shell.run(&mut shell.cargo(&args)));

    println!();
    report(&format!("tests ({runner})"), Some(&tests));
    report("doctests (cargo test --doc)", doctests.as_ref());
    let failures: Vec<String> =
        [Some(tests), doctests].into_iter().flatten().filter_map(Result::err).collect();
    if failures.is_empty() {
        println!("test: PASSED");
        Outcome::Passed
    } else {
        println!("test: FAILED: {}", failures.join("; "));
        Outcome::Failed(failures.join("; "))
    }
}

fn report(what: &str, result: Option<&Result<Duration, String>>) {
    match result {
        Some(Ok(took)) => println!("test: {what}: passed in {}", show(*took)),
        Some(Err(_)) => println!("test: {what}: FAILED"),
        None => println!("test: {what}: none, no library was selected"),
    }
}

/// The packages that the arguments select; none means the whole workspace.
fn packages(args: &[String]) -> Vec<&str> {
    let mut packages = Vec::new();
    let mut args = args.iter().map(String::as_str).take_while(|arg| *arg != "--");
    while let Some(arg) = args.next() {
        match arg {
            "-p" | "--package" => packages.extend(args.next()),
            _ => packages.extend(arg.strip_prefix("--package=").or_else(|| arg.strip_prefix("-p"))),
        }
    }
    packages
}

fn tests_command(with_nextest: bool, packages: &[&str], args: &[String]) -> Vec<String> {
    let mut command = if with_nextest { vec!["nextest", "run"] } else { vec!["test"] };
    if packages.is_empty() {
        // Cargo would let `--workspace` win over `-p`.
        command.push("--workspace");
    }
    command.push("--all-features");
    match (with_nextest, packages.is_empty()) {
        (true, _) => {}
        (false, true) => command.extend(["--lib", "--bins", "--tests"]),
        // `--lib` is an error where the package has none; `--tests` stands for all three.
        (false, false) => command.push("--tests"),
    }
    command.into_iter().map(str::to_owned).chain(args.iter().cloned()).collect()
}

/// `None` where packages are selected and none of them is a library: cargo would call that an error.
fn doctests_command(packages: &[&str], has_library: impl Fn(&&str) -> bool) -> Option<Vec<String>> {
    let mut command = vec!["test"];
    if packages.is_empty() {
        command.push("--workspace");
    } else {
        let libraries: Vec<&str> = packages.iter().copied().filter(has_library).collect();
        if libraries.is_empty() {
            return None;
        }
        command.extend(libraries.iter().flat_map(|library| ["-p", library]));
    }
    command.extend(["--all-features", "--doc"]);
    Some(command.into_iter().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    fn commands(with_nextest: bool, line: &str) -> [String; 2] {
        let args = words(line);
        let packages = packages(&args);
        let doctests = doctests_command(&packages, |package| package.starts_with("cst-"));
        [tests_command(with_nextest, &packages, &args).join(" "), doctests.unwrap_or_default().join(" ")]
    }

    #[test]
    fn the_whole_workspace_is_the_default() {
        let doctests = "test --workspace --all-features --doc".to_owned();
        let tests = "nextest run --workspace --all-features".to_owned();
        assert_eq!(commands(true, ""), [tests, doctests.clone()]);
        let tests = "test --workspace --all-features --lib --bins --tests".to_owned();
        assert_eq!(commands(false, ""), [tests, doctests]);
    }

    #[test]
    fn a_selection_of_packages_holds_for_doctests_too() {
        for line in ["-p cst-tiers", "--package cst-tiers", "--package=cst-tiers", "-pcst-tiers"] {
            let [tests, doctests] = commands(true, line);
            assert_eq!(tests, format!("nextest run --all-features {line}"));
            assert_eq!(doctests, "test -p cst-tiers --all-features --doc");
        }
        assert_eq!(
            commands(false, "-p xtask"),
            ["test --all-features --tests -p xtask".to_owned(), String::new()]
        );
        assert_eq!(commands(true, "-p xtask -p cst-cache")[1], "test -p cst-cache --all-features --doc");
    }

    #[test]
    fn other_arguments_select_no_package() {
        let [tests, doctests] = commands(true, "--no-fail-fast -- -p no");
        assert_eq!(tests, "nextest run --workspace --all-features --no-fail-fast -- -p no");
        assert_eq!(doctests, "test --workspace --all-features --doc");
    }
}
