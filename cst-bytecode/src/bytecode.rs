//! [`Bytecode`]: bytes that have been checked, owned or borrowed.

use core::fmt;
use core::ops::{Deref, Range};

use tree_sitter::Tree;

use crate::aligned::AlignedBytes;
use crate::columns;
use crate::compact;
use crate::decode;
use crate::encode;
use crate::error::{DecodeError, DecodeErrorKind, EncodeError};
use crate::grammar::Grammar;
use crate::header::{Header, SectionRanges};
use crate::layout::ALIGNMENT;
use crate::source::SourceId;
use crate::validate::validate;
use crate::view::TreeView;

/// A syntax tree as bytes, checked once when they came in.
///
/// Generic over where the bytes are: owned, borrowed, or in a memory map.
#[derive(Clone)]
pub struct Bytecode<B = AlignedBytes> {
    bytes: B,
    header: Header,
    structure: Range<usize>,
    parser_state: Range<usize>,
}

impl Bytecode {
    /// Writes `tree`, parsed from `source`, down. The same tree, source and release give the same
    /// bytes on every platform. Computes the grammar's identity and the source's hash anew; who
    /// encodes more than one tree keeps a [`Grammar`] and calls [`Bytecode::encode_with`].
    ///
    /// # Errors
    ///
    /// [`EncodeError`], for a tree that is not of this source or too large to keep.
    pub fn encode(tree: &Tree, source: &[u8]) -> Result<Self, EncodeError> {
        Self::encode_with(&Grammar::new(&tree.language()), tree, &SourceId::of(source))
    }

    /// Writes `tree` down, with the identities of grammar and source known. Costs a walk over every
    /// subtree: a sixth to a fifth of what the parse cost, right after it; more of a tree that has left the processor's caches.
    ///
    /// # Errors
    ///
    /// [`EncodeError`], for a tree of another language, not of this source, or too large to keep.
    pub fn encode_with(grammar: &Grammar, tree: &Tree, source: &SourceId) -> Result<Self, EncodeError> {
        let bytecode = encode::encode(tree, source, grammar)?;
        // What decoding would refuse is better not kept at all.
        let (structure, parser_state) = bytecode
            .columns()
            .map_err(|_| EncodeError::Unsupported("the bytes written could not be read"))?;
        decode::check_shapes(structure, parser_state, grammar)?;
        Ok(bytecode)
    }

    /// The bytecode that `bytes` are the [compact form](Bytecode::to_compact) of, to the last byte, checked as
    /// [`Bytecode::from_bytes`] checks it. Never panics, whatever the bytes; allocates at most 350 times their
    /// length, of bytes that are made to, and ten times of those of an ordinary tree. Costs a pass over the records,
    /// which puts them together and checks them.
    ///
    /// # Errors
    ///
    /// [`DecodeError`], of bytes that are damaged, no compact form, or of another version of the format.
    pub fn from_compact(bytes: &[u8]) -> Result<Self, DecodeError> {
        compact::read(bytes)
    }

    /// Copies `bytes` to aligned memory and checks them.
    ///
    /// # Errors
    ///
    /// As [`Bytecode::from_bytes`].
    pub fn copy_from(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::from_bytes(AlignedBytes::copy_from(bytes))
    }

    /// Bytes that are known to be sound: columns and records.
    pub(crate) fn of_sound(
        bytes: AlignedBytes,
        header: Header,
        [structure, parser_state]: SectionRanges,
    ) -> Self {
        Self { bytes, header, structure, parser_state }
    }
}

impl<B: Deref<Target = [u8]>> Bytecode<B> {
    /// Checks `bytes`: magic, version, length, checksum, sections, columns, records. Reads every byte for
    /// the checksum and every record once more. Takes 32 bytes a shape while it does, eight kilobytes at least, and some for each
    /// parent that says where it ends, of those that are open at once. Never panics, whatever the bytes.
    ///
    /// # Errors
    ///
    /// [`DecodeError`]; its kind tells bytes that are damaged from bytes that are merely not for
    /// this build.
    pub fn from_bytes(bytes: B) -> Result<Self, DecodeError> {
        let bytecode = Self::from_checksummed(bytes)?;
        validate(bytecode.columns()?.0)?;
        Ok(bytecode)
    }

