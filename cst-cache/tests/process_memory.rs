//! `cst index` keeps to its memory budget, as the operating system counts it.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may; their helpers are not seen as such"
)]

mod support;

use std::process::{Child, Stdio};
use std::time::Duration;

use support::command::{Done, Place, count};
use support::samples::long;

/// What the process takes beside what the budget covers: itself, its grammars' tables, its threads'
/// parsers, the store's buffer and maps.
const CONSTANT: u64 = 96_000_000;
const BUDGET: u64 = 64_000_000;

/// The most memory that a process ever had resident, in bytes, and how it ended.
fn peak(mut child: Child) -> (u64, Done) {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        // Between its end and the wait for it there is no such line.
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
        peak = peak.max(kilobytes.unwrap_or(0) * 1024);
        std::thread::sleep(Duration::from_millis(2));
    }
    (peak, Done::from_output(&child.wait_with_output().unwrap()))
}

fn index(place: &Place, threads: &str) -> (u64, Done) {
    let arguments = ["index", "source", "--json", "--memory-budget", "64MB", "--threads", threads];
    peak(place.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
}

/// How many sources there are.
const FILES: u64 = 24;

/// Sources of half a megabyte each, in four languages, no two alike.
fn fill(place: &Place) {
    let languages =
        [("rust", "rs", 5_400), ("python", "py", 6_000), ("c", "c", 5_400), ("json", "json", 7_200)];
    for i in 0..FILES as usize {
        let (language, extension, lines) = languages[i % 4];
        let text = " ".repeat(i) + "\n" + &long(language, lines);
        assert!((200_000..600_000).contains(&text.len()), "{language}: {}", text.len());
        place.write(&format!("{i}.{extension}"), text);
    }
}

#[test]
fn trees_of_several_times_the_budget_are_indexed_within_it() {
    let place = Place::empty();
    fill(&place);
    let (first, done) = index(&place, "2");
    let report = done.expect(0).json();
    let live = count(&report, "live_tree_bytes");
    println!("source {} bytes, live trees {live} bytes", count(&report, "source_bytes"));
    println!("2 threads: peak {first} bytes with a budget of {BUDGET}");
    assert_eq!((count(&report, "parsed"), count(&report, "skipped")), (FILES, 0), "{report}");
    assert!(live > 3 * BUDGET, "the test is too small: {live} bytes of live trees");
    assert!(first > 1_000_000 && first <= BUDGET + CONSTANT, "{first} > {BUDGET} + {CONSTANT}");

    let (second, done) = index(&place, "2");
    println!("second run: peak {second} bytes");
    assert_eq!(count(&done.expect(0).json(), "hits"), FILES);
    assert!(second <= BUDGET + CONSTANT, "{second} > {BUDGET} + {CONSTANT}");
}

#[test]
fn more_threads_share_the_same_budget() {
    let place = Place::empty();
    fill(&place);
    let (peak, done) = index(&place, "8");
    println!("8 threads: peak {peak} bytes with a budget of {BUDGET}");
    assert_eq!(count(&done.expect(0).json(), "parsed"), FILES);
    assert!(peak <= BUDGET + CONSTANT, "{peak} > {BUDGET} + {CONSTANT}");
}

/// Nothing has larger trees than text that is all punctuation: a node for each byte, or two.
#[test]
fn text_that_is_all_punctuation_is_held_to_the_same_budget() {
    let place = Place::empty();
    for i in 0..6 {
        let half = 110_000 + i;
        place.write(&format!("{i}.json"), "[".repeat(half) + &"]".repeat(half));
        place.write(&format!("{i}.js"), ";".repeat(2 * half));
    }
    let (peak, done) = index(&place, "2");
    let report = done.expect(0).json();
    println!("all punctuation: live trees {} bytes, peak {peak} bytes", count(&report, "live_tree_bytes"));
    assert_eq!(count(&report, "files"), 12, "{report}");
    assert!(peak <= BUDGET + CONSTANT, "{peak} > {BUDGET} + {CONSTANT}");
}

#[test]
fn what_the_budget_could_not_hold_is_passed_over() {
    let place = Place::empty();
    place.write("dense.json", "[".repeat(450_000) + &"]".repeat(450_000));
    place.write("long.json", format!("[\"{}\"]", "a".repeat(2_000_000)));
    place.write("small.json", "[1]");
    let (peak, done) = index(&place, "2");
    let report = done.expect(0).json();
    assert_eq!(count(&report, "files"), 1, "{report}");
    assert_eq!(report["skipped"], serde_json::json!({ "over_memory_budget": 1, "too_large": 1 }));
    assert!(peak <= BUDGET + CONSTANT, "{peak} > {BUDGET} + {CONSTANT}");
}
