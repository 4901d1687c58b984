//! A corpus in one file, so that child processes measure on the very same bytes.

use std::fs;
use std::path::Path;

use cst_cache::Grammars;
use serde::{Deserialize, Serialize};

use crate::corpus::{Corpus, File, Language};
use crate::error::Error;

#[derive(Serialize, Deserialize)]
struct Entry {
    language: String,
    file: String,
    bytes: usize,
}

/// Writes `corpus` to a new file at `path`: a line of JSON that lists the files, then their text.
///
/// # Errors
///
/// Where the file cannot be written.
pub fn write(corpus: &Corpus, path: &Path) -> Result<(), Error> {
    let files =
        corpus.languages.iter().flat_map(|language| language.files.iter().map(move |file| (language, file)));
    let entry = |(language, file): (&Language, &File)| Entry {
        language: language.name.clone(),
        file: file.name.clone(),
        bytes: file.source.len(),
    };
    let entries: Vec<Entry> = files.clone().map(entry).collect();
    let mut bytes =
        serde_json::to_vec(&(&corpus.name, entries)).map_err(Error::during("packing the corpus"))?;
    bytes.push(b'\n');
    files.for_each(|(_, file)| bytes.extend_from_slice(&file.source));
    fs::write(path, bytes).map_err(Error::during(format!("writing {}", path.display())))
}

/// Reads what [`write()`] wrote.
///
/// # Errors
///
/// Where the file cannot be read, or is not one that this build wrote.
pub fn read(path: &Path) -> Result<Corpus, Error> {
    let reading = || format!("reading {}", path.display());
    let bytes = fs::read(path).map_err(Error::during(reading()))?;
    let end = bytes.iter().position(|&byte| byte == b'\n').unwrap_or(bytes.len());
    let (head, mut rest) = bytes.split_at(end);
    rest = rest.get(1..).unwrap_or_default();
    let (name, entries): (String, Vec<Entry>) =
        serde_json::from_slice(head).map_err(Error::during(reading()))?;

    let grammars = Grammars::bundled();
    let mut languages: Vec<Language> = Vec::new();
    for entry in entries {
        let (source, after) = rest.split_at_checked(entry.bytes).ok_or_else(|| {
            Error::new(format!("{}: the text of {} is cut off", path.display(), entry.file))
        })?;
        rest = after;
        let file = File { name: entry.file, source: source.to_vec() };
        match languages.last_mut().filter(|language| language.name == entry.language) {
            Some(language) => language.files.push(file),
            None => {
                let grammar = grammars.by_name(&entry.language);
                let grammar =
                    grammar.ok_or_else(|| Error::new(format!("there is no grammar {}", entry.language)))?;
                let grammar = grammar.grammar.clone();
                languages.push(Language { name: entry.language, grammar, files: vec![file] });
            }
        }
    }
    Ok(Corpus { name, languages, skipped: crate::corpus::Skipped::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pack");
        let corpus = Corpus::sample().unwrap();
        write(&corpus, &path).unwrap();
        let again = read(&path).unwrap();
        assert_eq!(again.name, corpus.name);
        assert_eq!(again.languages.len(), corpus.languages.len());
        for (new, old) in again.languages.iter().zip(&corpus.languages) {
            assert_eq!((&new.name, &new.grammar), (&old.name, &old.grammar));
            let texts = |language: &Language| {
                language.files.iter().map(|file| (file.name.clone(), file.source.clone())).collect::<Vec<_>>()
            };
            assert_eq!(texts(new), texts(old));
        }

        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("cut off"));
    }
}
