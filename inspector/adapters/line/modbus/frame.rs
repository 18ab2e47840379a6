//! What is around a request or an answer on TCP: transaction, length, unit (MODBUS Messaging on TCP/IP V1.0b, 3.1.3).

use arrayvec::ArrayVec;

/// The longest frame in bytes.
pub const FRAME_BYTES_MAX: usize = 260;
/// The longest request or answer without what is around it, in bytes.
pub const PDU_BYTES_MAX: usize = FRAME_BYTES_MAX - HEADER_BYTES;
const HEADER_BYTES: usize = 7;

/// One frame on its way out.
pub type FrameBytes = ArrayVec<u8, FRAME_BYTES_MAX>;

/// One whole frame as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The client's number of its request; the answer repeats it.
    pub transaction: u16,
    /// Whom it is for behind a gateway; the answer repeats it.
    pub unit: u8,
    /// Function code and what belongs to it; at least one byte.
    pub pdu: &'a [u8],
    /// Bytes of the whole frame.
    pub bytes: usize,
}

/// Bytes that are no Modbus. Nobody knows where the next frame begins, so the connection is of no use any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotModbus {
    /// What stands where 0 is expected.
    pub protocol: u16,
    /// What stands where 2 to 254 is expected.
    pub length: u16,
}

impl std::fmt::Display for NotModbus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "expected Modbus TCP (protocol 0, length 2 to 254), found protocol {} and length {}",
            self.protocol, self.length
        )
    }
}

impl std::error::Error for NotModbus {}

impl<'a> Frame<'a> {
    /// The first frame of what came; `None` while it is not all there.
    ///
    /// # Errors
    /// Where it is no Modbus, which is known from the first bytes on.
    pub fn first(bytes: &'a [u8]) -> Result<Option<Self>, NotModbus> {
        let word = |at: usize| {
            bytes
                .get(at..at + 2)
                .map(|it| u16::from_be_bytes([it[0], it[1]]))
        };
        let protocol = word(2).unwrap_or(0);
        let length = word(4).unwrap_or(2);
        let is_length = (2..=PDU_BYTES_MAX + 1).contains(&usize::from(length));
        if protocol != 0 || !is_length {
            return Err(NotModbus { protocol, length });
        }
        let end = HEADER_BYTES - 1 + usize::from(length);
        if bytes.len() < HEADER_BYTES || bytes.len() < end {
            return Ok(None);
        }
        Ok(Some(Self {
            transaction: word(0).unwrap_or(0),
            unit: bytes[HEADER_BYTES - 1],
            pdu: &bytes[HEADER_BYTES..end],
            bytes: end,
        }))
    }
}

/// A frame that is being written; the length is put in at the end.
pub struct Writing<'a> {
    frame: &'a mut FrameBytes,
}

impl<'a> Writing<'a> {
    /// Begins anew; what was written before is gone.
    pub fn begin(frame: &'a mut FrameBytes, transaction: u16, unit: u8) -> Self {
        frame.clear();
        let [high, low] = transaction.to_be_bytes();
        frame.extend([high, low, 0, 0, 0, 0, unit]);
        Self { frame }
    }

    /// One byte more. What is longer than a frame can be is cut off: callers are checked before.
    pub fn byte(&mut self, byte: u8) {
        let _ = self.frame.try_push(byte);
    }

    /// One word more, high byte first.
    pub fn word(&mut self, word: u16) {
        self.bytes(&word.to_be_bytes());
    }

    /// More bytes, as they are.
    pub fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.byte(*byte);
        }
    }

    /// Bytes of the request or answer that can still come.
    pub fn room(&self) -> usize {
        self.frame.remaining_capacity()
    }

    /// Puts the length in.
    pub fn end(self) {
        let length = u16::try_from(self.frame.len() + 1 - HEADER_BYTES).unwrap_or(u16::MAX);
        self.frame[4..6].copy_from_slice(&length.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_found_once_it_is_whole_and_what_is_none_is_told_at_once() {
        let mut bytes = FrameBytes::new();
        let mut writing = Writing::begin(&mut bytes, 0x1234, 7);
        writing.bytes(&[3, 0, 1, 0, 2]);
        writing.end();
        assert_eq!(bytes[..], [0x12, 0x34, 0, 0, 0, 6, 7, 3, 0, 1, 0, 2]);
        for cut in 0..bytes.len() {
            assert_eq!(Frame::first(&bytes[..cut]), Ok(None), "{cut}");
        }
        bytes.push(99);
        let found = Frame::first(&bytes).expect("it is one").expect("whole");
        assert_eq!((found.transaction, found.unit), (0x1234, 7));
        assert_eq!((found.pdu, found.bytes), (&[3, 0, 1, 0, 2][..], 12));

        assert!(Frame::first(b"GET / HTTP/1.1\r\n").is_err());
        for length in [0, 1, 255, 0xFFFF_u16] {
            let [high, low] = length.to_be_bytes();
            let bytes = [0, 1, 0, 0, high, low];
            let found = Frame::first(&bytes);
            assert_eq!(
                found,
                Err(NotModbus {
                    protocol: 0,
                    length
                })
            );
        }
    }
}
