//! A grammar's tables.
#![allow(unsafe_code)]

use core::ffi::c_void;
use core::mem::{offset_of, size_of};
use core::slice;

use tree_sitter::Language;

pub(super) type RawLanguage = tree_sitter::ffi::TSLanguage;
type Sink = unsafe extern "C" fn(context: *mut c_void, bytes: *const u8, length: usize);

unsafe extern "C" {
    fn cst_language_production_count(language: *const RawLanguage) -> u32;
    fn cst_language_name_width(language: *const RawLanguage) -> u32;
    fn cst_language_names(language: *const RawLanguage, name_width: u32, names: *mut u32);
    fn cst_language_field_entries(language: *const RawLanguage, entries: *mut FieldEntry) -> u32;
    fn cst_language_symbol_count(language: *const RawLanguage) -> u32;
    fn cst_language_public_symbols(language: *const RawLanguage, symbols: *mut u16);
    fn cst_language_describe(language: *const RawLanguage, sink: Sink, context: *mut c_void);
}

/// The `TSLanguage` inside a `Language`; valid as long as the language is borrowed.
pub(super) fn raw_language(language: &Language) -> *const RawLanguage {
    let raw = language.clone().into_raw();
    // SAFETY: `raw` comes from `into_raw` of a language that nobody else owns. Dropping it gives
    // back the reference that the clone took; `language` still holds its own.
    drop(unsafe { Language::from_raw(raw) });
    raw
}

/// What a language's productions call their children.
pub(crate) struct Names {
    // SAFETY INVARIANT: `width` names for each production of the language at this address, which its owner
    // keeps alive.
    names: Vec<u32>,
    width: u32,
    language: usize,
}

impl Names {
    /// Those of `language`, which must live as long as they do.
    pub(crate) fn of(language: &Language) -> Self {
        let raw = raw_language(language);
        // SAFETY: the language is valid.
        let width = unsafe { cst_language_name_width(raw) };
        // SAFETY: the language is valid.
        let productions = unsafe { cst_language_production_count(raw) };
        let mut names = vec![0; productions as usize * width as usize];
        // SAFETY: the language is valid; there is room for `width` names a production.
        unsafe { cst_language_names(raw, width, names.as_mut_ptr()) };
        Self { names, width, language: raw.addr() }
    }

    /// The first of them.
    pub(super) fn as_ptr(&self) -> *const u32 {
        self.names.as_ptr()
    }

    /// How many there are for each production.
    pub(super) fn width(&self) -> u32 {
        self.width
    }

    /// The address of whose they are.
    pub(super) fn language(&self) -> usize {
        self.language
    }
}

/// That a child of a production is in a field, or hides children that are.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FieldEntry {
    pub(crate) production: u16,
    pub(crate) field: u16,
    pub(crate) child_index: u16,
    is_inherited: u16,
}

const _: () = assert!(size_of::<FieldEntry>() == 8 && offset_of!(FieldEntry, is_inherited) == 6);

impl FieldEntry {
    /// Whether it is what the child hides that is in the field.
    pub(crate) fn is_inherited(&self) -> bool {
        self.is_inherited != 0
    }
}

/// All of them, in the grammar's order: by production, then by field.
pub(crate) fn field_entries(language: &Language) -> Vec<FieldEntry> {
    let raw = raw_language(language);
    // SAFETY: the language is valid; nothing is written to null.
    let count = unsafe { cst_language_field_entries(raw, core::ptr::null_mut()) };
    let mut entries = vec![FieldEntry::default(); count as usize];
    // SAFETY: the language is valid, and there is room for as many as it has just said.
    unsafe { cst_language_field_entries(raw, entries.as_mut_ptr()) };
    entries
}

/// The numbers that users know symbols by, aliases included.
pub(crate) fn public_symbols(language: &Language) -> Vec<u16> {
    let raw = raw_language(language);
    // SAFETY: the language is valid.
    let count = unsafe { cst_language_symbol_count(raw) };
    let mut symbols = vec![0; count as usize];
    // SAFETY: the language is valid, and there is room for a number of each of its symbols.
    unsafe { cst_language_public_symbols(raw, symbols.as_mut_ptr()) };
    symbols
}

/// Feeds everything that gives a grammar's numbers their meaning into `hasher`.
pub(crate) fn describe_language(language: &Language, hasher: &mut blake3::Hasher) {
    /// # Safety
    ///
    /// `context` is a `blake3::Hasher` that nothing else uses, `bytes` the start of `length` bytes.
    unsafe extern "C" fn sink(context: *mut c_void, bytes: *const u8, length: usize) {
        // SAFETY: by this function's contract.
        let bytes = unsafe { slice::from_raw_parts(bytes, length) };
        // SAFETY: by this function's contract.
        let hasher = unsafe { &mut *context.cast::<blake3::Hasher>() };
        hasher.update(bytes);
    }
    let context = core::ptr::from_mut(hasher).cast();
    // SAFETY: the language is valid; `context` is the hasher that `sink` expects, and the shim
    // passes it on together with its own buffer.
    unsafe { cst_language_describe(raw_language(language), sink, context) };
}
