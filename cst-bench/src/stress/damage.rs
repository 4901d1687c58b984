//! A copy of a store with something wrong in it: bits flipped, files cut, gone, exchanged or lengthened.

use std::fs;
use std::io;
use std::path::Path;

use crate::random::Random;

/// Copies the files of `store` to `copy`, which is made anew, and damages one to four of them. Returns
/// what was done.
pub(crate) fn copy_damaged(store: &Path, copy: &Path, random: &mut Random) -> io::Result<Vec<String>> {
    match fs::remove_dir_all(copy) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => fs::create_dir_all(copy)?,
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(store)? {
        let name = entry?.file_name();
        fs::copy(store.join(&name), copy.join(&name))?;
        names.extend(name.into_string());
    }
    // The order in which a folder is listed is not the same everywhere.
    names.sort();
    let segments: Vec<String> = names.iter().filter(|name| name.ends_with(".seg")).cloned().collect();
    let mut faults = Vec::new();
    for _ in 0..random.between(1, 5) {
        // Seldom one of the few files that are not segments.
        let choices = if random.once_in(8) || segments.is_empty() { &names } else { &segments };
        let Some(name) = choices.get(random.below(choices.len())) else { break };
        let other = &segments.get(random.below(segments.len())).unwrap_or(name);
        faults.push(damage(copy, name, other, random)?);
    }
    Ok(faults)
}

fn damage(folder: &Path, name: &str, other: &str, random: &mut Random) -> io::Result<String> {
    let path = folder.join(name);
    // It may be gone already.
    let mut bytes = fs::read(&path).unwrap_or_default();
    let length = bytes.len();
    let done = match random.below(16) {
        0..6 => {
            let flips = random.between(1, 30).min(length);
            for _ in 0..flips {
                bytes[random.below(length)] ^= 1 << random.below(8);
            }
            format!("{flips} bits flipped in {name}")
        }
        6..8 => {
            let end = length.min(random.between(16, 400));
            bytes[length - end..].iter_mut().for_each(|byte| *byte ^= random.next_u64() as u8);
            format!("the last {end} bytes of {name} scrambled")
        }
        8..11 => {
            bytes.truncate(random.below(length + 1));
            format!("{name} cut from {length} to {} bytes", bytes.len())
        }
        11..13 => {
            let start = random.below(length + 1);
            let end = (start + 4096).min(length);
            bytes[start..end].fill(0);
            format!("bytes {start} to {end} of {name} zeroed")
        }
        13 => {
            bytes.extend((0..random.between(1, 5_000)).map(|_| random.next_u64() as u8));
            format!("{name} lengthened from {length} to {} bytes", bytes.len())
        }
        14 => {
            bytes = fs::read(folder.join(other)).unwrap_or_default();
            format!("{name} replaced by {other}")
        }
        _ => {
            let _ = fs::remove_file(&path);
            return Ok(format!("{name} removed"));
        }
    };
    fs::write(&path, bytes)?;
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_itself_stays_as_it_is_and_the_copy_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let (store, copy) = (folder.path().join("store"), folder.path().join("copy"));
        fs::create_dir(&store).unwrap();
        for name in ["1.seg", "2.seg", "STORE"] {
            fs::write(store.join(name), name.repeat(3_000)).unwrap();
        }
        let mut told = std::collections::BTreeSet::new();
        for seed in 0..40 {
            let faults = copy_damaged(&store, &copy, &mut Random::of(&[seed])).unwrap();
            assert_eq!(faults, copy_damaged(&store, &copy, &mut Random::of(&[seed])).unwrap());
            assert!(!faults.is_empty());
            told.extend(faults);
            for name in ["1.seg", "2.seg", "STORE"] {
                assert_eq!(fs::read(store.join(name)).unwrap(), name.repeat(3_000).as_bytes());
            }
        }
        assert!(told.len() > 40, "{told:?}");
    }
}