    /// [`Bytecode::from_bytes`] without a look at the records, for bytes that somebody has checked, or encoded, and that have come
    /// by a way that only damages them: what a checksum finds. Reads every byte once, for that, and no record.
    ///
    /// Where the records are not sound after all, because they were made to deceive, a view of them may tell of another tree in
    /// each of its methods, also of places that are not in the text, and [`Bytecode::decode`] may build it or fail. Neither panics
    /// (but for [`NodeView::utf8_text`](crate::NodeView::utf8_text), which says when), and neither makes room for what is not there; how
    /// often a walk of them passes the same place, nobody promises.
    ///
    /// # Errors
    ///
    /// [`DecodeError`], as [`Bytecode::from_bytes`], but for records.
    pub fn from_checksummed(bytes: B) -> Result<Self, DecodeError> {
        if !bytes.as_ptr().addr().is_multiple_of(ALIGNMENT) {
            return Err(DecodeError::new(DecodeErrorKind::Misaligned, "not at a multiple of 16"));
        }
        let (header, sections): (Header, SectionRanges) = Header::read(&bytes)?;
        let [structure, parser_state] = sections;
        let bytecode = Self { bytes, header, structure, parser_state };
        bytecode.columns()?;
        Ok(bytecode)
    }

    /// Builds the tree, equal to the one that was encoded in every field of every subtree, and as
    /// good for incremental parsing. No parsing: four to twenty times faster. Whatever the bytes,
    /// it never panics and never gives the library what it could not bear.
    ///
    /// The tree takes exactly [`Header::live_bytes`] of memory: who fears for it asks the header first.
    ///
    /// # Errors
    ///
    /// [`DecodeError`], where the bytes are of another grammar or tree-sitter release, or damaged.
    pub fn decode(&self, grammar: &Grammar) -> Result<Tree, DecodeError> {
        let (structure, parser_state) = self.columns()?;
        decode::decode(&self.header, structure, parser_state, grammar)
    }

    /// The tree, read where its bytes lie. Costs the same for any tree: what there is to check was checked
    /// when the bytes came in.
    ///
    /// # Errors
    ///
    /// [`DecodeError`], where the bytes are of another grammar, or of a tree that was edited and not parsed again.
    pub fn view<'a>(&'a self, grammar: &'a Grammar) -> Result<TreeView<'a>, DecodeError> {
        TreeView::new(&self.header, self.columns()?, grammar)
    }

    /// The compact form: what the bytecode says, without what follows from the rest, like beside like. Half of the
    /// bytecode, of which a compressor makes less than half; it can be read only as a whole, with
    /// [`Bytecode::from_compact`]. Costs a pass over the records.
    ///
    /// # Errors
    ///
    /// [`DecodeError`], where `B` gives other bytes than those that were checked.
    pub fn to_compact(&self) -> Result<Vec<u8>, DecodeError> {
        compact::write(self)
    }

    /// What the header says.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Gives the bytes back.
    #[must_use]
    pub fn into_bytes(self) -> B {
        self.bytes
    }

    pub(crate) fn columns(
        &self,
    ) -> Result<(&columns::ArchivedStructure, &columns::ArchivedParserState), DecodeError> {
        // `B` could give other bytes than when they were checked, so nothing is taken for granted.
        let section = |range: &Range<usize>| {
            self.bytes.get(range.clone()).ok_or(DecodeError::corrupt("a section lies outside"))
        };
        let structure = columns::structure(section(&self.structure)?)?;
        let parser_state = columns::parser_state(section(&self.parser_state)?)?;
        Ok((structure, parser_state))
    }
}

impl<B> fmt::Debug for Bytecode<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bytecode").field("header", &self.header).finish_non_exhaustive()
    }
}
