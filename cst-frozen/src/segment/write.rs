//! Writing a segment, record by record, to a file that nobody else knows yet.

use std::io;

use xxhash_rust::xxh3::Xxh3Default;

use super::{Footer, header::header_bytes};
use crate::{
    index::{Entry, Place, build},
    layout::{self, ALIGN, checksum, slot, wide},
    medium::{Append, Medium},
    name::Span,
    record::{Header, Kind},
};

/// How much is gathered before it is handed to the medium.
const BUFFER: usize = 128 << 10;

/// A segment that is being written. Keeps 16 bytes of memory per record, and one buffer.
pub(crate) struct SegmentWriter {
    pub(crate) temporary: String,
    pub(crate) span: Span,
    /// Whether all that was committed before is synced when this is.
    pub(crate) vouches: bool,
    out: Out,
    entries: Vec<Entry>,
    header_checksum: u64,
    tombstones: u64,
    payload_bytes: u64,
}

impl SegmentWriter {
    pub(crate) fn create(medium: &dyn Medium, temporary: String, span: Span) -> io::Result<SegmentWriter> {
        SegmentWriter::on(medium.create(&temporary)?, temporary, span)
    }

    /// Writes to the end of a file, whatever stands before; all offsets count from there.
    pub(crate) fn on(file: Box<dyn Append>, temporary: String, span: Span) -> io::Result<SegmentWriter> {
        let header = header_bytes(span);
        let mut out = Out { file, buffer: Vec::with_capacity(BUFFER), written: 0 };
        out.append(&header)?;
        Ok(SegmentWriter {
            temporary,
            span,
            vouches: true,
            out,
            entries: Vec::new(),
            header_checksum: checksum(header.get(..layout::header::CHECKSUM).unwrap_or_default()),
            tombstones: 0,
            payload_bytes: 0,
        })
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

    /// Adds a record; `header` says of it all that is not known here.
    pub(crate) fn append(&mut self, header: Header, payload: &[u8]) -> io::Result<()> {
        let offset = self.out.written;
        let tombstone = header.kind == Kind::Tombstone;
        self.out.append(&header.to_bytes(offset))?;
        self.out.append(payload)?;
        self.out.pad()?;
        self.entries.push(Entry { tag: layout::tag(&header.key), place: Place::new(offset, tombstone) });
        self.tombstones += u64::from(tombstone);
        self.payload_bytes = self.payload_bytes.saturating_add(wide(payload.len()));
        Ok(())
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
            durable: synced && self.vouches,
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
