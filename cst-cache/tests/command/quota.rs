//! `cst index --quota`: the store stays below it, keeps what is used, and is sound.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::support::command::{Place, count, reason, set_modified};
use crate::support::samples::long;
use crate::support::segments;

/// Files of a few kilobytes of records each, all different, written so long ago that their times can be trusted.
fn fill(place: &Place, folder: &str, files: std::ops::Range<u32>) {
    for i in files {
        let path = place.write(&format!("{folder}/{i}.rs"), distinct(i, 30));
        set_modified(&path, SystemTime::now() - Duration::from_secs(60));
    }
}

/// Text whose record does not compress into another's.
fn distinct(seed: u32, functions: u32) -> String {
    let mut text = String::new();
    for f in 0..functions {
        let n = seed.wrapping_mul(31).wrapping_add(f).wrapping_mul(2_654_435_761);
        text.push_str(&format!("fn f{n}(a{}: u32) -> u32 {{ ", n % 97));
        for bit in 0..n % 9 {
            text.push_str(if n >> bit & 1 == 0 { "a(b, c); " } else { "if x { y[1] } " });
        }
        text.push_str("0 }\n");
    }
    text
}

fn index(place: &Place, folder: &str, options: &[&str]) -> Value {
    place.run(&[&["index", folder, "--json"], options].concat()).expect(0).json()
}

/// What the segments take is what is said, below the quota, and every tree in it is good.
#[track_caller]
fn check(place: &Place, report: &Value, quota: u64) {
    let on_disk: u64 = segments(&place.store()).iter().map(|path| path.metadata().unwrap().len()).sum();
    assert_eq!(count(report, "stored_bytes"), on_disk, "{report}");
    assert!(on_disk <= quota, "{on_disk} of {quota}: {report}");
    assert_eq!(count(report, "quota"), quota);
    let verified = place.run(&["verify", "--json"]).expect(0).json();
    assert_eq!((count(&verified, "damaged"), count(&verified, "differing")), (0, 0), "{verified}");
    place.run(&["verify", "--level", "deep"]).expect(0);
}

/// Keys of the trees that the store has.
fn kept_trees(place: &Place) -> BTreeSet<[u8; 32]> {
    let store = cst_frozen::Reader::open(place.store(), cst_frozen::Options::default()).unwrap();
    let trees = store.iter().map(Result::unwrap).filter(|(_, payload)| payload.starts_with(b"CSTT"));
    trees.map(|(key, _)| key).collect()
}

#[test]
fn a_folder_larger_than_the_quota_keeps_a_part_and_the_next_run_parses_the_rest() {
    let place = Place::empty();
    fill(&place, "a", 0..120);
    let whole = count(&index(&place, "source", &[]), "stored_bytes");
    std::fs::remove_dir_all(place.store()).unwrap();
    let quota = whole / 2;
    let size = quota.to_string();
    let first = index(&place, "source", &["--quota", &size]);
    check(&place, &first, quota);
    assert_eq!(count(&first, "parsed"), 120);
    assert!(count(&first, "evicted") > 0, "{first}");
    let kept = |stats: &Value| (count(stats, "files"), count(stats, "trees"));
    let (mut files, mut trees) = kept(&place.run(&["stats", "--json"]).expect(0).json());
    assert!(files > 20 && files < 90, "{files}");
    let at_first = kept_trees(&place);
    // From here on it is kept with the store.
    for run in 0..4 {
        let again = index(&place, "source", &[]);
        check(&place, &again, quota);
        let hits = count(&again, "hits");
        // Where one file's entry was the last to go, its tree is there and may be found by its content.
        assert!((files..=trees).contains(&hits) && trees <= files + 1, "{run}: {files}, {trees}: {again}");
        assert_eq!(count(&again, "parsed"), 120 - hits);
        assert_eq!(count(&again, "damaged"), 0, "{again}");
        let stats = place.run(&["stats", "--json"]).expect(0).json();
        (files, trees) = kept(&stats);
        assert_eq!(count(&stats, "quota"), quota);
        assert!(count(&stats, "evicted_records") >= count(&again, "evicted"), "{stats}");
    }
    let stayed = kept_trees(&place).intersection(&at_first).count();
    assert!(stayed * 3 >= at_first.len() * 2, "{stayed} of {}: the folder displaces itself", at_first.len());
    let table = place.run(&["stats"]).expect(0).stdout;
    assert!(table.contains("quota") && table.contains("% used") && table.contains("evicted"), "{table}");
    // Without it, all fits again.
    let all = index(&place, "source", &["--quota", "none"]);
    assert_eq!((count(&all, "evicted"), &all["quota"]), (0, &Value::Null), "{all}");
    assert_eq!(count(&index(&place, "source", &[]), "hits"), 120);
}

#[test]
fn the_folder_that_was_indexed_least_recently_goes_first() {
    let place = Place::empty();
    for (folder, files) in [("a", 0..40), ("b", 100..140), ("c", 200..240)] {
        fill(&place, folder, files);
    }
    index(&place, "source/a", &[]);
    let two = count(&index(&place, "source/b", &[]), "stored_bytes");
    // Room for two of the three and a bit; `a` was used after `b`, though nothing of it was put.
    let quota = two * 5 / 4;
    let size = quota.to_string();
    assert_eq!(count(&index(&place, "source/a", &["--quota", &size]), "hits"), 40);
    let third = index(&place, "source/c", &[]);
    check(&place, &third, quota);
    assert!(count(&third, "evicted") > 0, "{third}");
    assert_eq!(count(&index(&place, "source/c", &[]), "parsed"), 0, "it was in use");
    assert_eq!(count(&index(&place, "source/a", &[]), "parsed"), 0, "it was used after the other");
    assert!(count(&index(&place, "source/b", &[]), "parsed") > 0);
}

