//! The order of shapes, names and links: sorted here, as they are met in bytecode.

use super::CORRUPT;
use core::cmp::Reverse;

use super::columns::{self, Parts};
use super::expand::Expanded;
use super::shapes::{self, Row, narrow_shapes};
use super::streams::{Stream, Streams};
use crate::columns::{ArchivedParserState, ArchivedStructure, ParserState, Structure};
use crate::error::DecodeError;
use crate::layout::{MAX_SHAPES, NAMED_ALIAS};
use crate::shape::{KIND, Shape};

/// What is sorted, and the numbers that it has got.
pub(super) struct Order {
    /// Shapes, with the names' numbers of here.
    rows: Vec<Row>,
    pub(super) names: Vec<[u16; 2]>,
    pub(super) links: Vec<Shape>,
    /// Of each shape, and each link, of the bytecode its number here.
    pub(super) shape_numbers: Vec<u16>,
    pub(super) link_numbers: Vec<u16>,
}

impl Order {
    /// Sorts; `None` where shapes, names or links are not numbered as they are met, or one is never met.
    pub(super) fn of(
        structure: &ArchivedStructure,
        state: &ArchivedParserState,
        counts: &[u32],
    ) -> Option<Self> {
        let shapes = structure.shapes.iter().map(|shape| Shape(shape.to_native()));
        let are_met = structure.shapes.len() <= MAX_SHAPES
            && are_met(shapes.clone().filter_map(|shape| shape.name().checked_sub(1)), structure.names.len())
            && are_met(state.chains.iter().map(|chain| chain[1].to_native().into()), state.links.len())
            && state.shape_chains.len() == structure.shapes.len();
        if !are_met {
            return None;
        }
        let names = structure.names.iter().map(|name| name.each_ref().map(|n| n.to_native()));
        // By field, then by what it is renamed to.
        let (names, name_numbers) =
            sorted(names, |&[alias, field]| (field & !NAMED_ALIAS, field & NAMED_ALIAS, alias));
        let links = state.links.iter().map(|link| Shape(link.to_native()));
        let (links, link_numbers) = sorted(links, |&link| (link.symbol(), link.0));
        let rows = shapes.zip(state.shape_chains.iter()).map(|(shape, &chain)| {
            let name = shape.name().checked_sub(1).map_or(0, |name| u32::from(name_numbers[name]) + 1);
            let shape = Shape(shape.0 << 9 >> 9).with_name(name);
            Row { shape, chain, is_wide: false }
        });
        let (mut rows, mut shape_numbers) = sort_rows(&rows.collect::<Vec<_>>());
        widen(&mut rows, &mut shape_numbers, counts);
        Some(Self { rows, names, links, shape_numbers, link_numbers })
    }

    /// Writes the shapes and the numbers of the records.
    pub(super) fn write(&self, records: &[u16], streams: &mut Streams) {
        shapes::write(&self.rows, streams);
        let narrow = narrow_shapes(self.rows.len());
        let number = |&record: &u16| usize::from(self.shape_numbers[usize::from(record)]);
        if narrow == self.rows.len() {
            *streams.of_mut(Stream::Numbers) = records.iter().map(|record| number(record) as u8).collect();
            return;
        }
        let mut numbers = Vec::with_capacity(records.len());
        let mut wide = Vec::new();
        for number in records.iter().map(number) {
            if let Some(place) = number.checked_sub(narrow) {
                numbers.push((narrow + place / 256) as u8);
                wide.push(place as u8);
            } else {
                numbers.push(number as u8);
            }
        }
        *streams.of_mut(Stream::Numbers) = numbers;
        *streams.of_mut(Stream::WideNumbers) = wide;
    }
}

/// Whether numbers below a count first occur in their order, all of them, and fit 16 bits.
fn are_met(numbers: impl Iterator<Item = usize>, count: usize) -> bool {
    let (mut next, mut is_ahead) = (0, false);
    for number in numbers {
        is_ahead |= number > next;
        next += usize::from(number == next);
    }
    !is_ahead && next == count && count <= MAX_SHAPES
}

/// Items in the order of a key; and of each, the number that it then has.
fn sorted<T: Copy, K: Ord>(items: impl Iterator<Item = T>, key: impl Fn(&T) -> K) -> (Vec<T>, Vec<u16>) {
    let mut keyed: Vec<_> = (0_u16..).zip(items).map(|(number, item)| (key(&item), number, item)).collect();
    keyed.sort_unstable_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    let mut numbers = vec![0; keyed.len()];
    for (rank, &(_, number, _)) in (0..).zip(&keyed) {
        numbers[usize::from(number)] = rank;
    }
    (keyed.into_iter().map(|(.., item)| item).collect(), numbers)
}

