//! The kept form of a tree, in the cold tier and in the store: a prefix, then its bytecode in the compact form,
//! compressed, or plain bytecode. `docs/format/payload.md` specifies it.

use std::cell::RefCell;

use cst_bytecode::{AlignedBytes, Bytecode};
use zstd::bulk::{Compressor, Decompressor};

/// The first bytes of every payload; others in the store are not trees.
const MAGIC: [u8; 4] = *b"CSTT";
/// Magic, form, three zeros, length of what is in the body, as eight bytes.
const PREFIX: usize = 16;

/// The level of zstd where nothing else is said. Measured on compact forms of Rust, Python, TypeScript and C: level 3 takes
/// 30 % longer and saves 0.8 %, level 1 is 7 % faster and 2.7 % larger.
pub(crate) const LEVEL: i32 = 2;

const PLAIN: u8 = 0;
const COMPACT: u8 = 1;

/// zstd gains at most about this much, so that a length can be checked before it is allocated.
const MAX_RATIO: u64 = 1 << 16;

thread_local! {
    /// The compressor of this thread and its level: a new one takes longer than most files do.
    static COMPRESSOR: RefCell<Option<(i32, Compressor<'static>)>> = const { RefCell::new(None) };
    /// And its decompressor.
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

fn compress(bytecode: &[u8], level: i32) -> Option<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|kept| {
        if kept.as_ref().is_none_or(|(of, _)| *of != level) {
            *kept = Some((level, Compressor::new(level).ok()?));
        }
        kept.as_mut()?.1.compress(bytecode).ok()
    })
}

/// At most `length` bytes.
fn decompress(body: &[u8], length: usize) -> Option<Vec<u8>> {
    DECOMPRESSOR.with_borrow_mut(|kept| {
        if kept.is_none() {
            *kept = Some(Decompressor::new().ok()?);
        }
        kept.as_mut()?.decompress(body, length).ok()
    })
}

/// In what form the store keeps trees. Any cache reads both, also side by side in one store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[non_exhaustive]
pub enum Form {
    /// Compressed, about a quarter of the source
    ///
    /// For stores that are kept long, or carried about.
    #[default]
    Compact,
    /// Bytecode as it is, about as large as the source, read in place half as fast again
    ///
    /// For trees that are often read by way of [`Cache::get_bytecode`](crate::Cache::get_bytecode). Putting one there takes less
    /// time, too.
    Plain,
}

/// Where a payload comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Whoever could write to the store: what it says is checked record by record.
    Anyone,
    /// Nobody who means harm: a checksum finds all else.
    Trusted,
}

/// How a cache writes payloads, and how far it believes those of its store.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Payloads {
    /// Of zstd.
    pub(crate) level: i32,
    /// Of what is put into the store.
    pub(crate) form: Form,
    pub(crate) source: Source,
}

impl Default for Payloads {
    fn default() -> Self {
        Self { level: LEVEL, form: Form::default(), source: Source::Anyone }
    }
}

impl Payloads {
    /// For the cold tier.
    pub(crate) fn cold(&self, bytecode: &Bytecode) -> Vec<u8> {
        pack(bytecode, self.level)
    }

    /// For the store.
    pub(crate) fn frozen(&self, bytecode: &Bytecode) -> Vec<u8> {
        match self.form {
            Form::Compact => self.cold(bytecode),
            Form::Plain => plain(bytecode),
        }
    }

    /// For the store, of what the cold tier has; nothing where that is the same.
    pub(crate) fn frozen_from(&self, cold: &[u8]) -> Option<Vec<u8>> {
        match self.form {
            Form::Compact => None,
            // One that does not expand would not in the store either: there, it is found and counted.
            Form::Plain => unpack(cold).map(|bytecode| plain(&bytecode)),
        }
    }

    /// The bytecode of a payload of the store.
    pub(crate) fn unpack(&self, payload: &[u8]) -> Option<Bytecode> {
        unpack_from(payload, self.source)
    }
}

/// Bytecode as it is.
fn plain(bytecode: &Bytecode) -> Vec<u8> {
    let plain = bytecode.as_bytes();
    payload(PLAIN, plain.len(), plain)
}

/// Compresses bytecode. Falls back to the plain form where compression gains nothing.
fn pack(bytecode: &Bytecode, level: i32) -> Vec<u8> {
    let compact = bytecode.to_compact().ok();
    let packed = compact.as_ref().and_then(|compact| Some((compress(compact, level)?, compact.len())));
    match &packed {
        Some((packed, length)) if packed.len() < bytecode.as_bytes().len() => {
            payload(COMPACT, *length, packed)
        }
        _ => plain(bytecode),
    }
}

fn payload(form: u8, length: usize, body: &[u8]) -> Vec<u8> {
    let mut payload = Vec::with_capacity(PREFIX + body.len());
    payload.extend_from_slice(&MAGIC);
    payload.extend_from_slice(&[form, 0, 0, 0]);
    payload.extend_from_slice(&(length as u64).to_le_bytes());
    payload.extend_from_slice(body);
    payload
}

/// Whether the payload is of a tree at all.
pub(crate) fn is_tree(payload: &[u8]) -> bool {
    payload.starts_with(&MAGIC)
}

/// The bytecode of a payload; `None` for anything that is not one, whatever the bytes.
pub(crate) fn unpack(payload: &[u8]) -> Option<Bytecode> {
    unpack_from(payload, Source::Anyone)
}

/// [`unpack`], of a payload from there.
fn unpack_from(payload: &[u8], source: Source) -> Option<Bytecode> {
    let (prefix, body) = payload.split_first_chunk::<PREFIX>()?;
    let (magic, rest) = prefix.split_first_chunk::<4>()?;
    let (form, length) = rest.split_first_chunk::<4>()?;
    let length = u64::from_le_bytes(*length.first_chunk()?);
    if *magic != MAGIC || length > (body.len() as u64).saturating_mul(MAX_RATIO) {
        return None;
    }
    let length = usize::try_from(length).ok()?;
    match *form {
        [PLAIN, 0, 0, 0] if body.len() == length => match source {
            Source::Anyone => Bytecode::copy_from(body).ok(),
            Source::Trusted => Bytecode::from_checksummed(AlignedBytes::copy_from(body)).ok(),
        },
        [COMPACT, 0, 0, 0] => {
            let compact = decompress(body, length)?;
            if compact.len() == length { Bytecode::from_compact(&compact).ok() } else { None }
        }
        _ => None,
    }
}
