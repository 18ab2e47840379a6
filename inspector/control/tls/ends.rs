//! Until when a certificate is good.

use crate::station::time::WallTime;
use der::asn1::{AnyRef, GeneralizedTime, UtcTime};
use der::{Class, Decode, SliceReader, Tag, Tagged};

/// `notAfter` of an X.509 certificate (RFC 5280, 4.1.2.5); `None` where it is none.
pub fn of(certificate: &[u8]) -> Option<WallTime> {
    let [whole] = within::<1>(certificate)?;
    let [to_be_signed] = within::<1>(whole.value())?;
    let items = within::<5>(to_be_signed.value())?;
    // Certificates of version 1 do not say which.
    let has_version = items[0].tag().class() == Class::ContextSpecific;
    let validity = items[if has_version { 4 } else { 3 }];
    let [_, not_after] = within::<2>(validity.value())?;
    let since_1970 = match not_after.tag() {
        Tag::UtcTime => not_after.decode_as::<UtcTime>().ok()?.to_unix_duration(),
        _ => not_after
            .decode_as::<GeneralizedTime>()
            .ok()?
            .to_unix_duration(),
    };
    Some(WallTime(i64::try_from(since_1970.as_micros()).ok()?))
}

/// The first so many items.
fn within<const N: usize>(bytes: &[u8]) -> Option<[AnyRef<'_>; N]> {
    let mut reader = SliceReader::new(bytes).ok()?;
    let mut items = [AnyRef::NULL; N];
    for item in &mut items {
        *item = AnyRef::decode(&mut reader).ok()?;
    }
    Some(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_certificate_has_no_end() {
        for bytes in [
            &b""[..],
            b"0",
            b"\x30\x00",
            b"\x30\x80\x00\x00",
            &[0xff; 64],
        ] {
            assert_eq!(of(bytes), None, "{bytes:?}");
        }
    }
}
