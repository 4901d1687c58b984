//! What is known of where a parser goes, kept for the next tree.
#![allow(unsafe_code)]

use core::ffi::c_void;
use core::ptr::NonNull;

use hashbrown::HashSet;
use tree_sitter::Language;

use super::language::{RawLanguage, raw_language};

#[repr(C)]
pub(super) struct RawMemo(c_void);

unsafe extern "C" {
    fn cst_memo_new(language: *const RawLanguage) -> *mut RawMemo;
    fn cst_memo_next(memo: *mut RawMemo, state: u16, symbol: u16) -> u16;
    fn cst_memo_delete(memo: *mut RawMemo);
}

/// Where a language's parser goes from a state with a symbol, as far as it was asked: a tree asks much that
/// others have asked before.
pub(crate) struct Memo {
    // SAFETY INVARIANT: from `cst_memo_new` with the language, not yet deleted.
    raw: NonNull<RawMemo>,
    // Keeps what `raw` points into alive.
    language: Language,
    /// Kinds of shapes that the language had no objection to.
    seen: HashSet<u64>,
}

/// Most kinds to remember: grammars have some thousands.
const MOST_SEEN: usize = 1 << 15;

// SAFETY: the memory is nobody else's, and a language may be used by any thread.
unsafe impl Send for Memo {}

impl Memo {
    /// Knows nothing yet; `None` when out of memory.
    pub(crate) fn new(language: &Language) -> Option<Self> {
        // SAFETY: the language is valid, and the clone keeps it so.
        let raw = unsafe { cst_memo_new(raw_language(language)) };
        Some(Self { raw: NonNull::new(raw)?, language: language.clone(), seen: HashSet::new() })
    }

    /// Live, and nobody else's as long as this is borrowed.
    pub(super) fn raw(&mut self) -> *mut RawMemo {
        self.raw.as_ptr()
    }

    /// Where the parser goes from a state with a symbol; 0 where the language has no such state or symbol.
    pub(crate) fn next(&mut self, state: u16, symbol: u16) -> u16 {
        // SAFETY: live, and nobody else's; whatever the numbers, the shim looks up those that are there.
        unsafe { cst_memo_next(self.raw(), state, symbol) }
    }

    /// Whether a kind is one of those that were [seen](Self::see).
    pub(crate) fn has_seen(&self, kind: u64) -> bool {
        self.seen.contains(&kind)
    }

    /// Remembers kinds that were found good.
    pub(crate) fn see(&mut self, kinds: impl Iterator<Item = u64>) {
        if self.seen.len() > MOST_SEEN {
            self.seen.clear();
        }
        self.seen.extend(kinds);
    }

    /// Whose it is.
    pub(super) fn language(&self) -> &Language {
        &self.language
    }
}

impl Drop for Memo {
    fn drop(&mut self) {
        // SAFETY: live by the invariant, and gone after this.
        unsafe { cst_memo_delete(self.raw.as_ptr()) };
    }
}
