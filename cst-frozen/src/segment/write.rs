//! Writing a segment, record by record, to a file that nobody else knows yet.

use std::{
    collections::{HashMap, hash_map::Entry},
    io,
};

use xxhash_rust::xxh3::Xxh3Default;

use super::{Footer, header::header_bytes};
use crate::{
    identity::Identity,
    index::{self, Place, build},
    layout::{self, ALIGN, SAME_LEN, VERSION, checksum, slot, wide},
    medium::{Append, Medium},
    name::{Name, Span},
    record::{Header, Kind},
};

/// How much is gathered before it is handed to the medium.
const BUFFER: usize = 128 << 10;

/// A segment that is being written. Keeps 16 bytes of memory per record, about twice that for each
/// that is not the same as another, and one buffer.
pub(crate) struct SegmentWriter {
    pub(crate) temporary: String,
    pub(crate) span: Span,
    identity: Identity,
    /// Whether all that was committed before is synced when this is.
    pub(crate) vouches: bool,
    out: Out,
    entries: Vec<index::Entry>,
    /// By checksum, where a record with such a payload begins.
    payloads: HashMap<u64, u64>,
    header_checksum: u64,
    tombstones: u64,
    payload_bytes: u64,
}

impl SegmentWriter {
    /// A segment of a store, of which nothing was written: its number is not known to anything that was put before.
    pub(crate) fn create(
        medium: &dyn Medium,
        temporary: String,
        span: Span,
        store: u64,
    ) -> io::Result<SegmentWriter> {
        SegmentWriter::on(medium.create(&temporary)?, temporary, span, Identity::fresh(store))
    }

    /// Writes to the end of a file, whatever stands before; all offsets count from there.
    pub(crate) fn on(
        file: Box<dyn Append>,
        temporary: String,
        span: Span,
        identity: Identity,
    ) -> io::Result<SegmentWriter> {
        let header = header_bytes(span, VERSION, identity);
        let mut out = Out { file, buffer: Vec::with_capacity(BUFFER), written: 0 };
        out.append(&header)?;
        Ok(SegmentWriter {
            temporary,
            span,
            identity,
            vouches: true,
            out,
            entries: Vec::new(),
            payloads: HashMap::new(),
            header_checksum: checksum(header.get(..layout::header::CHECKSUM).unwrap_or_default()),
            tombstones: 0,
            payload_bytes: 0,
        })
    }

    /// The name that its file is to have, if it is synced or not when it is finished.
    pub(crate) fn name(&self, synced: bool) -> Name {
        Name { span: self.span, durable: synced && self.vouches }
    }

    /// Bytes so far.
    pub(crate) fn len(&self) -> u64 {
        self.out.written
    }

    /// Records so far.
    pub(crate) fn records(&self) -> u64 {
        wide(self.entries.len())
    }

    /// Bytes of the payloads so far.
    pub(crate) fn payload_bytes(&self) -> u64 {
        self.payload_bytes
    }

    /// Adds a record; `header` says of it all that is not known here. A payload that is in the segment already is not
    /// written again: its checksum tells where it may be, its bytes whether it is.
    pub(crate) fn append(&mut self, mut header: Header, payload: &[u8]) -> io::Result<()> {
        let offset = self.out.written;
        let tombstone = header.kind == Kind::Tombstone;
        if !tombstone {
            let same = self.same(&header, payload)?;
            header.kind = if same.is_some() { Kind::Same } else { Kind::Put };
            self.out.append(&header.to_bytes(offset, self.identity.number))?;
            match same {
                Some(other) => self.out.append(&other.to_le_bytes())?,
                None => self.out.append(payload)?,
            }
        } else {
            self.out.append(&header.to_bytes(offset, self.identity.number))?;
        }
        self.out.pad()?;
        self.entries
            .push(index::Entry { tag: layout::tag(&header.key), place: Place::new(offset, tombstone) });
        self.tombstones += u64::from(tombstone);
        self.payload_bytes = self.payload_bytes.saturating_add(wide(payload.len()));
        Ok(())
    }

