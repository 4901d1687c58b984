//! Why the shim stopped.

/// Why the shim stopped. The numbers are those of `cst_status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Status(pub(super) i32);

impl Status {
    const OK: Self = Self(0);
    /// The allocator gave nothing.
    pub(crate) const OUT_OF_MEMORY: Self = Self(1);
    pub(super) const BAD_SYMBOL: Self = Self(2);
    /// A record that is not there.
    pub(super) const BAD_RECORD: Self = Self(13);
    /// An extent beyond 32-bit positions and costs.
    pub(crate) const BAD_EXTENT: Self = Self(6);

    pub(super) fn result(self) -> Result<(), Self> {
        if self == Self::OK { Ok(()) } else { Err(self) }
    }

    /// What is wrong, as a fragment of a sentence.
    pub(crate) fn what(self) -> &'static str {
        match self.0 {
            1 => "out of memory",
            2 => "a symbol that the grammar does not have there",
            3 => "a production that the grammar does not have",
            4 => "a parse state that the grammar does not have",
            5 => "flags that cannot stand together",
            6 => "an extent out of range",
            7 => "a child count out of range",
            8 => "a scanner state longer than the library allows",
            9 => "an error that costs less than its extent",
            10 => "more subtrees than announced",
            11 => "fewer subtrees than announced",
            12 => "not as large as announced",
            13 => "a record of no known form",
            14 => "a padding in two places",
            15 => "a column goes on after the last subtree",
            16 => "a column ends before the last subtree",
            _ => "an unknown fault",
        }
    }
}
