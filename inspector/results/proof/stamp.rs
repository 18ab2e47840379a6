//! Time stamps (RFC 3161): what is asked of a time-stamp server, and what its answer says. Whether its signature is to be
//! believed is asked of `openssl ts -verify` and the server's certificate, which a station does not have.

use super::evidence::Unproven;
use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode, Reader, SliceReader, Tag, TagNumber, Tagged};
use sha2::{Digest, Sha256};

/// What a question is sent as (RFC 3161, 3.4).
pub const QUERY_TYPE: &str = "application/timestamp-query";
/// The longest answer that is read, in bytes; those with a chain of certificates have about 8,000.
pub const ANSWER_BYTES_MAX: u64 = 64 * 1_024;

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const ORGANISATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
/// Of a GeneralName (RFC 5280, 4.2.1.6).
const DIRECTORY_NAME: u32 = 4;

/// A question for a stamp over these bytes, as DER: SHA-256, this number to come back, and the server's certificate.
pub fn query(bytes: &[u8], nonce: u64) -> Vec<u8> {
    // TimeStampReq (RFC 3161, 2.4.1) with version 1 and MessageImprint of SHA-256; the nonce, as long as any, is positive.
    const HEAD: [u8; 24] = [
        0x30, 0x43, 0x02, 0x01, 0x01, 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
        0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20,
    ];
    let nonce = in_form(nonce).to_be_bytes();
    let imprint = Sha256::digest(bytes);
    [
        &HEAD[..],
        &imprint[..],
        &[0x02, 0x08],
        &nonce[..],
        &[0x01, 0x01, 0xff],
    ]
    .concat()
}

/// Eight bytes that are a positive number and need all eight.
const fn in_form(nonce: u64) -> u64 {
    nonce & (u64::MAX >> 1) | 1 << 62
}

/// What a stamp says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// SHA-256 of what was stamped.
    pub imprint: Vec<u8>,
    /// When, as its server says: in UTC, as 2026-11-24T06:00:00Z.
    pub at: String,
    /// Who, as the token says it: organisation and name.
    pub by: String,
    nonce: Option<Vec<u8>>,
}

impl Stamp {
    /// Reads a server's answer (TimeStampResp), as DER.
    ///
    /// # Errors
    /// When it refuses, or is no answer.
    pub fn read(answer: &[u8]) -> Result<Self, Unproven> {
        let begins: Vec<u8> = answer.iter().copied().take(24).collect();
        let wrong = || {
            let begins = String::from_utf8_lossy(&begins);
            Unproven(format!(
                "expected a time stamp (RFC 3161), found {} bytes that begin {begins:?}",
                answer.len()
            ))
        };
        let whole = AnyRef::from_der(answer).map_err(|_| wrong())?;
        let parts = sequence(whole).ok_or_else(wrong)?;
        let status = parts
            .first()
            .and_then(|part| sequence(*part))
            .ok_or_else(wrong)?;
        let code = status.first().map(|status| status.value().to_vec());
        // granted, or granted with changes.
        match code.as_deref() {
            Some([0 | 1]) => {}
            Some(code) => return Err(refused(code, &status)),
            None => return Err(wrong()),
        }
        let token = parts.get(1).copied();
        token.and_then(of_token).ok_or_else(wrong)
    }

    /// Whether it is over these bytes, and, where it was just asked for, answers this question.
    ///
    /// # Errors
    /// What was expected and found.
    pub fn check(&self, bytes: &[u8], nonce: Option<u64>) -> Result<(), Unproven> {
        let expected = Sha256::digest(bytes);
        if self.imprint != expected[..] {
            return Err(Unproven(format!(
                "expected a stamp over SHA-256 {}, found one over {}",
                crate::hash::hex(&expected),
                crate::hash::hex(&self.imprint)
            )));
        }
        let Some(nonce) = nonce else { return Ok(()) };
        let is_answer = self.nonce.as_deref() == Some(&in_form(nonce).to_be_bytes());
        match is_answer {
            true => Ok(()),
            false => Err(Unproven(
                "the stamp answers another question: its nonce is not the one that was asked with"
                    .to_owned(),
            )),
        }
    }
}

fn refused(code: &[u8], status: &[AnyRef<'_>]) -> Unproven {
    let said: Vec<String> = status
        .iter()
        .filter_map(|item| sequence(*item))
        .flatten()
        .map(|text| String::from_utf8_lossy(text.value()).into_owned())
        .collect();
    let code = crate::hash::hex(code);
    Unproven(format!(
        "the server refuses with status {code}: {:?}",
        said.join(" ")
    ))
}

/// What stands in a constructed value.
fn within(bytes: &[u8]) -> Option<Vec<AnyRef<'_>>> {
    let mut reader = SliceReader::new(bytes).ok()?;
    let mut items = Vec::new();
    while !reader.is_finished() {
        items.push(AnyRef::decode(&mut reader).ok()?);
    }
    Some(items)
}

