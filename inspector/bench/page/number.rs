//! Numbers as people read them: three significant digits, commas between thousands, units after a space that
//! does not break.

/// Between a number and its unit.
const SPACE: char = '\u{a0}';

/// Three significant digits; nothing of what is not finite.
pub(super) fn significant(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let digits_before = |value: f64| value.abs().log10().floor() as i32 + 1;
    let places = 3 - digits_before(value);
    let unit = 10_f64.powi(places);
    // 9.999 becomes 10.0, which has one digit more before the point.
    let rounded = (value * unit).round() / unit;
    let places = usize::try_from(3 - digits_before(rounded)).unwrap_or(0);
    grouped(&format!("{rounded:.places$}"))
}

/// As in prose and on axes: without zeros that say nothing.
pub(super) fn plain(value: f64) -> String {
    let text = significant(value);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// All digits, in groups of three.
pub(super) fn count(value: u64) -> String {
    grouped(&value.to_string())
}

/// Microseconds as milliseconds, without the unit.
pub(super) fn millis(us: f64) -> String {
    significant(us / 1e3)
}

/// Microseconds as milliseconds.
pub(super) fn ms(us: f64) -> String {
    format!("{}{SPACE}ms", millis(us))
}

/// As set, not measured: every digit of it.
pub(super) fn set_ms(ms: f64) -> String {
    format!("{}{SPACE}ms", grouped(&ms.to_string()))
}

/// `12.5 %` of 0.125.
pub(super) fn percent(share: f64) -> String {
    with_unit(share * 100.0, "%")
}

/// Bytes as MiB, without the unit.
pub(super) fn mebibytes(bytes: f64) -> String {
    significant(bytes / f64::from(1 << 20))
}

pub(super) fn with_unit(value: f64, unit: &str) -> String {
    format!("{}{SPACE}{unit}", plain(value))
}

/// RFC 3339 as people write it: to the minute, in UTC or with its offset.
pub(super) fn moment(rfc_3339: &str) -> String {
    let Some((date, time)) = rfc_3339.split_once('T') else {
        return rfc_3339.to_owned();
    };
    let zone = time.trim_start_matches(|of: char| of.is_ascii_digit() || ":.".contains(of));
    let zone = if zone == "Z" { "UTC" } else { zone };
    let minute = time.get(..5).unwrap_or(time);
    format!("{date} {minute}{SPACE}{zone}")
}

/// `3 h`, `12 min` or `40 s`.
pub(super) fn duration(seconds: f64) -> String {
    let (divisor, unit) = time_unit(seconds);
    with_unit(seconds / divisor, unit)
}

/// The unit that suits a time, and its seconds.
pub(super) fn time_unit(seconds: f64) -> (f64, &'static str) {
    match seconds {
        _ if seconds >= 2.0 * 3_600.0 => (3_600.0, "h"),
        _ if seconds >= 120.0 => (60.0, "min"),
        _ => (1.0, "s"),
    }
}

fn grouped(number: &str) -> String {
    let (sign, number) = match number.strip_prefix('-') {
        Some(number) => ("−", number),
        None => ("", number),
    };
    let (whole, fraction) = number.split_at(number.find('.').unwrap_or(number.len()));
    let mut text = sign.to_owned();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_count() {
        for (value, text) in [
            (0.0, "0"),
            (0.012_345, "0.0123"),
            (1.0, "1.00"),
            (9.999, "10.0"),
            (31.04, "31.0"),
            (419.6, "420"),
            (999.9, "1,000"),
            (1_234_567.0, "1,230,000"),
            (-42.0, "−42.0"),
            (f64::INFINITY, "–"),
        ] {
            assert_eq!(significant(value), text);
        }
    }

    #[test]
    fn prose_has_no_empty_zeros() {
        assert_eq!(plain(0.5), "0.5");
        assert_eq!(plain(9.0), "9");
        assert_eq!(plain(200.0), "200");
        assert_eq!(percent(0.12), "12\u{a0}%");
        assert_eq!(
            moment("2026-11-25T12:35:42.251731Z"),
            "2026-11-25 12:35\u{a0}UTC"
        );
        assert_eq!(
            moment("2026-11-25T12:35:42+08:00"),
            "2026-11-25 12:35\u{a0}+08:00"
        );
        assert_eq!(duration(4_200.0), "70\u{a0}min");
    }

    #[test]
    fn counts_keep_every_digit() {
        assert_eq!(count(999), "999");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(set_ms(420.0), "420\u{a0}ms");
        assert_eq!(set_ms(33.3), "33.3\u{a0}ms");
    }
}
