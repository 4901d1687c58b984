//! Arguments and exit statuses, and who may use a store.

use crate::support::command::{Done, Place, count};
use crate::support::writer;

/// The command without a store on its command line.
fn bare(place: &Place, arguments: &[&str]) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_cst"));
    command.current_dir(place.root()).env_remove("CST_STORE").args(arguments);
    command
}

#[test]
fn the_store_is_named_by_argument_or_environment_or_is_dot_cst() {
    let place = Place::with_samples();
    Done::of(&mut bare(&place, &["index", "source"])).expect(0);
    assert!(place.root().join(".cst/STORE").exists());
    Done::of(bare(&place, &["index", "source"]).env("CST_STORE", "by/environment")).expect(0);
    assert!(place.root().join("by/environment/STORE").exists());
    Done::of(bare(&place, &["index", "source", "--store", "by_argument"]).env("CST_STORE", "not_this"))
        .expect(0);
    assert!(place.root().join("by_argument/STORE").exists() && !place.root().join("not_this").exists());
    for (variable, status) in [("by/environment", 0), ("nowhere", 2)] {
        for arguments in [&["get", "source/rust/sound.rs"][..], &["verify"], &["stats"]] {
            Done::of(bare(&place, arguments).env("CST_STORE", variable)).expect(status);
        }
    }
    // None of them was indexed as a part of the folder.
    let report = Done::of(&mut bare(&place, &["index", ".", "--json"])).expect(0).json();
    assert_eq!((count(&report, "files"), count(&report, "hits")), (28, 28), "{report}");
}

#[test]
fn wrong_arguments_are_told_and_end_with_2() {
    let place = Place::with_samples();
    let wrong: [&[&str]; 9] = [
        &[],
        &["unheard-of"],
        &["index"],
        &["get"],
        &["index", "source", "--threads", "0"],
        &["index", "source", "--threads", "many"],
        &["index", "source", "--memory-budget", "12 parsecs"],
        &["index", "source", "--compression", "99"],
        &["stats", "extra"],
    ];
    for arguments in wrong {
        let done = Done::of(&mut bare(&place, arguments)).expect(2);
        assert!(done.stdout.is_empty() && done.stderr.contains("--help"), "{arguments:?}: {done:?}");
    }
    assert!(!place.root().join(".cst").exists());
    for arguments in [&["--help"][..], &["index", "--help"], &["--version"]] {
        assert!(!Done::of(&mut bare(&place, arguments)).expect(0).stdout.is_empty());
    }
}

#[test]
fn a_folder_that_is_none_is_an_error() {
    let place = Place::with_samples();
    for folder in ["missing", "source/rust/sound.rs"] {
        let done = place.run(&["index", folder, "--json"]).expect(2);
        done.says(&["error: ", folder, "check the path"]);
        assert!(done.stdout.is_empty());
    }
}

#[test]
fn an_empty_folder_is_nothing_to_do() {
    let place = Place::empty();
    for _ in 0..2 {
        let report = place.index();
        assert_eq!((count(&report, "files"), count(&report, "lines")), (0, 0));
    }
    place.run(&["index", "source"]).expect(0);
    assert_eq!(count(&place.verify(), "trees"), 0);
    assert_eq!(count(&place.run(&["stats", "--json"]).expect(0).json(), "files"), 0);
    place.run(&["stats"]).expect(0);
}

#[test]
fn a_second_writer_is_told_who_has_the_store() {
    let place = Place::with_samples();
    place.index();
    let held = writer(&place.store());
    let done = place.run(&["index", "source", "--json"]).expect(2);
    done.says(&["error: ", "being written by", &format!("process {}", std::process::id()), "wait"]);
    assert!(done.stdout.is_empty());
    // Reading needs no lock.
    place.run(&["verify"]).expect(0);
    place.run(&["stats"]).expect(0);
    place.run(&["get", "source/rust/sound.rs"]).expect(0);
    drop(held);
    assert_eq!(count(&place.index(), "hits"), 28);
}

#[test]
fn a_store_path_that_is_something_else_is_left_alone() {
    let place = Place::with_samples();
    std::fs::write(place.store(), "precious").unwrap();
    for arguments in [&["index", "source"][..], &["stats"], &["verify"], &["get", "source/rust/sound.rs"]] {
        place.run(arguments).expect(2).says(&["error: ", "store"]);
    }
    assert_eq!(std::fs::read_to_string(place.store()).unwrap(), "precious");
    std::fs::remove_file(place.store()).unwrap();
    std::fs::create_dir(place.store()).unwrap();
    std::fs::write(place.store().join("precious.txt"), "precious").unwrap();
    for arguments in [&["index", "source"][..], &["stats"]] {
        place.run(arguments).expect(2).says(&["error: ", "not a store"]);
    }
    assert_eq!(std::fs::read_dir(place.store()).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_commits_what_is_done_and_says_so() {
    stopped_by("-INT");
}

#[cfg(unix)]
#[test]
fn a_run_that_is_terminated_does_the_same() {
    stopped_by("-TERM");
}

#[cfg(unix)]
fn stopped_by(signal: &str) {
    use crate::support::samples::long;
    let place = Place::empty();
    for i in 0..400 {
        place.write(&format!("{i}.rs"), format!("// {i}\n{}", long("rust", 150)));
    }
    let child = place
        .command(&["index", "source", "--json", "--threads", "1"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // Once it writes, it is past its start.
    for _ in 0..2_000 {
        let pending = std::fs::read_dir(place.store()).is_ok_and(|entries| {
            entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("pending"))
        });
        if pending {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let told = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(told.unwrap().success());
    let done = Done::from_output(&child.wait_with_output().unwrap());
    let report = done.json();
    if done.status == 0 {
        println!("it was done before it was told to stop");
        return;
    }
    assert_eq!((done.status, report["interrupted"].as_bool()), (130, Some(true)), "{done:?}");
    done.says(&["stopping"]);
    let parsed = count(&report, "parsed");
    assert_eq!(count(&place.verify(), "trees"), parsed);
    let rest = place.index();
    assert_eq!((count(&rest, "hits"), count(&rest, "files")), (parsed, 400));
}

#[test]
fn every_command_and_option_has_its_place_on_the_commands_page() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/cli.md")).unwrap();
    let place = Place::empty();
    let help = |arguments: &[&str]| Done::of(&mut bare(&place, arguments)).expect(0).stdout;
    let all = help(&["--help"]);
    let commands: Vec<&str> = all
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .map_while(|line| line.strip_prefix("  ")?.split_whitespace().next())
        .collect();
    assert!(commands.len() > 9, "{all}");
    for command in commands {
        let text = help(&[command, "--help"]);
        let (_, section) = page.split_once(&format!("\n## cst {command}")).expect(command);
        let section = section.split("\n## ").next().unwrap();
        let common = page.split("\n## ").nth(1).unwrap();
        for option in text.split_whitespace().filter(|word| word.starts_with("--")) {
            let option = option.trim_end_matches([',', '.', ';']);
            assert!(section.contains(option) || common.contains(option), "{option} of {command}");
        }
    }
}