fn sequence(value: AnyRef<'_>) -> Option<Vec<AnyRef<'_>>> {
    match value.tag() {
        Tag::Sequence | Tag::Set => within(value.value()),
        _ => None,
    }
}

/// What stands in `[number]`.
fn tagged<'a>(value: &AnyRef<'a>, number: u32) -> Option<&'a [u8]> {
    let tag = value.tag();
    let is_it = tag.is_context_specific() && tag.number() == TagNumber(number);
    is_it.then(|| value.value())
}

fn oid(value: &AnyRef<'_>) -> Option<ObjectIdentifier> {
    match value.tag() {
        Tag::ObjectIdentifier => ObjectIdentifier::from_bytes(value.value()).ok(),
        _ => None,
    }
}

/// ContentInfo with SignedData (RFC 5652, 5.1) with TSTInfo (RFC 3161, 2.4.2).
fn of_token(token: AnyRef<'_>) -> Option<Stamp> {
    let token = sequence(token)?;
    if oid(token.first()?)? != SIGNED_DATA {
        return None;
    }
    let signed = within(tagged(token.get(1)?, 0)?)?;
    let signed = sequence(*signed.first()?)?;
    let content = sequence(*signed.get(2)?)?;
    if oid(content.first()?)? != TST_INFO {
        return None;
    }
    let info = within(tagged(content.get(1)?, 0)?)?;
    let info = AnyRef::from_der(info.first()?.value()).ok()?;
    let info = sequence(info)?;
    let imprint = sequence(*info.get(2)?)?;
    if oid(sequence(*imprint.first()?)?.first()?)? != SHA256 {
        return None;
    }
    let time = info
        .get(4)
        .filter(|time| time.tag() == Tag::GeneralizedTime)?;
    // Accuracy, ordering, nonce and who stamped may be left out, each.
    let mut rest = info.get(5..)?.iter();
    let nonce = rest.find(|item| item.tag() == Tag::Integer);
    let by = info.iter().rev().find_map(|item| tagged(item, 0));
    let by = by.and_then(of_general_name);
    Some(Stamp {
        imprint: imprint.get(1)?.value().to_vec(),
        at: time_of(time.value())?,
        by: by
            .or_else(|| signer(&signed))
            .unwrap_or_else(|| "?".to_owned()),
        nonce: nonce.map(|nonce| nonce.value().to_vec()),
    })
}

/// From 20261124060000.5Z, as DER has it (RFC 3161, 2.4.2), to 2026-11-24T06:00:00.5Z.
fn time_of(value: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(value).ok()?;
    let (digits, fraction) = text.strip_suffix('Z')?.split_at_checked(14)?;
    let is_fraction = |text: &str| text.is_empty() || text.starts_with('.');
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !are_digits(digits)
        || !is_fraction(fraction)
        || !are_digits(fraction.trim_start_matches('.'))
    {
        return None;
    }
    let part = |from: usize, to: usize| digits.get(from..to);
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    let (hour, minute, second) = (part(8, 10)?, part(10, 12)?, part(12, 14)?);
    Some(format!(
        "{year}-{month}-{day}T{hour}:{minute}:{second}{fraction}Z"
    ))
}

fn of_general_name(name: &[u8]) -> Option<String> {
    let name = within(name)?;
    let name = within(tagged(name.first()?, DIRECTORY_NAME)?)?;
    of_name(*name.first()?)
}

/// Organisation and common name of a Name (RFC 5280, 4.1.2.4).
fn of_name(name: AnyRef<'_>) -> Option<String> {
    let attributes = sequence(name)?.into_iter().filter_map(sequence).flatten();
    let attributes: Vec<_> = attributes.filter_map(sequence).collect();
    let called = |kind: ObjectIdentifier| {
        let found = attributes
            .iter()
            .find(|pair| pair.first().and_then(oid) == Some(kind))?;
        let text = String::from_utf8_lossy(found.get(1)?.value()).into_owned();
        Some(text.replace(char::is_control, "?"))
    };
    let names: Vec<String> = [ORGANISATION, COMMON_NAME]
        .into_iter()
        .filter_map(called)
        .collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// Whose certificate has the serial number that the signature names.
fn signer(signed: &[AnyRef<'_>]) -> Option<String> {
    let infos = sequence(*signed.last()?)?;
    let info = sequence(*infos.first()?)?;
    let by = sequence(*info.get(1)?)?;
    let serial = by.get(1)?.value();
    let certificates = within(signed.iter().find_map(|item| tagged(item, 0))?)?;
    certificates.into_iter().find_map(|certificate| {
        let fields = sequence(*sequence(certificate)?.first()?)?;
        let fields = fields.get(fields.iter().position(|item| item.tag() == Tag::Integer)?..)?;
        (fields.first()?.value() == serial).then(|| of_name(*fields.get(4)?))?
    })
}
