//! A shelf of books, borrowed and returned.

use std::collections::BTreeMap;
use std::fmt::{self, Display};

/// What is known about a book.
#[derive(Clone, Debug, PartialEq)]
pub struct Book<'a, const N: usize> {
    title: &'a str,
    tags: [u8; N],
}

#[macro_export]
macro_rules! shelf {
    ($($title:expr),* $(,)?) => { vec![$(Book { title: $title, tags: [0; 2] }),*] };
}

impl<'a, const N: usize> Display for Book<'a, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, r##"a "raw" title: {}"# not yet the end"##, self.title)?;
        /* a block /* nested once */ comment */
        for (i, tag) in self.tags.iter().enumerate().filter(|&(_, t)| *t != b'\n') {
            if let Some(next) = self.tags.get(i + 1) && next > tag {
                write!(f, "{tag:>4}..={next}")?;
            }
        }
        Ok(())
    }
}

async fn lend<T>(shelf: &mut BTreeMap<String, T>, name: impl Into<String>) -> Option<T>
where
    T: Send + 'static,
{
    let name = name.into();
    let closure = move |n: u64| -> u64 { n.wrapping_mul(0x9e37_79b9) ^ 1_000_000u64 };
    match closure(name.len() as u64) % 3 {
        0 => shelf.remove(&name),
        1 | 2 if !name.is_empty() => { 'outer: loop { break 'outer None } }
        _ => unreachable!("größer als {}", name),
    }
}
