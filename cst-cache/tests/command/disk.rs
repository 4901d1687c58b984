//! A disk that takes no more: a clear error, and what was committed stays.
#![cfg(target_os = "linux")]

use std::process::Command;

use crate::support::command::{Done, Place, count};
use crate::support::samples::long;

/// Files whose trees take a kilobyte or two each in the store.
fn fill(place: &Place, files: usize) {
    for i in 0..files {
        let name = format!("more/{i}.rs");
        place.write(&name, format!("// {i}\n{}", long("rust", 300)));
    }
}

/// What holds after a write failed: it was said, and everything committed is there and sound.
fn check(place: &Place, done: &Done, words: &[&str]) {
    assert_eq!(done.status, 2, "{done:?}");
    done.says(&["error: "]);
    done.says(words);
    assert!(done.stdout.is_empty(), "{done:?}");
    let report = place.run(&["verify", "--json"]).expect(0).json();
    assert_eq!((count(&report, "differing"), count(&report, "damaged")), (0, 0), "{report}");
    assert!(count(&report, "trees") >= 28, "what was committed is gone: {report}");
    place.run(&["get", "source/rust/sound.rs"]).expect(0);
}

#[test]
fn a_limit_on_the_size_of_files() {
    let place = Place::with_samples();
    place.index();
    fill(&place, 60);
    // Without the signal the write itself fails.
    let limited = "trap '' XFSZ; ulimit -f 40; exec \"$0\" \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", limited, env!("CARGO_BIN_EXE_cst"), "index", "source", "--json", "--store"]);
    let done = Done::of(command.arg(place.store()).current_dir(place.root()));
    check(&place, &done, &["store"]);
    // Once it may, it goes on.
    let report = place.index();
    assert_eq!((count(&report, "files"), count(&report, "hits") >= 28), (88, true), "{report}");
    assert_eq!(count(&place.verify(), "trees"), 88);
}

/// A file system in memory, unmounted when dropped.
struct Mounted(std::path::PathBuf);

impl Mounted {
    /// `None` where this user may not.
    fn new(path: std::path::PathBuf) -> Option<Self> {
        mount("size=16m", &path).then_some(Self(path))
    }

    /// Leaves so many bytes free, and no more.
    fn shrink(&self, free: u64) {
        let files = std::fs::read_dir(&self.0).unwrap().map(|file| file.unwrap().metadata().unwrap().len());
        let used: u64 = files.map(|bytes| bytes.next_multiple_of(4096)).sum();
        assert!(mount(&format!("remount,size={}", used + free), &self.0), "{used}");
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

fn mount(options: &str, path: &std::path::Path) -> bool {
    let mut command = Command::new("mount");
    command.args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(path);
    command.output().is_ok_and(|output| output.status.success())
}

#[test]
fn a_file_system_that_is_full() {
    let place = Place::with_samples();
    std::fs::create_dir(place.store()).unwrap();
    let Some(mounted) = Mounted::new(place.store()) else {
        println!("skipped: this user may not mount a file system");
        return;
    };
    place.index();
    // How often it commits, and so how much room the same takes, depends on the machine.
    mounted.shrink(64 << 10);
    fill(&place, 400);
    let done = place.run(&["index", "source", "--json"]);
    check(&place, &done, &["the disk is full", "free some space"]);
    // Less to store fits again.
    std::fs::remove_dir_all(place.source().join("more")).unwrap();
    let report = place.index();
    assert_eq!((count(&report, "parsed"), count(&report, "hits")), (0, 28), "{report}");
}
