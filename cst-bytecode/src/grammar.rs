//! A grammar and its identity.

use core::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tree_sitter::Language;

use crate::ffi::{self, FieldEntry, Memo, Names};
use crate::layout::{ERROR_SYMBOL, GROUP_OF_ERRORS};

/// What makes two grammars the same: a BLAKE3 hash over everything that gives the numbers in a tree
/// their meaning (names, counts, metadata, aliases, fields, parse tables, lex modes).
///
/// Names and versions alone are no identity: they are absent before ABI 15 and sometimes wrong.
/// Code is not part of it: see SHORTCOMINGS.md for what that means.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GrammarId(pub [u8; 32]);

impl fmt::Display for GrammarId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for GrammarId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GrammarId({self})")
    }
}

/// A language together with its identity. Cheap to clone.
///
/// Make one per language and keep it: its identity is computed when it is first asked for, as every encode and decode
/// does, and that reads all of the grammar's tables (a fraction of a millisecond for a small grammar, a few for the largest).
#[derive(Clone)]
pub struct Grammar(Arc<Inner>);

struct Inner {
    // Before the language that it is about, so that it goes first.
    names: Names,
    /// Of each symbol, aliases included, its name, and the number that users know it by.
    symbols: Vec<Box<str>>,
    public_symbols: Vec<u16>,
    /// Which children of which production are in which field.
    field_entries: Vec<FieldEntry>,
    /// Lent to one encode or decode at a time.
    memos: Mutex<Vec<Memo>>,
    language: Language,
    id: OnceLock<GrammarId>,
}

impl Grammar {
    /// Takes a language. Never fails and never panics. Reads the names of its symbols and fields.
    #[must_use]
    pub fn new(language: &Language) -> Self {
        let public_symbols = ffi::public_symbols(language);
        let name = |symbol: u16| language.node_kind_for_id(symbol).unwrap_or_default().into();
        let symbols = (0..).take(public_symbols.len()).map(name).collect();
        let field_entries = ffi::field_entries(language);
        let names = Names::of(language);
        Self(Arc::new(Inner {
            names,
            symbols,
            public_symbols,
            field_entries,
            memos: Mutex::default(),
            language: language.clone(),
            id: OnceLock::new(),
        }))
    }

    /// The language.
    #[must_use]
    pub fn language(&self) -> &Language {
        &self.0.language
    }

    /// The identity, computed when it is first asked for.
    #[must_use]
    pub fn id(&self) -> GrammarId {
        *self.0.id.get_or_init(|| {
            let mut hasher = blake3::Hasher::new_derive_key("cst-bytecode grammar identity");
            ffi::describe_language(&self.0.language, &mut hasher);
            GrammarId(*hasher.finalize().as_bytes())
        })
    }
}

impl Grammar {
    /// What its productions call their children.
    pub(crate) fn names(&self) -> &Names {
        &self.0.names
    }

    /// Lends a memo, a new one if all are lent; `None` when out of memory. There are never more than there were
    /// encodes and decodes at once.
    pub(crate) fn with_memo<T>(&self, with: impl FnOnce(&mut Memo) -> T) -> Option<T> {
        let memos = || self.0.memos.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = memos().pop();
        let mut memo = match kept {
            Some(memo) => memo,
            None => Memo::new(self.language())?,
        };
        let result = with(&mut memo);
        memos().push(memo);
        Some(result)
    }

    /// What users call a symbol; empty for one that the grammar does not have.
    pub(crate) fn symbol_name(&self, symbol: u16) -> &str {
        match symbol {
            ERROR_SYMBOL => "ERROR",
            GROUP_OF_ERRORS => "_ERROR",
            _ => self.0.symbols.get(usize::from(symbol)).map_or("", |name| name),
        }
    }

    /// Which children of a production are in a field, or hide some that are.
    pub(crate) fn field_entries(&self, production: u16, field: u16) -> &[FieldEntry] {
        let entries = &self.0.field_entries;
        let place = |entry: &FieldEntry| (entry.production, entry.field);
        let start = entries.partition_point(|entry| place(entry) < (production, field));
        let count = entries[start..].partition_point(|entry| place(entry) == (production, field));
        &entries[start..start + count]
    }

    /// The numbers that users know symbols by.
    pub(crate) fn public_symbols(&self) -> &[u16] {
        &self.0.public_symbols
    }
}

impl fmt::Debug for Grammar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grammar").field("name", &self.language().name()).field("id", &self.id()).finish()
    }
}

impl PartialEq for Grammar {
    fn eq(&self, other: &Self) -> bool {
        self.language() == other.language() || self.id() == other.id()
    }
}

impl Eq for Grammar {}
