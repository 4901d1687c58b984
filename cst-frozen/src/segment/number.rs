//! Which number a segment has, where both of its ends that say it are damaged.

use std::collections::HashMap;

use super::header::raw_identity;
use crate::{
    layout::{ALIGN, footer, header, u64_at, wide},
    name::Span,
    record::Header,
};

/// The number of the segment that covers `span`, zero for one without; nothing where no record is left, or a single one
/// that nothing speaks for.
///
/// A record's checksum is an exclusive or with the number, so each place where a header may stand says which number that would
/// take. Bytes that are none, or damaged, all say different ones. So it is the first that two places agree in, or what is left
/// of an end: the records come before whatever a payload has for them.
pub(crate) fn number(file: &[u8], span: Span) -> Option<u64> {
    let said = [
        raw_identity(file).number,
        file.len().checked_sub(footer::LEN - footer::NUMBER).and_then(|at| u64_at(file, at)).unwrap_or(0),
    ];
    let mut places: HashMap<u64, u32> = HashMap::new();
    for number in guesses(file, span) {
        let count = places.entry(number).or_default();
        *count = count.saturating_add(1);
    }
    let is_sure =
        |number: &u64| *number == 0 || said.contains(number) || places.get(number).is_some_and(|&n| n > 1);
    guesses(file, span).find(is_sure)
}

/// What each place says, in order.
fn guesses(file: &[u8], span: Span) -> impl Iterator<Item = u64> + '_ {
    let places = (wide(header::LEN)..wide(file.len())).step_by(usize::try_from(ALIGN).unwrap_or(16));
    places.filter_map(move |at| {
        let (number, header) = Header::guess(file, at)?;
        (span.first..=span.last).contains(&header.generation).then_some(number)
    })
}