    /// The record of this segment that has the same payload, if there is one. Else remembers that the next one has it.
    fn same(&mut self, header: &Header, payload: &[u8]) -> io::Result<Option<u64>> {
        if header.payload_len <= SAME_LEN {
            return Ok(None);
        }
        match self.payloads.entry(header.payload_checksum) {
            // Of payloads with equal checksums the first one is known. Two that differ are unheard of, and cost space.
            Entry::Occupied(other) => {
                let offset = *other.get();
                Ok(self
                    .out
                    .holds(offset.saturating_add(wide(layout::record::LEN)), payload)?
                    .then_some(offset))
            }
            Entry::Vacant(place) => {
                place.insert(self.out.written);
                Ok(None)
            }
        }
    }

    /// Adds index and footer and hands everything to the medium; syncs it when asked to, and then calls it durable if it
    /// vouches for what was before it. Returns the file's length.
    pub(crate) fn finish(mut self, synced: bool) -> io::Result<u64> {
        let index_offset = self.out.written;
        let records = self.records();
        let mut sum = Xxh3Default::new();
        let shape = build(&mut self.entries, |slot: &[u8; slot::LEN]| {
            sum.update(slot);
            self.out.append(slot)
        })?;
        let footer = Footer {
            version: VERSION,
            identity: self.identity,
            durable: self.name(synced).durable,
            header_checksum: self.header_checksum,
            index_checksum: sum.digest(),
            index_offset,
            shape,
            records,
            tombstones: self.tombstones,
            payload_bytes: self.payload_bytes,
        };
        self.out.append(&footer.to_bytes())?;
        self.out.flush()?;
        match synced {
            true => self.out.file.sync()?,
            false => self.out.file.close()?,
        }
        Ok(self.out.written)
    }
}

/// A file behind a buffer, which knows its length.
struct Out {
    file: Box<dyn Append>,
    buffer: Vec<u8>,
    written: u64,
}

impl Out {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.buffer.len().saturating_add(bytes.len()) > BUFFER {
            self.flush()?;
        }
        if bytes.len() >= BUFFER {
            self.file.append(bytes)?;
        } else {
            self.buffer.extend_from_slice(bytes);
        }
        self.written = self.written.saturating_add(wide(bytes.len()));
        Ok(())
    }

    /// Whether `bytes` were appended so that they begin at `offset`.
    fn holds(&mut self, offset: u64, bytes: &[u8]) -> io::Result<bool> {
        let flushed = self.written - wide(self.buffer.len());
        let mut compared = 0;
        let mut piece = [0; 4096];
        while let Some(rest) = bytes.get(compared..).filter(|rest| !rest.is_empty()) {
            let at = offset.saturating_add(wide(compared));
            let same = if at >= flushed {
                compared = bytes.len();
                layout::slice(&self.buffer, at - flushed, wide(rest.len())) == Some(rest)
            } else {
                let len =
                    piece.len().min(rest.len()).min(usize::try_from(flushed - at).unwrap_or(usize::MAX));
                let place = piece.get_mut(..len).unwrap_or_default();
                compared += len;
                // Counted from the end: what stands before the segment is not known here.
                self.file.read_back(flushed - at, place)? && rest.starts_with(place)
            };
            if !same {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Zeros up to the next multiple of the alignment.
    fn pad(&mut self) -> io::Result<()> {
        const ZEROS: [u8; ALIGN as usize] = [0; ALIGN as usize];
        let missing = self.written.next_multiple_of(ALIGN) - self.written;
        let zeros = layout::slice(&ZEROS, 0, missing).unwrap_or_default();
        self.append(zeros)
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.buffer.is_empty() {
            self.file.append(&self.buffer)?;
            self.buffer.clear();
        }
        Ok(())
    }
}
