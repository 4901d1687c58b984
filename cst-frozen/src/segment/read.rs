//! Opening a segment and looking keys up in it.

use std::{ops::Range, path::PathBuf, sync::OnceLock};

use super::{
    Footer,
    checked::Checked,
    header::{Front, read_header},
    mend::{Signed, header_checksum, mend},
    rebuilt::Rebuilt,
    scan::{Scanned, scan},
};
use crate::{
    Key,
    error::{Fault, ReadError},
    index::{Entry, Place, Table},
    layout::{self, checksum, range},
    medium::{Bytes, Medium},
    name::{Name, Span},
    record::{Header, Kind},
};

/// An open segment. Its bytes were checked at both ends; each record is checked when it is read.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) name: Name,
    pub(crate) footer: Footer,
    path: PathBuf,
    bytes: Bytes,
    /// Where the index lies in the file.
    index: Range<usize>,
    /// The index in memory, where the one in the file is damaged.
    rebuilt: Option<Rebuilt>,
    /// Whether header or footer are damaged, and were told from what is left.
    has_damaged_end: bool,
    /// Whether records are missing from `rebuilt`: damaged ones, and all that lie before one, since they may be overridden.
    is_partial: bool,
    /// Which records' payloads were found to match their checksums, by the slots that lead to them.
    checked: Checked,
    /// Whether all of them do, once that was asked.
    is_whole: OnceLock<bool>,
}

/// Why a file is not a segment of this build.
#[derive(Debug)]
pub(crate) enum Reject {
    Version(u32),
    Bad(Fault),
}

/// A record of the key that was asked for.
pub(crate) struct Found {
    pub(crate) offset: u64,
    pub(crate) header: Header,
    /// The slot of the index that led to it.
    slot: usize,
}

impl Segment {
    /// Opens the segment of the store `own`, if that is known, that lies in `bytes`. Reads both ends and the index, and the
    /// headers of records only where one of these is damaged. Takes any bytes whatever.
    pub(crate) fn open(name: Name, path: PathBuf, bytes: Bytes, own: Option<u64>) -> Result<Segment, Reject> {
        let (footer, rebuilt, has_damaged_end) = match check(name.span, own, &bytes) {
            Ok(footer) => (footer, None, false),
            Err(Damage { reject, signed: Some(signed) }) => {
                let (footer, rebuilt) = recover(name, signed, own, &bytes).ok_or(reject)?;
                (footer, rebuilt, true)
            }
            Err(Damage { reject, signed: None }) => return Err(reject),
        };
        if footer.identity.is_foreign(footer.version, own) {
            return Err(Reject::Bad(Fault::Foreign));
        }
        let index = footer
            .index_len()
            .and_then(|len| range(footer.index_offset, len))
            .filter(|range| range.end <= bytes.len())
            .ok_or(Reject::Bad(Fault::Footer))?;
        let checked = Checked::default();
        let mut segment = Segment {
            name,
            footer,
            path,
            bytes,
            index,
            rebuilt,
            has_damaged_end,
            is_partial: false,
            checked,
            is_whole: OnceLock::new(),
        };
        if segment.rebuilt.is_none() && !segment.index_is_intact() {
            segment.rebuild()?;
        }
        segment.checked = Checked::none_of(segment.table().slots());
        Ok(segment)
    }

    /// Header and footer once more, for a file that may have changed since it was opened.
    pub(crate) fn check_ends(span: Span, bytes: &[u8]) -> Result<Footer, Fault> {
        check(span, None, bytes).map_err(|damage| match damage.reject {
            Reject::Version(_) => Fault::Header,
            Reject::Bad(fault) => fault,
        })
    }

    /// What the segment covers.
    pub(crate) fn span(&self) -> Span {
        self.name.span
    }

    fn stored_index(&self) -> &[u8] {
        self.bytes.get(self.index.clone()).unwrap_or_default()
    }

    /// Whether the index in the file is the one that was written.
    pub(crate) fn index_is_intact(&self) -> bool {
        checksum(self.stored_index()) == self.footer.index_checksum
    }

