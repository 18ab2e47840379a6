//! What a PLC answers instead of data, as sentences that say what to do (SH(NA)-080956ENG, appendix; JY997D56001).

use std::fmt;

/// Why a PLC refused a request; 0 is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndCode(pub u16);

impl EndCode {
    fn advice(self) -> &'static str {
        match self.0 {
            0x4031 | 0xC056 | 0xC1A9 => {
                "it has no such number of this device; check the address, and its memory in the PLC's parameters"
            }
            // An FX5U answers C05C for what the manual has as C05B.
            0x4030 | 0xC05A | 0xC05B | 0xC05C | 0xC072 | 0xC1AA => {
                "it does not have this device, or not as bits; check the address and plc"
            }
            0xC051..=0xC054 | 0xC071 => {
                "so many at once are too many for it; name addresses that lie closer together"
            }
            0x0055 | 0x4010 | 0x4013 | 0xC062 => {
                "nothing may be written while it runs; allow online change (writing in RUN) for this connection"
            }
            0xC050 | 0xC06F => {
                "its connection is set to ASCII; set the communication data code to binary"
            }
            0xC059 | 0xC0D9 | 0xC1A4 => {
                "it does not know this command; check that the connection is set to SLMP (MC protocol) and plc"
            }
            0xC05E | 0xC022 | 0xC0DE => {
                "the PLC behind it did not answer it in time; check network and station, or raise timeout_ms"
            }
            0xC05F | 0xC073 | 0xC074 | 0xC1A5 | 0xC1A7 | 0xC1A8 => {
                "it cannot reach the PLC behind it; check network and station"
            }
            0xC200..=0xC205 | 0xC810..=0xC816 => {
                "a remote password locks this connection; take it off for this port in the PLC's parameters"
            }
            0xC0B2 | 0xC0BD | 0xC86C => "it has too much to do; raise period_ms",
            _ => "look the code up in the manual of the PLC",
        }
    }
}

impl fmt::Display for EndCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "end code 0x{:04X}: {}", self.0, self.advice())
    }
}

impl std::error::Error for EndCode {}
