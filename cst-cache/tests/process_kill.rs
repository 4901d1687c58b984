//! `cst index` killed at random moments: whatever was committed is there and sound, and the next run
//! completes.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may; their helpers are not seen as such"
)]

mod support;

use std::process::Stdio;
use std::time::{Duration, Instant};

use support::Random;
use support::command::{Done, Place, count};
use support::samples::{SAMPLES, long};

const FILES: u64 = 800;
const KILLS: u32 = 10;

/// Files in four languages, no two alike: so many that a run takes several of the two seconds after
/// which it commits.
fn fill(place: &Place) {
    for i in 0..FILES - 28 {
        let (language, extension) =
            [("rust", "rs"), ("python", "py"), ("c", "c"), ("json", "json")][usize::try_from(i % 4).unwrap()];
        let lines = 100 + usize::try_from(i % 7).unwrap() * 60;
        let unique = if language == "json" { format!("[{i}]\n") } else { String::new() };
        let text = format!("{unique}{}", long(language, lines).replace("text", &format!("text_{i}")));
        place.write(&format!("{}/{i}.{extension}", i % 20), text);
    }
}

#[test]
fn ten_kills_at_random_moments_lose_nothing_that_was_committed() {
    let place = Place::with_samples();
    // Something is committed before the first kill, so that there is something to lose.
    place.index();
    fill(&place);
    // How long a run takes here.
    let whole = {
        let start = Instant::now();
        let store = place.root().join("measured");
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_cst"));
        command.args(["index", "source", "--threads", "1", "--store"]).arg(store).current_dir(place.root());
        Done::of(&mut command).expect(0);
        start.elapsed()
    };
    let mut random = Random(9);
    let (mut running, mut committed) = (0, 28);
    let mut folder = 0;
    for kill in 0..KILLS {
        let mut child = place
            .command(&["index", "source", "--json", "--threads", "1"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // At any moment of what is still to do.
        let left = 1.0 - (committed as f64 / FILES as f64).min(0.9);
        let moment = whole.mul_f64(left * random.below(1_000) as f64 / 1_000.0);
        std::thread::sleep(moment);
        if child.try_wait().unwrap().is_none() {
            running += 1;
        }
        child.kill().unwrap();
        child.wait().unwrap();

        let verified = place.run(&["verify", "--json"]).expect(0).json();
        let trees = count(&verified, "trees");
        println!("kill {kill} after {moment:?}: {trees} trees");
        assert_eq!((count(&verified, "differing"), count(&verified, "damaged")), (0, 0), "{verified}");
        assert!(trees >= committed, "{committed} trees were committed, {trees} are left");
        committed = trees;
        let stats = place.run(&["stats", "--json"]).expect(0).json();
        assert_eq!((count(&stats, "damaged"), count(&stats, "quarantined_segments")), (0, 0), "{stats}");
        assert_eq!(count(&stats, "files"), trees);
        place.run(&["get", &format!("source/{}/{}", SAMPLES[0].0, SAMPLES[0].1)]).expect(0);
        if committed == FILES + folder * 40 {
            // A run came to its end: from here on there is new work.
            folder += 1;
            for i in 0..40 {
                place.write(
                    &format!("new_{folder}/{i}.rs"),
                    format!("// {folder} {i}\n{}", long("rust", 400)),
                );
            }
        }
    }
    assert!(running > KILLS / 2, "only {running} of {KILLS} were still running");

    let last = place.index();
    assert_eq!((count(&last, "failed"), count(&last, "skipped")), (0, 0), "{last}");
    let files = FILES + folder * 40;
    assert_eq!(count(&last, "files"), files);
    let verified = place.run(&["verify", "--json"]).expect(0).json();
    assert_eq!((count(&verified, "trees"), count(&verified, "stale")), (files, 0), "{verified}");
    assert_eq!(count(&place.index(), "hits"), files);
    let left: Vec<_> = std::fs::read_dir(place.store())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".tmp"))
        .collect();
    assert!(left.is_empty(), "what dead writers left behind is still there: {left:?}");
}

#[test]
fn kills_under_a_quota_leave_a_sound_store_and_no_entry_without_its_tree() {
    let place = Place::empty();
    for i in 0..300 {
        place.write(&format!("{}/{i}.rs", i % 20), format!("// {i}\n{}", long("rust", 20 + i % 13 * 20)));
    }
    place.settle();
    let whole = place.run(&["index", "source", "--json"]).expect(0).json();
    let seconds = whole["seconds"].as_f64().unwrap();
    std::fs::remove_dir_all(place.store()).unwrap();
    // A commit and an eviction every few files.
    let quota = count(&whole, "stored_bytes") / 6;
    let arguments = ["index", "source", "--json", "--quota", &quota.to_string()];
    let mut random = Random(21);
    let (mut running, mut evicted) = (0, 0);
    // However fast the machine is from one moment to the next: until enough were at work, and some had come to an end.
    for kill in 0..60 {
        if running >= 8 && evicted > 0 {
            break;
        }
        let mut child =
            place.command(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_secs_f64(seconds * 2.0 * random.below(1_000) as f64 / 1_000.0));
        running += u32::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        if !place.store().join("STORE").exists() {
            continue;
        }
        let verified = place.run(&["verify", "--json"]).expect(0).json();
        assert_eq!(
            (count(&verified, "differing"), count(&verified, "damaged")),
            (0, 0),
            "{kill}: {verified}"
        );
        let stats = place.run(&["stats", "--json"]).expect(0).json();
        evicted = evicted.max(count(&stats, "evicted_records"));
    }
    assert!(running >= 8 && evicted > 0, "only {running} were still running, {evicted} evicted");
    let last = place.run(&arguments).expect(0).json();
    assert!(count(&last, "stored_bytes") <= quota && count(&last, "files") == 300, "{last}");
    place.run(&["verify"]).expect(0);
    println!("{running} killed at work; {evicted} records evicted by those that came to an end");
}

#[test]
fn a_kill_before_the_first_commit_leaves_a_store_that_can_be_used() {
    for milliseconds in [0, 1, 2, 4, 8, 16, 32] {
        let place = Place::with_samples();
        let mut child =
            place.command(&["index", "source"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(milliseconds));
        child.kill().unwrap();
        child.wait().unwrap();
        // There may be no store yet, which is then said.
        let status = place.run(&["verify", "--json"]).status;
        assert!([0, 2].contains(&status), "{status} after {milliseconds} ms");
        assert_eq!(count(&place.index(), "files"), 28);
        assert_eq!(count(&place.verify(), "trees"), 28);
    }
}
