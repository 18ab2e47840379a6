//! What a PLC asks of the registers, done and answered.

use super::exchange::Exchange;
use super::frame::Writing;
use super::pdu::{Exception, Request, Space};

/// Does what was asked, and writes the answer.
pub(super) fn carry_out(
    exchange: &mut Exchange,
    request: &Request<'_>,
    asked: &[u8],
    out: &mut Writing<'_>,
) -> Result<(), Exception> {
    let missing = |_| Exception::ADDRESS;
    match *request {
        Request::Read { space, from, count } => {
            out.byte(request.code());
            read(exchange, space, from, count, out)
        }
        Request::WriteBits {
            from, count, bits, ..
        } => {
            let is_on = |at: u16| bits[usize::from(at / 8)] >> (at % 8) & 1 == 1;
            let written = exchange.memory.write_coils(from, count, is_on);
            written.map_err(missing)?;
            exchange.step();
            out.bytes(&asked[..5]);
            Ok(())
        }
        Request::WriteWords { from, bytes, .. } => {
            let written = exchange.memory.write_words(from, bytes);
            written.map_err(missing)?;
            exchange.step();
            out.bytes(&asked[..5]);
            Ok(())
        }
        Request::Exchange {
            from,
            count,
            to,
            bytes,
        } => {
            // Nothing is written where the answer could not be read.
            for at in 0..count {
                exchange.memory.holding(from + at).map_err(missing)?;
            }
            let written = exchange.memory.write_words(to, bytes);
            written.map_err(missing)?;
            exchange.step();
            out.byte(request.code());
            read(exchange, Space::Holdings, from, count, out)
        }
    }
}

fn read(
    exchange: &Exchange,
    space: Space,
    from: u16,
    count: u16,
    out: &mut Writing<'_>,
) -> Result<(), Exception> {
    let memory = &exchange.memory;
    let missing = |_| Exception::ADDRESS;
    if matches!(space, Space::Holdings | Space::Inputs) {
        out.byte((count * 2) as u8);
        for at in from..=from + (count - 1) {
            let word = match space {
                Space::Holdings => memory.holding(at),
                _ => memory.input(at),
            };
            out.word(word.map_err(missing)?);
        }
        return Ok(());
    }
    out.byte(count.div_ceil(8) as u8);
    let mut packed = 0;
    for at in 0..count {
        let bit = match space {
            Space::Coils => memory.coil(from + at),
            _ => memory.discrete(from + at),
        };
        packed |= u8::from(bit.map_err(missing)?) << (at % 8);
        if at % 8 == 7 || at == count - 1 {
            out.byte(packed);
            packed = 0;
        }
    }
    Ok(())
}