#[test]
fn the_files_of_a_run_are_in_use_while_it_lasts() {
    let place = Place::empty();
    fill(&place, "a", 0..40);
    fill(&place, "b", 100..140);
    let one = count(&index(&place, "source/a", &["--quota", "1GB"]), "stored_bytes");
    for _ in 0..8 {
        index(&place, "source/b", &[]);
    }
    fill(&place, "a", 200..220);
    // Room for all of `a`, of which the first part was used long before `b`.
    let quota = one * 15 / 7;
    let report = index(&place, "source/a", &["--quota", &quota.to_string()]);
    check(&place, &report, quota);
    assert!(count(&report, "evicted") > 0 && count(&report, "parsed") == 20, "{report}");
    assert_eq!(count(&index(&place, "source/a", &[]), "hits"), 60);
}

#[test]
fn what_no_file_has_any_more_goes_before_all_else() {
    let place = Place::empty();
    fill(&place, "a", 0..40);
    index(&place, "source/a", &[]);
    fill(&place, "b", 100..140);
    let two = count(&index(&place, "source/b", &[]), "stored_bytes");
    // All of `b`, which was indexed last, is gone or of another content now.
    for i in 100..120 {
        std::fs::remove_file(place.source().join(format!("b/{i}.rs"))).unwrap();
    }
    for i in 120..140 {
        place.write(&format!("b/{i}.rs"), "fn f() {}\n");
    }
    fill(&place, "c", 200..220);
    index(&place, "source/b", &[]);
    let quota = two * 9 / 8;
    let report = index(&place, "source/c", &["--quota", &quota.to_string()]);
    check(&place, &report, quota);
    assert!(count(&report, "evicted") > 0, "{report}");
    for folder in ["source/a", "source/b", "source/c"] {
        assert_eq!(count(&index(&place, folder, &[]), "parsed"), 0, "{folder}");
    }
}

#[test]
fn a_quota_that_is_lowered_takes_effect_at_once_and_readers_go_on() {
    let place = Place::empty();
    fill(&place, "a", 0..60);
    let whole = count(&index(&place, "source", &[]), "stored_bytes");
    let held = cst_frozen::Reader::open(place.store(), cst_frozen::Options::default()).unwrap();
    let before = held.stats().live_records;
    let quota = whole / 3;
    let report = index(&place, "source", &["--quota", &quota.to_string()]);
    assert_eq!((count(&report, "hits"), count(&report, "parsed")), (60, 0));
    check(&place, &report, quota);
    assert_eq!(held.iter().filter(Result::is_ok).count() as u64, before, "a reader keeps what it sees");
}

#[test]
fn what_the_quota_cannot_hold_is_told() {
    let place = Place::empty();
    place.write("small.rs", "fn f() {}\n");
    let done = place.run(&["index", "source", "--quota", "100"]).expect(2);
    done.says(&["error: ", "more than its quota of 100", "larger --quota"]);
    assert!(done.stdout.is_empty());
    place.write("large.rs", (0..400).map(|seed| distinct(seed, 10)).collect::<String>());
    place.write("text.rs", long("rust", 3));
    let report = index(&place, "source", &["--quota", "20kB"]);
    assert_eq!((count(&report, "files"), reason(&report, "skipped", "over_quota")), (2, 1), "{report}");
    check(&place, &report, 20_000);
    place.run(&["index", "source", "--quota", "12 parsecs"]).expect(2);
}

#[test]
fn a_cache_with_a_quota_on_an_indexed_store_leaves_no_entry_without_its_tree() {
    let place = Place::empty();
    fill(&place, "a", 0..60);
    let whole = count(&index(&place, "source", &["--quota", "1GB"]), "stored_bytes");
    let builder = cst_cache::Cache::builder().store_with_quota(place.store(), whole / 2).unwrap();
    let cache = builder.build();
    let text = distinct(500, 30);
    let document = cst_cache::Document::new(crate::support::grammar("rust"), text.as_bytes());
    cache.get_or_parse(&document).unwrap();
    cache.flush().unwrap();
    assert!(cache.stats().evicted_from_store > 60, "{:?}", cache.stats());
    drop(cache);
    let verified = place.run(&["verify", "--json"]).expect(0).json();
    assert_eq!((count(&verified, "trees"), count(&verified, "damaged")), (0, 0), "{verified}");
    let again = index(&place, "source", &[]);
    assert_eq!((count(&again, "files"), count(&again, "quota")), (60, 1_000_000_000), "{again}");
    assert!(count(&again, "hits") > 10 && count(&again, "parsed") > 0, "found by content: {again}");
}

#[test]
fn an_import_keeps_to_the_quota_and_what_it_brings_is_not_the_first_to_go() {
    let (here, there) = (Place::empty(), Place::empty());
    fill(&there, "b", 100..130);
    there.index();
    there.run(&["export", "trees.pack"]).expect(0);
    let pack = there.root().join("trees.pack");
    fill(&here, "a", 0..60);
    let quota = count(&here.index(), "stored_bytes") * 5 / 4;
    index(&here, "source", &["--quota", &quota.to_string()]);
    let report = here.run(&["import", pack.to_str().unwrap(), "--json"]).expect(0).json();
    assert!(count(&report, "trees") == 30 && count(&report, "evicted") > 0, "{report}");
    let stats = here.run(&["stats", "--json"]).expect(0).json();
    assert!(count(&stats, "stored_bytes") <= quota, "{stats}");
    assert_eq!(count(&stats, "evicted_records"), count(&report, "evicted"));
    here.run(&["verify"]).expect(0);
    fill(&here, "b", 100..130);
    let report = index(&here, "source/b", &[]);
    assert!(count(&report, "hits") > 20, "{report}");
}
