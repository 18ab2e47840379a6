//! Bytes on the wire: TPKT (RFC 1006) around COTP (X.224 class 0) around a request or an answer.

use super::address::Area;
use super::refusal::Refusal;
use arrayvec::ArrayVec;

/// The longest request or answer that is asked for; a PLC may grant less.
pub const PDU_BYTES: u16 = 480;
/// The least that any PLC with these addresses grants.
pub const PDU_BYTES_MIN: u16 = 240;
/// The most variables of one request; so many fit into the least that a PLC grants.
pub const VARIABLES_MAX: usize = 18;
/// Bytes around a request or an answer.
const WRAPPING_BYTES: usize = 7;
/// The longest frame in bytes.
pub const FRAME_BYTES_MAX: usize = PDU_BYTES as usize + WRAPPING_BYTES;
/// Bytes of an answer before its first variable.
const ANSWER_HEADER_BYTES: usize = 14;
/// Bytes before the data of a variable.
const VARIABLE_HEADER_BYTES: usize = 4;

/// One frame on its way out.
pub type FrameBytes = ArrayVec<u8, FRAME_BYTES_MAX>;

/// Some bytes in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable {
    /// In this area.
    pub area: Area,
    /// The first of them.
    pub from: u16,
    /// How many there are.
    pub bytes: u16,
}

/// How many of these are read by one request, where its answer has at most so many bytes.
pub fn fitting(bytes: impl Iterator<Item = u16>, pdu_bytes: u16) -> usize {
    let mut left = usize::from(pdu_bytes).saturating_sub(ANSWER_HEADER_BYTES);
    let fits = |bytes: &u16| {
        let taken = VARIABLE_HEADER_BYTES + usize::from(*bytes).next_multiple_of(2);
        let fits = taken <= left;
        left = left.saturating_sub(taken);
        fits
    };
    bytes.take(VARIABLES_MAX).take_while(fits).count()
}

fn begin(frame: &mut FrameBytes) {
    frame.clear();
    frame.extend([3, 0, 0, 0]);
}

fn end(frame: &mut FrameBytes) {
    let length = u16::try_from(frame.len()).unwrap_or(u16::MAX);
    frame[2..4].copy_from_slice(&length.to_be_bytes());
}

/// Asks for a connection; `kind` is 1 of a programming device, 2 of an operator panel, 3 of anything else.
pub fn connect(frame: &mut FrameBytes, kind: u8, chassis: u8, slot: u8) {
    begin(frame);
    frame.extend([17, 0xE0, 0, 0, 0, 1, 0]);
    frame.extend([0xC0, 1, 10, 0xC1, 2, 1, 0]);
    frame.extend([0xC2, 2, kind, chassis << 5 | slot]);
    end(frame);
}

/// Header of a request, up to its parameters.
fn request(frame: &mut FrameBytes, reference: u16, parameter_bytes: u16, data_bytes: u16) {
    begin(frame);
    frame.extend([2, 0xF0, 0x80, 0x32, 1, 0, 0]);
    frame.extend(reference.to_be_bytes());
    frame.extend(parameter_bytes.to_be_bytes());
    frame.extend(data_bytes.to_be_bytes());
}

/// Asks how long requests and answers may be.
pub fn set_up(frame: &mut FrameBytes, reference: u16) {
    request(frame, reference, 8, 0);
    frame.extend([0xF0, 0, 0, 1, 0, 1]);
    frame.extend(PDU_BYTES.to_be_bytes());
    end(frame);
}

fn variable(frame: &mut FrameBytes, transport: u8, count: u16, area: Area, bit_at: u32) {
    let (code, block) = match area {
        Area::Inputs => (0x81, 0),
        Area::Outputs => (0x82, 0),
        Area::Markers => (0x83, 0),
        Area::Db(block) => (0x84, block),
    };
    frame.extend([0x12, 10, 0x10, transport]);
    frame.extend(count.to_be_bytes());
    frame.extend(block.to_be_bytes());
    let [_, high, middle, low] = bit_at.to_be_bytes();
    frame.extend([code, high, middle, low]);
}