    /// Makes an index from the records themselves. At most one entry per 64 bytes of file.
    ///
    /// A power failure may have kept parts of a file that was not synced. With a record lost, an older one of its key would
    /// come to light; so such a file counts with all of its records or not at all. Of one that was synced, what follows on
    /// the last damaged record is certain; of what lies before, nobody knows whether that record overrides it.
    fn rebuild(&mut self) -> Result<(), Reject> {
        let mut entries = Vec::new();
        let (mut records, mut is_partial) = (0, false);
        for scanned in scan(&self.bytes, self.footer.index_offset, self.number()) {
            match scanned {
                Scanned::Record(offset, header) => {
                    let place = Place::new(offset, header.kind == Kind::Tombstone);
                    entries.push(Entry { tag: layout::tag(&header.key), place });
                    records += 1;
                }
                Scanned::Garbage(_) => {
                    entries.clear();
                    is_partial = true;
                }
            }
        }
        if (is_partial || records != self.footer.records) && !self.footer.durable {
            return Err(Reject::Bad(Fault::Index));
        }
        self.is_partial = is_partial;
        self.rebuilt = Some(Rebuilt::of(&mut entries));
        Ok(())
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn path(&self) -> &PathBuf {
        &self.path
    }

    /// Whether header, index or footer had to be made anew.
    pub(crate) fn is_mended(&self) -> bool {
        self.rebuilt.is_some() || self.has_damaged_end
    }

    /// What the headers of its records are mixed with.
    #[inline]
    pub(crate) fn number(&self) -> u64 {
        self.footer.identity.number
    }

    /// Whether the file of its name is still the one that was opened, and as long: one that was cut must not be read any more
    /// where it is mapped. What cannot be told does not matter, nor does a file that has no name any more or none yet.
    pub(crate) fn is_its_file(&self, medium: &dyn Medium) -> bool {
        medium.stamp(&self.name.to_string()).map_or(true, |stamp| stamp == self.bytes.stamp())
    }

    /// Whether header and footer are as they were written.
    pub(crate) fn has_both_ends(&self) -> bool {
        !self.has_damaged_end
    }

    /// Whether every record is as it was written. The first time it costs a pass over the file.
    ///
    /// A power failure may have kept both ends of a file that was not synced, and torn a payload between them. That record hides
    /// an older one of its key, which may have been promised to be durable.
    pub(crate) fn is_whole(&self) -> bool {
        let is_sound = |entry: Entry| {
            let offset = entry.place.offset();
            self.header(offset).and_then(|header| self.payload(offset, &header)).is_ok()
        };
        *self.is_whole.get_or_init(|| self.table().entries().all(is_sound))
    }

    /// Whether it has lost records, so that nothing is known of keys that it does not find.
    pub(crate) fn is_partial(&self) -> bool {
        self.is_partial
    }

    /// The index that counts.
    pub(crate) fn table(&self) -> Table<'_> {
        match &self.rebuilt {
            Some(rebuilt) => Table { bytes: &rebuilt.bytes, homes: rebuilt.homes },
            None => Table { bytes: self.stored_index(), homes: self.footer.shape.homes },
        }
    }

    /// The intact header of the record at `offset`, of which the payload lies within the records.
    pub(crate) fn header(&self, offset: u64) -> Result<Header, ReadError> {
        Header::read(&self.bytes, offset, self.number())
            .filter(|header| offset.saturating_add(header.frame_len()) <= self.footer.index_offset)
            .ok_or_else(|| self.corrupt(offset))
    }

    /// The newest record of `key` in this segment, which may be a tombstone. `tag` is that of the key.
    #[inline]
    pub(crate) fn find(&self, key: &Key, tag: u64) -> Result<Option<Found>, ReadError> {
        for (slot, place) in self.table().find(tag) {
            let offset = place.offset();
            let header = self.header(offset)?;
            if header.key == *key {
                return Ok(Some(Found { offset, header, slot }));
            }
        }
        Ok(None)
    }

    /// Where the payload of a record lies that was found. Its checksum is verified the first time; after that the bytes
    /// are taken for what they were then, since nothing writes to the file any more.
    #[inline]
    pub(crate) fn payload_once(&self, found: &Found) -> Result<Range<usize>, ReadError> {
        if self.checked.has(found.slot) {
            return self.place(found.offset, &found.header).ok_or_else(|| self.corrupt(found.offset));
        }
        let payload = self.payload(found.offset, &found.header)?;
        self.checked.set(found.slot);
        Ok(payload)
    }

    /// Where the payload of a record lies, once its checksum is verified.
    pub(crate) fn payload(&self, offset: u64, header: &Header) -> Result<Range<usize>, ReadError> {
        self.place(offset, header)
            .filter(|place| {
                let payload = self.bytes.get(place.clone());
                payload.is_some_and(|payload| checksum(payload) == header.payload_checksum)
            })
            .ok_or_else(|| self.corrupt(offset))
    }

    fn place(&self, offset: u64, header: &Header) -> Option<Range<usize>> {
        header.payload_place(&self.bytes, offset, self.number())
    }

    pub(crate) fn corrupt(&self, offset: u64) -> ReadError {
        ReadError::Corrupt { path: self.path.clone(), offset }
    }
}

/// Why the ends of a file are not those of a segment.
struct Damage {
    reject: Reject,
    /// What the header says, if there is any sense in looking further: nothing for a file that is another one for sure.
    signed: Option<Signed>,
}

/// The footer of a file whose two ends are sound and belong to each other and to its name.
fn check(span: Span, own: Option<u64>, bytes: &[u8]) -> Result<Footer, Damage> {
    let bad = |fault, signed| Damage { reject: Reject::Bad(fault), signed };
    let (version, identity, header_checksum) = match read_header(bytes) {
        Front::Header { version, identity, .. } if identity.is_foreign(version, own) => {
            return Err(bad(Fault::Foreign, None));
        }
        Front::Header { version, span: stated, identity, checksum } if stated == span => {
            (version, identity, checksum)
        }
        Front::Header { .. } | Front::Other => return Err(bad(Fault::Header, None)),
        Front::Version(version) => return Err(Damage { reject: Reject::Version(version), signed: None }),
        Front::Damaged => return Err(bad(Fault::Header, Some(None))),
    };
    Footer::read(bytes)
        .filter(|footer| (footer.version, footer.identity) == (version, identity))
        .filter(|footer| footer.header_checksum == header_checksum)
        .ok_or(bad(Fault::Footer, Some(Some((version, identity)))))
}

/// The footer, and the index where that is damaged as well, of a file with damage at one end or both.
fn recover(name: Name, signed: Signed, own: Option<u64>, bytes: &[u8]) -> Option<(Footer, Option<Rebuilt>)> {
    // A footer that names the header which should be there stands for it.
    let footer = Footer::read(bytes).filter(|footer| {
        signed.is_none() && footer.header_checksum == header_checksum(name, footer.version, footer.identity)
    });
    footer.map(|footer| (footer, None)).or_else(|| mend(name, signed, own, bytes))
}
