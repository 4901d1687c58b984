//! Getting a tree from the cache, by the tier that has it, beside the parse.

use cst_cache::{Budgets, Cache, Document, Durability, Stats};

use super::{Outcome, Setting, progress};
use crate::corpus::{File, Language, parse};
use crate::error::Error;
use crate::figure::{Bar, Guard};
use crate::placed::temporary;
use crate::rounds::{Piece, best};
use crate::table::Table;

const PLENTY: u64 = 1 << 32;
const NOTHING: Budgets = Budgets { total: PLENTY, hot: 0, warm: 0, cold: 0 };
/// How often a file is asked for in each tier.
const ROUNDS: usize = 100;
/// Of each language only so much is asked for: latency is of single files.
const MOST: usize = 300_000;
/// A live tree comes back too soon for a clock around each get.
const HOT_GETS: u32 = 200;

/// A live tree costs next to nothing, any other a quarter of the parse at most.
const HOT_BAR: f64 = 0.001;
const SLOW_BAR: f64 = 0.25;

/// What answers, the reference first.
const NAMES: [&str; 5] = ["parse", "hot", "warm", "cold", "frozen"];

pub(super) fn run(setting: &Setting<'_>) -> Result<Outcome, Error> {
    let mut figures = Vec::new();
    let mut table = Table::new(&["language", "", "us/tree", "of parse", "times as fast"]);
    for language in &setting.corpus.languages {
        progress("cache", &language.name);
        let files = language.first(MOST);
        let sums = measure(language, files)?;
        for (name, sum) in NAMES.iter().zip(sums) {
            let figure = |what: &str, value, unit| {
                setting.figure(format!("cst-cache.get.{name}.{}.{what}", language.name), value, unit)
            };
            let share = sum / sums[0];
            figures.push(figure("time", sum / 1e3 / files.len() as f64, "us/tree"));
            if *name != "parse" {
                let share = figure("of_parse", share, "share of the parse").guard(Guard::Time);
                figures.push(share.bar(Bar::AtMost(if *name == "hot" { HOT_BAR } else { SLOW_BAR })));
            }
            table.row(vec![
                language.name.clone(),
                (*name).to_owned(),
                format!("{:.2}", sum / 1e3 / files.len() as f64),
                format!("{:.2} %", 100.0 * share),
                format!("{:.1}", 1.0 / share),
            ]);
        }
    }
    let text = format!(
        "One thread. Of each file the best of {ROUNDS} interleaved rounds; up to {} kB of each language. In each cache only one\n\
         tier has room, and nothing is promoted out of it. Hashing the source is left out on both sides.\n\n{table}",
        MOST / 1000
    );
    Ok(Outcome { figures, text, drift: None })
}

/// Nanoseconds of each of [`NAMES`], summed over the files.
fn measure(language: &Language, files: &[File]) -> Result<[f64; NAMES.len()], Error> {
    let mut parser = language.parser()?;
    let documents: Vec<_> = files.iter().map(|file| Document::new(&language.grammar, &file.source)).collect();
    let folder = temporary()?;
    let only = |budgets| Cache::builder().budgets(budgets);
    let hot = only(Budgets { hot: PLENTY, ..NOTHING }).build();
    let warm = only(Budgets { warm: PLENTY, ..NOTHING }).build();
    let cold = only(Budgets { cold: PLENTY, ..NOTHING }).build();
    let frozen =
        only(NOTHING).store_at(folder.path().join("store")).map_err(Error::during("opening a store"))?;
    let frozen = frozen.build();
    for (document, file) in documents.iter().zip(files) {
        let tree = parse(&mut parser, file)?;
        for cache in [&hot, &warm, &cold] {
            cache.insert(document, &tree).map_err(Error::during(format!("keeping {}", file.name)))?;
        }
        frozen.freeze_tree(document, &tree).map_err(Error::during(format!("keeping {}", file.name)))?;
    }
    frozen.commit(Durability::Buffered).map_err(Error::during("committing"))?;

    let mut sums = [0.0; NAMES.len()];
    for (document, file) in documents.iter().zip(files) {
        let get = |cache: &Cache| {
            cache.get(document).ok_or_else(|| Error::new(format!("{} is no longer in its tier", file.name)))
        };
        let mut pieces = [
            Piece::new("parse", || parse(&mut parser, file)),
            Piece::many("hot", HOT_GETS, || (0..HOT_GETS).map(|_| get(&hot)).collect::<Result<Vec<_>, _>>()),
            Piece::new("warm", || get(&warm)),
            Piece::new("cold", || get(&cold)),
            Piece::new("frozen", || get(&frozen)),
        ];
        for (sum, time) in sums.iter_mut().zip(best(&mut pieces, ROUNDS)?) {
            *sum += time;
        }
    }
    // Another tier may not have answered.
    type Hits = fn(&Stats) -> u64;
    let tiers: [(&Cache, Hits); 4] = [
        (&hot, |stats| stats.hot_hits),
        (&warm, |stats| stats.warm_hits),
        (&cold, |stats| stats.cold_hits),
        (&frozen, |stats| stats.frozen_hits),
    ];
    for ((cache, hits), name) in tiers.iter().zip(&NAMES[1..]) {
        let stats = cache.stats();
        let all = stats.hot_hits + stats.warm_hits + stats.cold_hits + stats.frozen_hits;
        if hits(&stats) != all || stats.misses > 0 {
            return Err(Error::new(format!(
                "of {all} gets from {name}, {} were answered there",
                hits(&stats)
            )));
        }
    }
    Ok(sums)
}
