//! Recency order: one doubly linked list per tier, kept in a table of indices beside the slab.

use crate::Tier;

/// No neighbour.
const NIL: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Link {
    /// The list this place is in; `None` for one that is in no list.
    list: Option<Tier>,
    /// Towards the most recently used.
    newer: u32,
    /// Towards the least recently used.
    older: u32,
}

const UNLINKED: Link = Link { list: None, newer: NIL, older: NIL };

#[derive(Clone, Copy, Debug)]
struct Ends {
    newest: u32,
    oldest: u32,
}

/// The lists. A place is in one list or in none, which the representation itself guarantees.
#[derive(Clone, Debug)]
pub(crate) struct Recency {
    links: Vec<Link>,
    ends: [Ends; Tier::ALL.len()],
}

impl Recency {
    pub(crate) const fn new() -> Self {
        Self { links: Vec::new(), ends: [Ends { newest: NIL, oldest: NIL }; Tier::ALL.len()] }
    }

    /// Puts a place first in a tier's order, taking it out of wherever it was.
    pub(crate) fn push_newest(&mut self, tier: Tier, index: u32) {
        self.unlink(index);
        let at = index as usize;
        if self.links.len() <= at {
            // Places are handed out densely, so this grows by one.
            self.links.resize(at + 1, UNLINKED);
        }
        let ends = &mut self.ends[tier.index()];
        let second = std::mem::replace(&mut ends.newest, index);
        if second == NIL {
            ends.oldest = index;
        }
        if let Some(link) = self.links.get_mut(second as usize) {
            link.newer = index;
        }
        if let Some(link) = self.links.get_mut(at) {
            *link = Link { list: Some(tier), newer: NIL, older: second };
        }
    }

    /// Takes a place out of its list; nothing happens if it is in none.
    pub(crate) fn unlink(&mut self, index: u32) {
        let Some(link) = self.links.get_mut(index as usize) else { return };
        let Link { list: Some(tier), newer, older } = std::mem::replace(link, UNLINKED) else { return };
        match self.links.get_mut(newer as usize) {
            Some(link) => link.older = older,
            None => self.ends[tier.index()].newest = older,
        }
        match self.links.get_mut(older as usize) {
            Some(link) => link.newer = newer,
            None => self.ends[tier.index()].oldest = newer,
        }
    }

    /// The least recently used place of a tier.
    pub(crate) fn oldest(&self, tier: Tier) -> Option<u32> {
        match self.ends[tier.index()].oldest {
            NIL => None,
            index => Some(index),
        }
    }

    /// The places of a tier from least to most recently used.
    pub(crate) fn oldest_first(&self, tier: Tier) -> impl Iterator<Item = u32> {
        std::iter::successors(self.oldest(tier), |&index| match self.links.get(index as usize)?.newer {
            NIL => None,
            newer => Some(newer),
        })
    }
}
