//! Numbers of one to five bytes: seven bits a byte, lowest first, the top bit set on all but the
//! last (LEB128).

use crate::error::DecodeError;

/// Appends `value`.
pub(crate) fn write(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Reads numbers from the front of a stream.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What has not been read.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// The next number. Exactly one form of each is accepted: no superfluous bytes.
    pub(crate) fn read(&mut self) -> Result<u32, DecodeError> {
        let mut value = 0u64;
        for (i, &byte) in self.0.iter().take(5).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * i);
            if byte < 0x80 {
                if byte == 0 && i > 0 {
                    break;
                }
                self.0 = &self.0[i + 1..];
                return u32::try_from(value).map_err(|_| DecodeError::corrupt("a number beyond 32 bits"));
            }
        }
        Err(DecodeError::corrupt("a stream of numbers ends early"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_and_take_the_fewest_bytes() {
        for value in [0, 1, 127, 128, 16_383, 16_384, 1 << 21, 1 << 28, u32::MAX] {
            let mut bytes = Vec::new();
            write(&mut bytes, value);
            assert_eq!(bytes.len(), (32 - (value | 1).leading_zeros()).div_ceil(7) as usize);
            let mut reader = Reader::new(&bytes);
            assert_eq!(reader.read(), Ok(value));
            assert!(reader.is_empty());
        }
    }

    #[test]
    fn other_forms_are_refused() {
        for bytes in [&[][..], &[0x80], &[0x80, 0], &[0xff; 5], &[0xff, 0xff, 0xff, 0xff, 0x7f], &[0x80; 9]] {
            assert!(Reader::new(bytes).read().is_err(), "{bytes:x?}");
        }
    }
}
