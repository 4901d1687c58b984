//! Committed stores, sound ones of each version and damaged ones beside them: what is found in each, the table in
//! `tests/fixtures/README.md` says. No test writes them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use cst_frozen::{
    Medium, OpenError, Options, ReadError, Reader,
    care::{CareError, repair_on},
    testkit::Disk,
};

use crate::support::contents;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// The rows of the table: the store's name, and what is expected of it, as it stands there.
fn table() -> BTreeMap<String, String> {
    let page = fs::read_to_string(folder().join("README.md")).unwrap();
    let cells = |line: &str| -> Vec<String> {
        let line = line.strip_prefix('|').unwrap().strip_suffix('|').unwrap();
        line.split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let rows = page.lines().filter(|line| line.starts_with("| `")).map(cells);
    rows.map(|cells| (cells[0].trim_matches('`').to_owned(), cells[1..].join(" | "))).collect()
}

/// What a reader says, as the table does.
fn found(reader: Result<Reader, OpenError>) -> String {
    let refused = |why: &str| format!("{why}{}", " | ".repeat(8));
    let reader = match reader {
        Ok(reader) => reader,
        Err(OpenError::Version { found, .. }) => return refused(&format!("is of version {found}")),
        Err(OpenError::NotAStore { .. }) => return refused("is not a store"),
        Err(OpenError::Mixed { .. }) => return refused("is of two stores"),
        Err(error) => panic!("{error}"),
    };
    let mut cells = String::new();
    for key in 1..=6 {
        let cell = match reader.get(&[key; 32]) {
            Ok(None) => "-".to_owned(),
            Ok(Some(record)) if record.is_empty() => "empty".to_owned(),
            Ok(Some(record)) => match std::str::from_utf8(&record) {
                Ok(text) if text.chars().all(|c| c.is_ascii_graphic() || c == ' ') => text.to_owned(),
                _ => format!("{} bytes", record.len()),
            },
            Err(ReadError::Corrupt { .. }) => "**damaged**".to_owned(),
            Err(ReadError::Doubtful { .. }) => "**doubtful**".to_owned(),
            Err(error) => panic!("{error}"),
        };
        write!(cells, "{cell} | ").unwrap();
    }
    let stats = reader.stats();
    let count = |count: u64| if count == 0 { "-".to_owned() } else { count.to_string() };
    let faults: BTreeSet<String> =
        reader.verify().problems.iter().map(|problem| problem.fault.to_string()).collect();
    let faults: Vec<String> = faults.into_iter().collect();
    let faults = if faults.is_empty() { "-".to_owned() } else { faults.join("; ") };
    write!(cells, "{} | {} | {faults}", count(stats.mended_segments), count(stats.gaps)).unwrap();
    cells
}

/// The files of a fixture on a simulated disk.
fn copy(store: &Path) -> Disk {
    let disk = Disk::new();
    for entry in fs::read_dir(store).unwrap() {
        let path = entry.unwrap().path();
        disk.set_contents(path.file_name().unwrap().to_str().unwrap(), &fs::read(&path).unwrap());
    }
    disk
}

#[test]
fn each_store_is_found_as_the_table_says() {
    let table = table();
    let stores: BTreeSet<String> = fs::read_dir(folder())
        .unwrap()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().unwrap().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    assert_eq!(
        table.keys().cloned().collect::<BTreeSet<_>>(),
        stores,
        "a row for each store, and a store for each"
    );
    let mut wrong = String::new();
    for (name, expected) in &table {
        let store = folder().join(name);
        let before = fs::read_dir(&store).unwrap().count();
        for mmap in [true, false] {
            let found = found(Reader::open(&store, Options::default().mmap(mmap)));
            if found.trim() != expected.trim() {
                writeln!(wrong, "| `{name}` | {found} |").unwrap();
            }
        }
        assert_eq!(fs::read_dir(&store).unwrap().count(), before, "a reader writes nothing");
    }
    assert!(wrong.is_empty(), "these are found otherwise:\n{wrong}");
}

/// A repair makes each of them sound, and takes nothing away that was read before.
#[test]
fn each_store_can_be_repaired() {
    for name in table().keys() {
        let disk = copy(&folder().join(name));
        let medium: Arc<dyn Medium> = Arc::new(disk);
        let before: BTreeMap<_, _> = match Reader::open_on(Arc::clone(&medium), Options::default()) {
            Ok(reader) => reader.iter().flatten().map(|(key, record)| (key, record.to_vec())).collect(),
            Err(_) => {
                let error = repair_on(&medium, Options::default()).unwrap_err();
                let is_told = matches!(
                    error,
                    CareError::Open(
                        OpenError::Version { .. } | OpenError::NotAStore { .. } | OpenError::Mixed { .. }
                    )
                );
                assert!(is_told, "{name}: {error}");
                continue;
            }
        };
        repair_on(&medium, Options::default()).unwrap();
        let reader = Reader::open_on(medium, Options::default()).unwrap();
        assert!(reader.verify().is_sound(), "{name}");
        let after = contents(&reader);
        assert!(before.iter().all(|(key, record)| after.get(key) == Some(record)), "{name}");
    }
}
