//! Shapes in parts: those that differ in forms, child count or name alone have one kind.

use hashbrown::HashMap;

use super::expand::NO_COLUMN;
use crate::error::DecodeError;
use crate::shape::{KIND, Shape};
use crate::varint;

/// Distinct kinds, six bytes each; for each shape which kind, 0 for a new one; its forms; its child count; and the number
/// of its name.
pub(super) fn split(shapes: impl Iterator<Item = Shape>) -> [Vec<u8>; 5] {
    let [mut kinds, mut numbers, mut forms, mut child_counts, mut names] = [const { Vec::new() }; 5];
    let mut known = HashMap::new();
    for shape in shapes {
        let kind = shape.0 & KIND;
        let next = known.len() as u32 + 1;
        let number = *known.entry(kind).or_insert(next);
        if number == next {
            kinds.extend_from_slice(&kind.to_le_bytes()[..6]);
        }
        varint::write(&mut numbers, if number == next { 0 } else { number });
        forms.push(shape.padding_form() | shape.extent_form() << 3);
        child_counts.push(shape.child_count() as u8);
        varint::write(&mut names, shape.name() as u32);
    }
    [kinds, numbers, forms, child_counts, names]
}

/// The shapes that were split.
pub(super) fn join(
    [kinds, numbers, forms, child_counts, names]: [&[u8]; 5],
) -> Result<Vec<u64>, DecodeError> {
    let kinds = join_kinds(kinds)?;
    let (mut numbers, mut names) = (varint::Reader::new(numbers), varint::Reader::new(names));
    let mut known = 0;
    let mut shapes = Vec::with_capacity(forms.len());
    if child_counts.len() != forms.len() {
        return Err(NO_COLUMN);
    }
    for (&form, &child_count) in forms.iter().zip(child_counts) {
        let number = match numbers.read()? {
            0 => {
                known += 1;
                known
            }
            number => number as usize,
        };
        let kind = number.checked_sub(1).and_then(|kind| kinds.get(kind)).ok_or(NO_COLUMN)?;
        let name = names.read()?;
        if form >= 1 << 5 || child_count >= 1 << 4 || name >= 1 << 9 {
            return Err(NO_COLUMN);
        }
        let shape = Shape(*kind).with_padding(form & 7).with_extent(form >> 3).with_child_count(child_count);
        shapes.push(shape.with_name(name).0);
    }
    if known != kinds.len() || !numbers.is_empty() || !names.is_empty() {
        return Err(NO_COLUMN);
    }
    Ok(shapes)
}

/// Shapes of links, which have but a kind and one child.
pub(super) fn split_links(links: impl Iterator<Item = Shape>) -> Result<Vec<u8>, DecodeError> {
    let mut bytes = Vec::new();
    for link in links {
        let kind = link.0 & KIND;
        if Shape(kind).with_child_count(1) != link {
            return Err(DecodeError::corrupt("a link that is none"));
        }
        bytes.extend_from_slice(&kind.to_le_bytes()[..6]);
    }
    Ok(bytes)
}

/// The links that were split.
pub(super) fn join_links(bytes: &[u8]) -> Result<Vec<u64>, DecodeError> {
    Ok(join_kinds(bytes)?.into_iter().map(|kind| Shape(kind).with_child_count(1).0).collect())
}

fn join_kinds(bytes: &[u8]) -> Result<Vec<u64>, DecodeError> {
    let (kinds, []) = bytes.as_chunks::<6>() else { return Err(NO_COLUMN) };
    let kinds = kinds.iter().map(|&[a, b, c, d, e, f]| u64::from_le_bytes([a, b, c, d, e, f, 0, 0]));
    kinds.map(|kind| if kind & !KIND == 0 { Ok(kind) } else { Err(NO_COLUMN) }).collect()
}
