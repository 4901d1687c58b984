//! Measuring tree caches: a pass over the access pattern, in a child process per peer.

use std::path::Path;
use std::time::Instant;

use cst_bytecode::{live_bytes, release_memory};
use cst_cache::Document;

use super::parse::Parsing;
use super::{OURS, PEERS, REFERENCE, Request, Setting, TreeCache};
use crate::corpus::Corpus;
use crate::error::Error;
use crate::peers::access::zipf;
use crate::peers::child::{self, Job, Measure, Tell};
use crate::peers::disk;
use crate::peers::options::{Options, Role};
use crate::peers::pack;
use crate::peers::resident::{Resident, resident};
use crate::peers::series::{Outcome, Pair, Percentiles};

/// The budget is this part of what all live trees take.
const BUDGET_PART: u64 = 4;
/// How often each file is asked for, on average.
const ACCESSES_PER_FILE: usize = 2;
/// Percentiles of fewer accesses would be chance.
const LEAST_ACCESSES: usize = 200;

/// Measures all caches.
///
/// # Errors
///
/// Where a child fails, or a cache gives another tree.
pub fn measure(corpus: &Corpus, options: &Options) -> Result<Outcome, Error> {
    let mut notes = vec![
        format!(
            "Every file is shown once (fill). Then, in each round, {ACCESSES_PER_FILE} accesses per file, at least"
        ),
        format!(
            "{LEAST_ACCESSES}, by Zipf's law, the same for all. Budget: 1/{BUDGET_PART} of what all live trees take."
        ),
        "pass: all accesses. get: one, whether it was parsed or not. hit: without parsing. Keys are known."
            .to_owned(),
        "resident: what the process has grown by since before it was filled; anonymous: that no file backs."
            .to_owned(),
    ];
    notes.extend(PEERS.iter().map(|peer| format!("{:<15} {}", peer.name, peer.about)));
    let others = PEERS.iter().map(|peer| peer.name).filter(|name| *name != OURS);
    let against_parse =
        others.clone().filter(|name| *name != REFERENCE).map(|name| Pair::new(name, REFERENCE));
    let pairs = others.map(|name| Pair::new(OURS, name)).chain(against_parse).collect();
    let mut outcome = Outcome {
        role: Role::Trees,
        notes,
        peers: PEERS.map(|peer| peer.name).to_vec(),
        series: Vec::new(),
        pairs,
    };

    let folder = tempfile::Builder::new().prefix("cst-peers-").tempdir_in(&options.folder);
    let folder = folder.map_err(Error::during("making a temporary folder"))?;
    let packed = folder.path().join("corpus");
    pack::write(corpus, &packed)?;
    child::measure(&mut outcome, &PEERS.map(|peer| peer.name), &packed, folder.path(), options)?;
    Ok(outcome)
}

/// The child's side.
///
/// # Errors
///
/// Where there is no such peer, it cannot be filled, or nobody takes the answers.
pub fn serve(corpus: &Corpus, job: &Job, tell: &mut Tell<'_>) -> Result<(), Error> {
    let peer = PEERS.iter().find(|peer| peer.name == job.peer);
    let peer = peer.ok_or_else(|| Error::new(format!("there is no peer {}", job.peer)))?;
    let (requests, counts) = requests(corpus)?;
    let setting = setting(&requests, &job.folder);
    release_memory();
    let before = resident();
    let start = Instant::now();
    let mut cache = (peer.open)(setting)?;
    cache.fill(&requests)?;
    let filled = Measure::new("trees.fill", "ms for the corpus, once", start.elapsed().as_secs_f64() * 1e3);
    // Who keeps nothing is filled with nothing.
    let filled = if peer.name == REFERENCE { Vec::new() } else { vec![filled] };
    let accesses = (requests.len() * ACCESSES_PER_FILE).max(LEAST_ACCESSES);
    let pattern = zipf(requests.len(), accesses, job.seed);
    // What is kept is settled after a first pass, which is not measured.
    let warmed = pass(&mut *cache, &requests, &counts, &pattern);
    let mut answer = warmed.map(|_| filled);
    while tell(answer)? {
        answer = pass(&mut *cache, &requests, &counts, &pattern).and_then(|mut measures| {
            measures.extend(memory(before));
            measures.push(on_disk(&job.folder, setting.source)?);
            Ok(measures)
        });
    }
    Ok(())
}

