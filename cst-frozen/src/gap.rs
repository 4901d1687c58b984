//! Which segments count, and what is missing between them.
//!
//! What was made durable cannot be lost by a crash. Where it cannot be read, it is damaged, and nobody knows what it held: it
//! may have overridden or removed any older record. So older ones are not shown any more; they wait for a repair.

use std::{path::PathBuf, sync::Arc};

use crate::{
    error::{Fault, ReadError},
    medium::Medium,
    name::{Name, Span},
    segment::Segment,
    snapshot::Quarantined,
};

/// Generations that were made durable and cannot be read.
#[derive(Clone, Debug)]
pub(crate) struct Gap {
    pub(crate) span: Span,
    /// A file that should hold them: one that is damaged, or that is not there.
    pub(crate) path: PathBuf,
    pub(crate) fault: Fault,
}

impl Gap {
    /// What is said of a key that is found nowhere after it.
    pub(crate) fn doubt(&self) -> ReadError {
        ReadError::Doubtful { path: self.path.clone() }
    }
}

/// What is found in a folder, put in order.
pub(crate) struct Standing {
    pub(crate) segments: Vec<Arc<Segment>>,
    pub(crate) quarantined: Vec<Quarantined>,
    /// Oldest first.
    pub(crate) gaps: Vec<Gap>,
    /// The last generation that was made durable.
    pub(crate) durable_to: u64,
}

/// Sorts out what counts of all segments that could be opened, and of those that could not.
pub(crate) fn stand(
    medium: &dyn Medium,
    mut segments: Vec<Arc<Segment>>,
    mut quarantined: Vec<Quarantined>,
) -> Standing {
    let sound = segments.iter().filter(|segment| segment.footer.durable).map(|segment| segment.span());
    // Nothing but its contents is wrong with such a file.
    let damaged = quarantined.iter().filter(|bad| bad.name.durable && bad.fault != Fault::Overlap);
    // One of another store may stand in place of one that was synced here, unless that is here, too.
    let replaces = |bad: &Quarantined| !segments.iter().any(|segment| segment.span().meets(bad.name.span));
    let damaged = damaged.filter(|bad| !bad.is_foreign() || replaces(bad));
    let durable_to = sound.chain(damaged.map(|bad| bad.name.span)).map(|span| span.last).max().unwrap_or(0);
    let mut gaps = missing(&segments, durable_to)
        .into_iter()
        .map(|span| {
            let damaged = quarantined.iter().find(|bad| bad.name.span.meets(span));
            let path = damaged.map(|bad| bad.path.clone());
            Gap {
                span,
                path: path.unwrap_or_else(|| medium.locate(&Name { span, durable: true }.to_string())),
                fault: damaged.map_or(Fault::Missing, |bad| bad.fault),
            }
        })
        .collect::<Vec<_>>();
    for segment in segments.iter().filter(|segment| segment.is_partial()) {
        let (name, path, fault) = (segment.name, segment.path().clone(), Fault::Index);
        gaps.push(Gap { span: name.span, path: path.clone(), fault });
        quarantined.push(Quarantined { name, path, fault });
    }
    gaps.sort_by_key(|gap| gap.span);
    cut_tail(&mut segments, &mut quarantined, durable_to);
    Standing { segments, quarantined, gaps, durable_to }
}

/// The stretches up to `last` that no segment covers. Each commit begins with the generation after the last one, so there are
/// none in a store that is whole.
fn missing(segments: &[Arc<Segment>], last: u64) -> Vec<Span> {
    let mut next = 1;
    let mut all = Vec::new();
    for span in segments.iter().map(|segment| segment.span()).filter(|span| span.first <= last) {
        all.extend(stretch(next, span.first - 1));
        next = span.last.saturating_add(1);
    }
    all.extend(stretch(next, last));
    all
}

fn stretch(first: u64, last: u64) -> Option<Span> {
    (first <= last).then_some(Span { first, last })
}

/// Leaves out what was committed after something that is lost.
///
/// Commits that were not synced may be lost in any order when the power fails, whole or in part. What is left of them counts only
/// as far as nothing is missing in it or before it, so that the store is what it was after some commit. A durable segment vouches for
/// everything before itself: what is missing there is damaged, and no reason to leave out what lies after it.
fn cut_tail(segments: &mut Vec<Arc<Segment>>, quarantined: &mut Vec<Quarantined>, durable_to: u64) {
    let sure = segments.partition_point(|segment| segment.span().last <= durable_to);
    let (mut tip, mut torn) = (durable_to, false);
    let connected = segments
        .iter()
        .skip(sure)
        .take_while(|segment| {
            let next = tip.checked_add(1) == Some(segment.span().first);
            tip = segment.span().last;
            torn = next && !segment.is_whole();
            next && !torn
        })
        .count();
    for segment in segments.drain(sure.saturating_add(connected)..) {
        let (name, path) = (segment.name, segment.path().clone());
        // The first is torn, or something is missing before it, as before all the others.
        let fault = if std::mem::take(&mut torn) { Fault::Payload } else { Fault::Orphan };
        quarantined.push(Quarantined { name, path, fault });
    }
}
