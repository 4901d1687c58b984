//! The four tiers and their order.

use std::fmt;

/// One of the four forms a cached tree can take.
///
/// The order is the order of demotion: `Hot < Warm < Cold < Frozen`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// A live syntax tree: the largest form, usable as it is.
    Hot,
    /// Bytecode in RAM: smaller, readable in place.
    Warm,
    /// Compressed bytecode in RAM: smaller still, must be expanded before use.
    Cold,
    /// On disk. Costs no RAM, so the machine keeps no slot for it.
    Frozen,
}

impl Tier {
    /// All four tiers, from hot down.
    pub const ALL: [Self; 4] = [Self::Hot, Self::Warm, Self::Cold, Self::Frozen];

    /// The three tiers that occupy RAM, from hot down: those an entry can be tracked in.
    pub const RAM: [Self; 3] = [Self::Hot, Self::Warm, Self::Cold];

    /// The next tier down, or `None` for [`Tier::Frozen`].
    ///
    /// ```
    /// use cst_tiers::Tier;
    /// assert_eq!(Tier::Hot.below(), Some(Tier::Warm));
    /// assert_eq!(Tier::Frozen.below(), None);
    /// ```
    #[must_use]
    pub const fn below(self) -> Option<Self> {
        match self {
            Self::Hot => Some(Self::Warm),
            Self::Warm => Some(Self::Cold),
            Self::Cold => Some(Self::Frozen),
            Self::Frozen => None,
        }
    }

    /// The next tier up, or `None` for [`Tier::Hot`].
    #[must_use]
    pub const fn above(self) -> Option<Self> {
        match self {
            Self::Hot => None,
            Self::Warm => Some(Self::Hot),
            Self::Cold => Some(Self::Warm),
            Self::Frozen => Some(Self::Cold),
        }
    }

    /// Whether entries of this tier occupy RAM: true for all but [`Tier::Frozen`].
    #[must_use]
    pub const fn is_ram(self) -> bool {
        !matches!(self, Self::Frozen)
    }

    /// The lower-case name: `hot`, `warm`, `cold` or `frozen`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hot => "hot",
            Self::Warm => "warm",
            Self::Cold => "cold",
            Self::Frozen => "frozen",
        }
    }

    /// Position in an array with one place per tier; always below [`Tier::ALL`]'s length.
    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Tier {
    /// Writes [`Tier::name`], honouring width and alignment.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