/// The same of shapes, of which there are more: by what they have in common most, in one number each.
fn sort_rows(rows: &[Row]) -> (Vec<Row>, Vec<u16>) {
    let key = |(number, row): (usize, &Row)| {
        let (shape, kind) =
            (row.shape, u128::from(row.shape.symbol()) << 16 | u128::from(row.shape.production()));
        let kind = (kind << 14 | u128::from(shape.flags())) << 8 | u128::from(row.chain);
        // Behind it the other bits of the shape, and its number.
        (kind << 18 | u128::from(shape.0 >> 46)) << 16 | number as u128
    };
    let mut keys: Vec<u128> = rows.iter().enumerate().map(key).collect();
    keys.sort_unstable();
    let mut numbers = vec![0; rows.len()];
    let sorted = (0..).zip(&keys).map(|(rank, &key)| {
        let number = usize::from(key as u16);
        numbers[number] = rank;
        rows[number]
    });
    (sorted.collect(), numbers)
}

/// Where there are more shapes than a byte has numbers, gives the rarest numbers of two bytes, behind the others.
fn widen(rows: &mut [Row], numbers: &mut [u16], counts: &[u32]) {
    let narrow = narrow_shapes(rows.len());
    if narrow == rows.len() {
        return;
    }
    let mut by_count: Vec<(u32, u16)> = counts.iter().copied().zip(numbers.iter().copied()).collect();
    // The frequent ones to the front; of those as frequent, the first in order.
    by_count.select_nth_unstable_by_key(narrow, |&(count, rank)| (Reverse(count), rank));
    for &(_, rank) in &by_count[narrow..] {
        rows[usize::from(rank)].is_wide = true;
    }
    let (mut next, mut next_wide) = (0, narrow as u16);
    let by_rank: Vec<u16> = rows
        .iter()
        .map(|row| {
            let next = if row.is_wide { &mut next_wide } else { &mut next };
            *next += 1;
            *next - 1
        })
        .collect();
    numbers.iter_mut().for_each(|number| *number = by_rank[usize::from(*number)]);
}

/// The columns as they were before they were sorted: shapes as they were met, names as shapes have them, links as chains.
pub(super) fn restore(
    rows: &[Row],
    names: &[[u16; 2]],
    Expanded { numbers, operands, met }: Expanded,
    streams: &Streams<&[u8]>,
) -> Result<(Structure, ParserState), DecodeError> {
    let mut shapes = Vec::with_capacity(met.len());
    let mut shape_chains = Vec::with_capacity(met.len());
    let mut shape_numbers = vec![0; met.len()];
    let mut met_names = Met::of(names.len());
    for (next, &number) in (0..).zip(&met) {
        let Row { shape, chain, .. } = rows[usize::from(number)];
        shape_numbers[usize::from(number)] = next;
        let name = match shape.name().checked_sub(1) {
            None => 0,
            Some(name) => met_names.number(name).ok_or(CORRUPT)? + 1,
        };
        shapes.push(Shape(shape.0 << 9 >> 9).with_name(name.into()).0);
        shape_chains.push(chain);
    }
    let Parts { included_ranges, mut chains, links, mut precedences } = columns::read(streams)?;
    let mut met_links = Met::of(links.len());
    for chain in &mut chains {
        chain[1] = met_links.number(chain[1].into()).ok_or(CORRUPT)?;
    }
    for (number, _) in &mut precedences {
        let at = *number as usize;
        *number = match shape_numbers.get(at) {
            Some(&shape) => shape,
            None => {
                let link = met_links.numbers.get(at - met.len()).ok_or(CORRUPT)?;
                (met.len() + usize::from(*link)) as u32
            }
        };
    }
    precedences.sort_unstable();
    let names = met_names.sorted(names)?;
    let structure = Structure { shapes, names, numbers, operands, included_ranges };
    let state = ParserState {
        shape_chains,
        chains,
        links: met_links.sorted(&links)?,
        precedences,
        ..columns::read_plain(streams)?
    };
    Ok((structure, state))
}

/// Numbers by what they are here, given as they are met.
struct Met {
    numbers: Vec<u16>,
    order: Vec<u16>,
}

impl Met {
    /// Stands for none; there are fewer.
    const NONE: u16 = u16::MAX;

    fn of(count: usize) -> Self {
        Self { numbers: vec![Self::NONE; count], order: Vec::with_capacity(count) }
    }

    fn number(&mut self, at: usize) -> Option<u16> {
        let number = self.numbers.get_mut(at)?;
        if *number == Self::NONE {
            *number = self.order.len() as u16;
            self.order.push(at as u16);
        }
        Some(*number)
    }

    /// All items as they were met.
    fn sorted<T: Copy>(&self, items: &[T]) -> Result<Vec<T>, DecodeError> {
        if self.order.len() != items.len() {
            return Err(DecodeError::corrupt("a name or a link that nothing has"));
        }
        Ok(self.order.iter().map(|&at| items[usize::from(at)]).collect())
    }
}

/// A link, which has but a kind and one child.
pub(super) fn is_plain_link(link: Shape) -> bool {
    Shape(link.0 & KIND).with_child_count(1) == link
}