/// Every file, and how many nodes its tree has.
fn requests(corpus: &Corpus) -> Result<(Vec<Request<'_>>, Vec<usize>), Error> {
    let mut parsing = Parsing::default();
    let mut requests = Vec::new();
    let mut counts = Vec::new();
    for language in &corpus.languages {
        for file in &language.files {
            let document = Document::new(&language.grammar, &file.source);
            let tree = parsing.parse(&language.grammar, &file.source)?;
            counts.push(tree.root_node().descendant_count());
            requests.push(Request { document, live_bytes: live_bytes(&tree) });
        }
    }
    Ok((requests, counts))
}

fn setting<'s>(requests: &[Request<'_>], folder: &'s Path) -> Setting<'s> {
    let live: u64 = requests.iter().map(|request| request.live_bytes).sum();
    let source = requests.iter().map(|request| request.document.source().len() as u64).sum();
    Setting { folder, budget: live / BUDGET_PART, source }
}

fn pass(
    cache: &mut dyn TreeCache,
    requests: &[Request<'_>],
    counts: &[usize],
    pattern: &[usize],
) -> Result<Vec<Measure>, Error> {
    let mut gets = Vec::with_capacity(pattern.len());
    let mut hits = Vec::new();
    let begin = Instant::now();
    for &number in pattern {
        let (Some(request), Some(&count)) = (requests.get(number), counts.get(number)) else { continue };
        let start = Instant::now();
        let answer = cache.get(request)?;
        let time = start.elapsed().as_nanos() as f64 / 1e3;
        gets.push(time);
        if !answer.parsed {
            hits.push(time);
        }
        if answer.tree.root_node().descendant_count() != count {
            return Err(Error::new(format!("another tree came back for {}", request.document.key())));
        }
    }
    let all = begin.elapsed().as_secs_f64() * 1e3;
    let share = hits.len() as f64 / gets.len().max(1) as f64;
    let get = Percentiles::of(&mut gets);
    let mut measures = vec![
        Measure::new("trees.pass", "ms for all accesses", all),
        Measure::new("trees.get", "us (median of the gets)", get.median),
        Measure::new("trees.get.p99", "us (99th percentile of the gets)", get.p99),
        Measure::new("trees.hits", "share of the gets that did not parse", share),
    ];
    if !hits.is_empty() {
        let hit = Percentiles::of(&mut hits);
        measures.push(Measure::new("trees.hit", "us (median of the hits)", hit.median));
        measures.push(Measure::new("trees.hit.p99", "us (99th percentile of the hits)", hit.p99));
    }
    Ok(measures)
}

fn memory(before: Option<Resident>) -> Vec<Measure> {
    let Some((before, now)) = before.zip(resident()) else { return Vec::new() };
    let megabytes = |now: u64, before: u64| now.saturating_sub(before) as f64 / 1e6;
    vec![
        Measure::new("trees.resident", "MB more than before", megabytes(now.all, before.all)),
        Measure::new("trees.anonymous", "MB more than before", megabytes(now.anonymous, before.anonymous)),
    ]
}

fn on_disk(folder: &Path, source: u64) -> Result<Measure, Error> {
    let taken = disk::taken(folder)? as f64 / source.max(1) as f64;
    Ok(Measure::new("trees.disk", "bytes on disk per byte of source", taken))
}

#[cfg(test)]
mod tests {
    use super::*;
    use cst_cache::compare;

    #[test]
    fn every_cache_gives_the_tree_that_a_parse_gives() {
        let corpus = Corpus::sample().unwrap();
        let (requests, _) = requests(&corpus).unwrap();
        let mut parsing = Parsing::default();
        for peer in &PEERS {
            let folder = tempfile::tempdir().unwrap();
            let mut cache = (peer.open)(setting(&requests, folder.path())).unwrap();
            cache.fill(&requests).unwrap();
            let mut parsed = Vec::new();
            for number in zipf(requests.len(), 40, 5) {
                let request = &requests[number];
                let answer = cache.get(request).unwrap();
                compare(&parsing.of(request).unwrap(), &answer.tree).unwrap();
                parsed.push(answer.parsed);
            }
            let some_hit = parsed.iter().any(|parsed| !parsed);
            let all_hit = parsed.iter().all(|parsed| !parsed);
            match peer.name {
                "cst-cache" | "foyer-bytecode" => assert!(all_hit, "{}", peer.name),
                "quick_cache" | "moka" => assert!(some_hit && !all_hit, "{}: {parsed:?}", peer.name),
                _ => assert!(!some_hit, "{}", peer.name),
            }
        }
    }
}
