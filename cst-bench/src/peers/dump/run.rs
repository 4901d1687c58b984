//! Measuring dumps: how large, and how long writing them takes.

use std::hint::black_box;
use std::time::{Duration, Instant};

use super::{PEERS, nodes};
use crate::case::Case;
use crate::corpus::{Corpus, Language};
use crate::error::Error;
use crate::peers::options::{Options, Role};
use crate::peers::series::{Outcome, Pair};
use crate::size::lines_per_mb;
use crate::size::{Size, per};

/// Measures all forms on each language.
///
/// # Errors
///
/// Where one does not give back the nodes that it was given.
pub fn measure(corpus: &Corpus, options: &Options) -> Result<Outcome, Error> {
    let about = PEERS.iter().map(|peer| format!("{:<18} {}", peer.name, peer.about));
    let mut notes = vec![
        "Each file by itself. Times are from the live tree to bytes, the walk included; one thread."
            .to_owned(),
        "A dump gives back nodes, bytecode gives back the tree. density: lines of source per MB.".to_owned(),
    ];
    notes.extend(about);
    let pairs = vec![
        Pair::new(super::bytecode::PEER.name, super::bincode::PEER.name),
        Pair::new(super::bytecode::PACKED.name, super::bincode::PACKED.name),
    ];
    let mut outcome = Outcome {
        role: Role::Dump,
        notes,
        peers: PEERS.map(|peer| peer.name).to_vec(),
        series: Vec::new(),
        pairs,
    };
    for language in &corpus.languages {
        (options.progress)(&format!("dump: {}", language.name));
        measure_language(&mut outcome, language, options)?;
    }
    Ok(outcome)
}

fn measure_language(outcome: &mut Outcome, language: &Language, options: &Options) -> Result<(), Error> {
    let mut size = Size::default();
    let mut bytes = [0; PEERS.len()];
    let mut times = vec![[Duration::ZERO; PEERS.len()]; options.rounds];
    for file in &language.files {
        let case = Case::new(&language.grammar, file)?;
        size = size + case.size;
        let seen = nodes(&case.tree);
        for (peer, bytes) in PEERS.iter().zip(&mut bytes) {
            let dump = peer.dump.dump(&case, &case.tree)?;
            *bytes += dump.len() as u64;
            if peer.dump.nodes(&case, &dump)? != seen {
                return Err(Error::new(format!("{}: other nodes of {} came back", peer.name, file.name)));
            }
        }
        for round in &mut times {
            for (peer, time) in PEERS.iter().zip(round) {
                let start = Instant::now();
                let dump = peer.dump.dump(&case, &case.tree)?;
                *time += start.elapsed();
                drop(black_box(dump));
            }
        }
    }
    let name = &language.name;
    for (i, peer) in PEERS.iter().enumerate() {
        let unit = "bytes per byte of source";
        outcome.push(peer.name, &format!("dump.{name}.size"), unit, per(bytes[i], size.source));
        outcome.push(peer.name, &format!("dump.{name}.density"), "lines/MB", lines_per_mb(&size, bytes[i]));
        for round in &times {
            let nanoseconds = round[i].as_nanos() as f64 / size.source.max(1) as f64;
            outcome.push(peer.name, &format!("dump.{name}.encode"), "ns per byte of source", nanoseconds);
        }
    }
    Ok(())
}
