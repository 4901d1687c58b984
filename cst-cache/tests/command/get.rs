//! `cst get`: the tree of a file's present content, or a plain message.

use cst_cache::Document;

use crate::support::command::{Done, Place};
use crate::support::samples::{SAMPLES, long};
use crate::support::{grammar, parse};

#[test]
fn it_prints_what_tree_sitter_prints_of_a_fresh_parse() {
    let place = Place::with_samples();
    place.index();
    for (language, name, text) in SAMPLES {
        let done = place.run(&["get", &format!("source/{language}/{name}")]).expect(0);
        let expected = parse(&Document::new(grammar(language), text.as_bytes())).root_node().to_sexp();
        assert_eq!(done.stdout, format!("{expected}\n"), "{name}");
        assert!(done.stderr.is_empty(), "{}", done.stderr);
    }
}

#[test]
fn where_there_is_no_tree_it_says_why_and_ends_with_3() {
    let place = Place::with_samples();
    place.index();
    let path = place.write("rust/sound.rs", "fn changed() {}\n");
    let done = place.run(&["get", "source/rust/sound.rs"]).expect(3);
    done.says(&["no tree", "sound.rs", "store", "never indexed"]);
    assert!(done.stdout.is_empty());
    // Back to what was indexed, under another name and place, it is found: the content counts.
    std::fs::write(path, SAMPLES[0].2).unwrap();
    place.run(&["get", "source/rust/sound.rs"]).expect(0);
    place.write("elsewhere.rs", SAMPLES[0].2);
    place.run(&["get", "source/elsewhere.rs"]).expect(0);
    // But not in another language.
    place.write("elsewhere.py", SAMPLES[0].2);
    place.run(&["get", "source/elsewhere.py"]).expect(3).says(&["never indexed"]);
    for name in ["odd.xyz", "no_extension"] {
        place.write(name, "text");
        place.run(&["get", &format!("source/{name}")]).expect(3).says(&["no grammar is known"]);
    }
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let place = Place::with_samples();
    place.index();
    place.run(&["get", "source/missing.rs"]).expect(2).says(&["error: ", "missing.rs", "check the path"]);
    place.run(&["get", "source"]).expect(2).says(&["error: ", "source"]);
}

#[test]
fn without_a_store_it_says_how_to_make_one() {
    let place = Place::with_samples();
    for arguments in [&["get", "source/rust/sound.rs"][..], &["verify"], &["stats"], &["stats", "--json"]] {
        let done = place.run(arguments).expect(2);
        done.says(&["error: ", "store", "cst index"]);
        assert!(done.stdout.is_empty());
        assert!(!place.store().exists(), "reading makes no store");
    }
}

#[test]
fn a_pipe_that_closes_early_is_no_crash() {
    let place = Place::empty();
    place.write("large.rs", long("rust", 3_000));
    place.index();
    for arguments in [&["get", "source/large.rs"][..], &["stats"], &["verify"]] {
        let mut child = place.command(arguments).stdout(std::process::Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        Done::from_output(&child.wait_with_output().unwrap()).expect(0);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_is_full_is_an_error() {
    let place = Place::empty();
    place.write("a.rs", "fn f() {}\n");
    place.index();
    for arguments in [&["get", "source/a.rs"][..], &["stats"], &["verify", "--json"], &["index", "source"]] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        Done::of(place.command(arguments).stdout(full)).expect(2).says(&["error: "]);
    }
}

#[test]
fn nesting_without_end_is_no_crash() {
    let place = Place::empty();
    let depth = 100_000;
    place.write("deep.json", "[".repeat(depth) + &"]".repeat(depth));
    place.write("open.json", "[".repeat(depth));
    place.write("deep.js", format!("x = {}1{}", "(".repeat(depth), ")".repeat(depth)));
    place.write("deep.html", "<p><b>".repeat(depth / 20));
    let report = place.index();
    assert_eq!(report["parsed"], 4, "{report}");
    let done = place.run(&["get", "source/deep.json"]).expect(0);
    assert_eq!(done.stdout.matches("(array").count(), depth);
    for name in ["open.json", "deep.js", "deep.html"] {
        place.run(&["get", &format!("source/{name}")]).expect(0);
    }
    assert_eq!(place.verify()["differing"], 0);
}