/// Reads at most [`VARIABLES_MAX`] of them.
pub fn read(
    frame: &mut FrameBytes,
    reference: u16,
    variables: impl ExactSizeIterator<Item = Variable>,
) {
    let count = variables.len().min(VARIABLES_MAX) as u8;
    request(frame, reference, 2 + 12 * u16::from(count), 0);
    frame.extend([4, count]);
    for it in variables.take(VARIABLES_MAX) {
        variable(frame, 2, it.bytes, it.area, u32::from(it.from) * 8);
    }
    end(frame);
}

/// Writes one bit.
pub fn write(frame: &mut FrameBytes, reference: u16, area: Area, at: u16, bit: u8, is_on: bool) {
    request(frame, reference, 14, 5);
    frame.extend([5, 1]);
    variable(frame, 1, 1, area, u32::from(at) * 8 + u32::from(bit));
    frame.extend([0, 3, 0, 1, u8::from(is_on)]);
    end(frame);
}

/// What one whole frame carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carried<'a> {
    /// The connection is there.
    Connected,
    /// There is none, or no longer.
    Disconnected,
    /// Nothing: a sign of life.
    Nothing,
    /// A request or an answer.
    Pdu(&'a [u8]),
}

/// Bytes that are no ISO-on-TCP, or cut an answer into pieces, which was not agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotS7;

impl std::fmt::Display for NotS7 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("what came is no S7 communication (ISO-on-TCP); check address and port")
    }
}

impl std::error::Error for NotS7 {}

/// The first frame of what came, and its length; `None` while it is not all there.
///
/// # Errors
/// Where it is none, which is known from the first bytes on.
pub fn first(bytes: &[u8]) -> Result<Option<(Carried<'_>, usize)>, NotS7> {
    if bytes.first().is_some_and(|version| *version != 3) {
        return Err(NotS7);
    }
    let Some(&[_, _, high, low]) = bytes.first_chunk::<4>() else {
        return Ok(None);
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if !(WRAPPING_BYTES..=FRAME_BYTES_MAX).contains(&length) {
        return Err(NotS7);
    }
    let Some(frame) = bytes.get(..length) else {
        return Ok(None);
    };
    let carried = match (frame[5], frame[6], &frame[WRAPPING_BYTES..]) {
        (0xD0, ..) => Carried::Connected,
        (0x80, ..) => Carried::Disconnected,
        (0xF0, _, []) => Carried::Nothing,
        (0xF0, 0x80, pdu) if frame[4] == 2 => Carried::Pdu(pdu),
        _ => return Err(NotS7),
    };
    Ok(Some((carried, length)))
}

/// What answers a request: parameters and data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer<'a> {
    parameters: &'a [u8],
    data: &'a [u8],
}

/// Of an answer that does not belong to the request, there is `None`.
///
/// # Errors
/// Where the PLC refused the request.
pub fn answer(pdu: &[u8], reference: u16, function: u8) -> Result<Option<Answer<'_>>, Refusal> {
    let word = |at: usize| Some(u16::from_be_bytes([*pdu.get(at)?, *pdu.get(at + 1)?]));
    let (Some(0x32), Some(2 | 3), Some(found), Some(error)) =
        (pdu.first(), pdu.get(1), word(4), word(10))
    else {
        return Ok(None);
    };
    if found != reference {
        return Ok(None);
    }
    if error != 0 {
        return Err(Refusal::Request(error));
    }
    let (Some(parameters), Some(data)) = (word(6), word(8)) else {
        return Ok(None);
    };
    let (parameters, data) = (usize::from(parameters), usize::from(data));
    let is_whole = pdu.len() == 12 + parameters + data && parameters >= 2;
    Ok((is_whole && pdu[12] == function).then(|| {
        let (parameters, data) = pdu[12..].split_at(parameters);
        Answer { parameters, data }
    }))
}

impl<'a> Answer<'a> {
    /// How long requests and answers may be, of the answer to [`set_up`].
    pub fn pdu_bytes(&self) -> Option<u16> {
        let [.., high, low] = *self.parameters else {
            return None;
        };
        (self.parameters.len() == 8).then(|| u16::from_be_bytes([high, low]))
    }

    /// Whether it was written, of the answer to [`write`]; `None` where that is not said.
    ///
    /// # Errors
    /// Where it was not.
    pub fn written(&self) -> Result<Option<()>, Refusal> {
        match self.data {
            [0xFF] => Ok(Some(())),
            [refused] => Err(Refusal::Variable(*refused)),
            _ => Ok(None),
        }
    }

