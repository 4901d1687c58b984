//! Where this project loses: figures that miss their bar, and peers that need less.

use crate::figure::Figure;
use crate::results::Results;

/// Figures that are not what they have to be.
pub(super) fn missed(results: &Results) -> Vec<&Figure> {
    results.figures.iter().filter(|figure| figure.holds == Some(false)).collect()
}

/// A ratio to a peer: what this project needs, as a multiple of what the peer needs.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ratio<'r> {
    /// The crate of this project.
    pub(super) ours: &'r str,
    /// What was measured.
    pub(super) what: &'r str,
    /// The peer.
    pub(super) peer: &'r str,
    /// Below 1 this project needs less.
    pub(super) value: f64,
    /// The least and the most of all rounds.
    pub(super) spread: Option<(f64, f64)>,
}

/// All ratios to peers: figures called `crate.what.vs.peer`, their spread in `.min` and `.max`.
pub(super) fn ratios(results: &Results) -> Vec<Ratio<'_>> {
    results.figures.iter().filter_map(|figure| ratio(results, figure)).collect()
}

fn ratio<'r>(results: &'r Results, figure: &'r Figure) -> Option<Ratio<'r>> {
    let (name, peer) = figure.name.split_once(".vs.")?;
    let (ours, what) = name.split_once('.')?;
    // A peer beside the parse says nothing of this project.
    if !ours.starts_with("cst-") || peer.ends_with(".min") || peer.ends_with(".max") {
        return None;
    }
    let end = |end: &str| results.value(&format!("{}.{end}", figure.name));
    let spread = end("min").zip(end("max"));
    Some(Ratio { ours, what, peer, value: figure.value, spread })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Bar;

    #[test]
    fn names_of_ratios_are_taken_apart() {
        let figure = |name: &str, value| Figure::new(name, "sample", value, "x", "cargo");
        let results = Results::new(vec![
            figure("cst-frozen.get.30kB.vs.heed", 1.5),
            figure("cst-frozen.get.30kB.vs.heed.min", 1.2),
            figure("cst-frozen.get.30kB.vs.heed.max", 1.9),
            figure("heed.get.30kB.vs.tree-sitter", 0.5),
            figure("cst-frozen.get.30kB", 7.0).bar(Bar::AtMost(1.0)),
        ]);
        let ratios = ratios(&results);
        assert_eq!(ratios.len(), 1);
        let Ratio { ours, what, peer, value, spread } = ratios[0];
        assert_eq!((ours, what, peer, value), ("cst-frozen", "get.30kB", "heed", 1.5));
        assert_eq!(spread, Some((1.2, 1.9)));
        assert_eq!(missed(&results)[0].name, "cst-frozen.get.30kB");
    }
}
