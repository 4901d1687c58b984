//! Measuring what held trees take: the growth of a child process, language by language.

use cst_bytecode::release_memory;
use cst_cache::{Document, Parsers};

use super::{Form, PEERS};
use crate::corpus::{Corpus, Language};
use crate::error::Error;
use crate::peers::child::{self, Job, Measure, Tell};
use crate::peers::options::{Options, Role};
use crate::peers::pack;
use crate::peers::resident::resident;
use crate::peers::series::{Outcome, Pair};

/// What is held is this much source at least, so that a page more or less does not count.
const LEAST_SOURCE: usize = 2_000_000;

/// Measures all forms.
///
/// # Errors
///
/// Where a child fails.
pub fn measure(corpus: &Corpus, options: &Options) -> Result<Outcome, Error> {
    let mut notes = vec![
        "What a process grows by while it holds all trees of a language; freed memory is given back first."
            .to_owned(),
        format!("Small corpora are held several times, up to {} MB of source.", LEAST_SOURCE / 1_000_000),
    ];
    notes.extend(PEERS.iter().map(|peer| format!("{:<13} {}", peer.name, peer.about)));
    let [ours, rivals @ ..] = PEERS;
    let pairs = rivals.iter().map(|peer| Pair::new(ours.name, peer.name)).collect();
    let mut outcome = Outcome {
        role: Role::Memory,
        notes,
        peers: PEERS.map(|peer| peer.name).to_vec(),
        series: Vec::new(),
        pairs,
    };
    if resident().is_none() {
        outcome.notes.push("Not measured: this system does not tell in /proc what is resident.".to_owned());
        return Ok(outcome);
    }
    let folder = tempfile::Builder::new().prefix("cst-peers-").tempdir_in(&options.folder);
    let folder = folder.map_err(Error::during("making a temporary folder"))?;
    let packed = folder.path().join("corpus");
    pack::write(corpus, &packed)?;
    let peers = PEERS.map(|peer| peer.name);
    child::measure(&mut outcome, &peers, &packed, folder.path(), options)?;
    Ok(outcome)
}

/// The child's side.
///
/// # Errors
///
/// Where there is no such peer, or nobody takes the answers.
pub fn serve(corpus: &Corpus, job: &Job, tell: &mut Tell<'_>) -> Result<(), Error> {
    let peer = PEERS.iter().find(|peer| peer.name == job.peer);
    let peer = peer.ok_or_else(|| Error::new(format!("there is no peer {}", job.peer)))?;
    let mut form = (peer.form)();
    let parsers = Parsers::default();
    // The first time, memory that stays with the parsers is taken.
    let mut answer = round(corpus, &parsers, &mut *form).map(|_| Vec::new());
    while tell(answer)? {
        answer = round(corpus, &parsers, &mut *form);
    }
    Ok(())
}

fn round(corpus: &Corpus, parsers: &Parsers, form: &mut dyn Form) -> Result<Vec<Measure>, Error> {
    corpus.languages.iter().map(|language| hold(language, parsers, form)).collect()
}

fn hold(language: &Language, parsers: &Parsers, form: &mut dyn Form) -> Result<Measure, Error> {
    let unknown = || Error::new("the system does not tell what is resident");
    let source: usize = language.files.iter().map(|file| file.source.len()).sum();
    let lines: u64 = language.files.iter().map(|file| file.lines()).sum();
    let times = LEAST_SOURCE.div_ceil(source.max(1));
    release_memory();
    let before = resident().ok_or_else(unknown)?;
    for _ in 0..times {
        for file in &language.files {
            let document = Document::new(&language.grammar, &file.source);
            let tree = parsers.parse(&document, None).map_err(Error::during(&file.name))?;
            form.hold(&document, tree)?;
        }
    }
    release_memory();
    let after = resident().ok_or_else(unknown)?;
    form.clear();
    let grown = after.anonymous.saturating_sub(before.anonymous) as f64;
    let what = format!("memory.{}.bytes_per_line", language.name);
    Ok(Measure::new(what, "resident bytes per line", grown / (lines.max(1) * times as u64) as f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peers::memory::outline;

    #[test]
    fn every_form_holds_the_nodes_that_it_was_given() {
        let parsers = Parsers::default();
        let mut texts = 0;
        for language in Corpus::sample().unwrap().languages {
            let mut sources: Vec<Vec<u8>> = language.files.iter().map(|file| file.source.clone()).collect();
            // Text before the first token and none after the last, and none at all.
            sources.push([b"\n\n  ", language.files[0].source.trim_ascii_end()].concat());
            sources.push(Vec::new());
            for source in sources {
                let document = Document::new(&language.grammar, &source);
                let tree = parsers.parse(&document, None).unwrap();
                let seen = outline(&tree);
                for peer in &PEERS {
                    let mut form = (peer.form)();
                    form.hold(&document, tree.clone()).unwrap();
                    let held = form.outline(&document).unwrap();
                    // rowan's root is the whole text.
                    assert_eq!(held[1..], seen[1..], "{}, {}", peer.name, language.name);
                    assert_eq!(held[0].0, seen[0].0);
                    form.clear();
                    assert!(form.outline(&document).unwrap().is_empty());
                }
                texts += 1;
            }
        }
        assert!(texts > 10);
    }
}