    /// The bytes of each variable of a [`read`], one after the other.
    pub fn variables(&self) -> Variables<'a> {
        Variables(self.data)
    }
}

/// What is left of an answer.
pub struct Variables<'a>(&'a [u8]);

impl<'a> Variables<'a> {
    /// The next variable, of so many bytes; `None` where it is not there or not so long.
    ///
    /// # Errors
    /// Where the PLC refused it.
    pub fn next(&mut self, bytes: u16) -> Result<Option<&'a [u8]>, Refusal> {
        let Some((&[code, transport, high, low], rest)) =
            self.0.split_first_chunk::<VARIABLE_HEADER_BYTES>()
        else {
            return Ok(None);
        };
        if code != 0xFF {
            return Err(Refusal::Variable(code));
        }
        let length = usize::from(u16::from_be_bytes([high, low]));
        let found = match transport {
            3..=5 => length.div_ceil(8),
            _ => length,
        };
        if found != usize::from(bytes) || rest.len() < found {
            return Ok(None);
        }
        let (data, rest) = rest.split_at(found);
        self.0 = rest.get(found % 2..).unwrap_or_default();
        Ok(Some(data))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_variables_go_into_a_request_as_its_answer_holds() {
        assert_eq!(fitting([2; 40].into_iter(), 480), VARIABLES_MAX);
        assert_eq!(fitting([100, 100, 100].into_iter(), 240), 2);
        assert_eq!(fitting([100, 100, 100].into_iter(), 480), 3);
        assert_eq!(fitting([130, 97, 1].into_iter(), 240), 1, "97 takes 98");
        assert_eq!(fitting([130, 88, 1].into_iter(), 240), 2);
    }

    #[test]
    fn answers_are_told_from_those_of_other_requests_and_from_refusals() {
        let read = [
            0x32, 3, 0, 0, 0, 7, 0, 2, 0, 14, 0, 0, 4, 2, 0xFF, 4, 0, 8, 0xAB, 0, 0xFF, 4, 0, 16,
            1, 2,
        ];
        let mut pdu = read.to_vec();
        pdu[9] = 12;
        let found = answer(&pdu, 7, 4).expect("not refused").expect("ours");
        let mut variables = found.variables();
        assert_eq!(variables.next(1), Ok(Some(&[0xAB][..])));
        assert_eq!(variables.next(2), Ok(Some(&[1, 2][..])));
        assert_eq!(variables.next(1), Ok(None));
        assert_eq!(found.variables().next(2), Ok(None), "another length");
        assert_eq!(answer(&pdu, 8, 4), Ok(None), "another request's");
        assert_eq!(answer(&pdu, 7, 5), Ok(None), "another function's");
        assert_eq!(answer(&read, 7, 4), Ok(None), "cut");
        pdu[14] = 0x0A;
        let found = answer(&pdu, 7, 4).expect("not refused").expect("ours");
        let refused = found.variables().next(1).expect_err("refused");
        assert!(refused.to_string().contains("optimised"), "{refused}");
        let refused = [0x32, 2, 0, 0, 0, 7, 0, 0, 0, 0, 0x81, 0x04];
        let refused = answer(&refused, 7, 4).expect_err("refused");
        assert!(refused.to_string().contains("PUT/GET"), "{refused}");
    }

    #[test]
    fn pieces_are_waited_for_and_other_protocols_told_at_once() {
        let mut frame = FrameBytes::new();
        write(&mut frame, 1, Area::Db(1), 2, 5, true);
        for cut in 0..frame.len() {
            assert_eq!(first(&frame[..cut]), Ok(None), "{cut}");
        }
        let Ok(Some((Carried::Pdu(pdu), length))) = first(&frame) else {
            panic!("{frame:?}");
        };
        assert_eq!((pdu.len(), length), (29, 36));
        assert_eq!(pdu[21..24], [0, 0, 21], "bit 5 of byte 2");
        assert_eq!(
            first(&[3, 0, 0, 7, 2, 0xF0, 0]),
            Ok(Some((Carried::Nothing, 7)))
        );
        assert_eq!(first(b"HTTP/1.1"), Err(NotS7));
        assert_eq!(first(&[3, 0, 0xFF, 0xFF]), Err(NotS7));
    }
}
