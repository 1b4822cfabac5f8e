//! JSON made small. What the journal keeps of one event is short and much like all the others, so that it is compressed
//! against a dictionary of what others said: to a fifth, within microseconds, each row by itself.
//!
//! A dictionary is a part of the format, like a schema: a frame names its own by number, and it is never changed or
//! taken away. `pack/1.dict` was trained on the events of the demo (`zstd --train --maxdict=16384 --dictID=1`).

use std::io;
use std::sync::LazyLock;

use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};
use zstd::zstd_safe;

/// The fastest level that still looks at the dictionary.
const LEVEL: i32 = 1;

/// No event and no state of a step is larger once unpacked, in bytes.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Prepared once for the whole process.
static WORDS: LazyLock<EncoderDictionary<'static>> =
    LazyLock::new(|| EncoderDictionary::copy(include_bytes!("pack/1.dict"), LEVEL));
static MEANINGS: LazyLock<DecoderDictionary<'static>> =
    LazyLock::new(|| DecoderDictionary::copy(include_bytes!("pack/1.dict")));

/// Packs.
pub(super) struct Packer(Compressor<'static>);

impl Packer {
    pub(super) fn new() -> io::Result<Self> {
        let mut compressor = Compressor::with_prepared_dictionary(&WORDS)?;
        // SQLite and the log's tree say whether a row is whole; the frame need not.
        compressor.set_parameter(zstd_safe::CParameter::ChecksumFlag(false))?;
        Ok(Self(compressor))
    }

    /// What is to be kept of `json`.
    pub(super) fn pack(&mut self, json: &[u8]) -> io::Result<Vec<u8>> {
        self.0.compress(json)
    }
}

/// Unpacks.
pub(super) struct Unpacker(Decompressor<'static>);

impl Unpacker {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self(Decompressor::with_prepared_dictionary(&MEANINGS)?))
    }

    /// The JSON that was packed.
    pub(super) fn unpack(&mut self, packed: &[u8]) -> io::Result<Vec<u8>> {
        let broken = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what);
        let size = zstd_safe::get_frame_content_size(packed).map_err(|_| broken("it is not packed"))?;
        let size = size.filter(|size| *size <= LARGEST).and_then(|size| usize::try_from(size).ok());
        self.0.decompress(packed, size.ok_or_else(|| broken("its size is not to be believed"))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(json: &[u8]) -> Vec<u8> {
        Packer::new().unwrap().pack(json).unwrap()
    }

    #[test]
    fn what_was_packed_comes_out_to_the_byte() {
        let mut unpacker = Unpacker::new().unwrap();
        let long = "é\u{1b}".repeat(100_000);
        for json in ["", "{}", r#"{"seq":2,"at":1795409321369,"actor":"engine","event":{"ev":"closed"}}"#, &long] {
            assert_eq!(unpacker.unpack(&packed(json.as_bytes())).unwrap(), json.as_bytes());
        }
    }

    #[test]
    fn an_event_takes_a_fifth() {
        let json = br#"{"seq":7021,"at":1795409329112,"actor":"engine","event":{"ev":"step_started","step":"ob-91/4","attempt":1,"deadline_at":1795409334112}}"#;
        let packed = packed(json);
        assert!(packed.len() * 2 < json.len(), "{}", packed.len());
        assert_eq!(zstd_safe::get_dict_id_from_frame(&packed).map(u32::from), Some(1));
    }

    #[test]
    fn what_is_not_packed_is_refused() {
        let mut unpacker = Unpacker::new().unwrap();
        assert!(unpacker.unpack(b"{}").is_err());
        let mut bent = packed(&[b'x'; 5_000]);
        let last = bent.len() - 2;
        bent.truncate(last);
        assert!(unpacker.unpack(&bent).is_err());
    }
}
