//! The plots of the report.

use super::languages;
use super::losses::{Ratio, ratios};
use crate::plot::{Panel, Row, bars, dots, lines};
use crate::results::Results;
use crate::suite::ALL;
use crate::suite::growth::STEPS;

/// A plot, and what it is called.
pub(super) struct Picture {
    /// The heading over it.
    pub(super) title: String,
    /// Its file's name.
    pub(super) file: String,
    /// What to know when looking at it.
    pub(super) caption: &'static str,
    /// The plot.
    pub(super) svg: String,
}

/// All plots of which there is a figure.
pub(super) fn pictures(results: &Results) -> Vec<Picture> {
    let mut pictures = vec![memory(results), latency(results), growth(results)];
    pictures.extend(peers(results));
    pictures
}

fn rows(results: &Results, names: &[&str], with_all: bool) -> Vec<Row> {
    let languages = languages(results).into_iter().filter(|&language| with_all || language != ALL);
    let row = |language: &str| Row {
        label: language.to_owned(),
        values: names.iter().map(|name| results.value(&name.replace('*', language))).collect(),
    };
    languages.map(row).collect()
}

fn memory(results: &Results) -> Picture {
    let names = ["tree-sitter.live.*", "cst-bytecode.bytecode.*", "cst-cache.record.*"]
        .map(|name| format!("{name}.bytes_per_line"));
    let rows = rows(results, &names.each_ref().map(String::as_str), true);
    let series = ["live tree", "bytecode", "compressed record"];
    Picture {
        title: "Memory per line".to_owned(),
        file: "memory.svg".to_owned(),
        caption: "Bytes for each line of source. A hot entry takes the live tree and the bytecode, a warm one the \
                  bytecode, a cold or frozen one the record.",
        svg: bars("Memory per line of source", "bytes/line", &series, &rows),
    }
}

fn latency(results: &Results) -> Picture {
    let series = ["parse", "frozen", "cold", "warm", "hot"];
    let names = series.map(|tier| format!("cst-cache.get.{tier}.*.time"));
    let rows = rows(results, &names.each_ref().map(String::as_str), false);
    Picture {
        title: "Latency per tier".to_owned(),
        file: "latency.svg".to_owned(),
        caption: "Microseconds to get the tree of one file, the mean over the files, on a logarithmic axis.",
        svg: dots("Getting a tree, by tier", "microseconds per tree (logarithmic)", &series, &rows, None),
    }
}

fn growth(results: &Results) -> Picture {
    let panel = |title: &str, name: &str, scale: f64| Panel {
        title: title.to_owned(),
        points: STEPS
            .iter()
            .filter_map(|step| {
                let value = results.value(&format!("cst-frozen.growth.{step}.{name}"))?;
                Some((*step as f64, value * scale))
            })
            .collect(),
    };
    let panels =
        [panel("store, MB", "size", 1e-6), panel("open, ms", "open", 1.0), panel("get, ns", "get", 1.0)];
    Picture {
        title: "Growth".to_owned(),
        file: "growth.svg".to_owned(),
        caption: "The store with 10 to 100,000 records of 400 random bytes, which stand for files: what grows is their \
                  number. Both axes are logarithmic.",
        svg: lines("A store of 10 to 100,000 records", "records", &panels),
    }
}

/// One plot for each crate that has peers.
fn peers(results: &Results) -> Vec<Picture> {
    let ratios = ratios(results);
    let mut crates: Vec<&str> = ratios.iter().map(|ratio| ratio.ours).collect();
    crates.dedup();
    crates.sort_unstable();
    crates.dedup();
    crates.into_iter().map(|ours| against(ours, &ratios)).collect()
}

fn against(ours: &str, ratios: &[Ratio<'_>]) -> Picture {
    let own: Vec<&Ratio<'_>> = ratios.iter().filter(|ratio| ratio.ours == ours).collect();
    let mut peers: Vec<&str> = own.iter().map(|ratio| ratio.peer).collect();
    peers.sort_unstable();
    peers.dedup();
    let mut whats: Vec<&str> = Vec::new();
    for ratio in &own {
        if !whats.contains(&ratio.what) {
            whats.push(ratio.what);
        }
    }
    let row = |what: &&str| {
        let value = |peer: &&str| {
            own.iter().find(|ratio| ratio.what == *what && ratio.peer == *peer).map(|ratio| ratio.value)
        };
        Row { label: (*what).to_owned(), values: peers.iter().map(value).collect() }
    };
    let rows: Vec<Row> = whats.iter().map(row).collect();
    let unit = format!("{ours} / peer (logarithmic): left of the line {ours} needs less");
    Picture {
        title: format!("{ours} against its peers"),
        file: format!("peers-{ours}.svg"),
        caption: "What this project needs as a multiple of what the peer needs, in the same run: 1 is as much, less is better.",
        svg: dots(&format!("{ours} against its peers"), &unit, &peers, &rows, Some(1.0)),
    }
}
