//! Texts in cells, so that a spreadsheet shows them as they are and a program reads them back.

/// A text of the line, of a model or of a person, as it stands in a cell: behind an apostrophe where a spreadsheet would
/// run it, or take it for a number, a date, a time or a truth value, in whatever language it speaks. Whoever reads it
/// back takes an apostrophe at the beginning away, where there is one: a text's own has another before it.
pub(super) fn cell(text: &str) -> String {
    match is_run(text) || is_taken(text) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

/// As a formula, or as the apostrophe that is none of the text.
fn is_run(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\'', '＝', '＋', '－', '＠'])
        || text.starts_with(char::is_whitespace)
        || text.starts_with(char::is_control)
}

/// For a number (`00012345`, `1E5`, `50%`, `１２`), a time (`3 pm`), a date (`3-4`, `5.Mai`, `MAR1`, `3月4日`), an amount or a
/// truth value.
fn is_taken(text: &str) -> bool {
    if ["true", "false"].contains(&text.to_lowercase().as_str()) {
        return true;
    }
    if !text.contains(char::is_numeric) {
        return false;
    }
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| !word.is_empty())
        .collect();
    let is_unit = |word: &&str| UNITS.contains(&word.to_lowercase().as_str());
    let begins_as_one = !text.starts_with(|c: char| c.is_ascii_alphabetic());
    begins_as_one && words.iter().all(is_unit) || is_date(text, &words)
}

/// What numbers, times and dates hold beside digits: exponents, halves of the day, and the signs that stand for year,
/// month, day, hour, minute and second.
const UNITS: [&str; 24] = [
    "e", "d", "a", "p", "am", "pm", "t", "z", "年", "月", "日", "号", "號", "时", "時", "点", "點",
    "分", "秒", "上午", "下午", "午前", "午後", "元",
];

/// A name of a month, or of a currency, in any language: one word beside one or two short numbers.
fn is_date(text: &str, words: &[&str]) -> bool {
    let numbers: Vec<&str> = text
        .split(|c: char| !c.is_numeric())
        .filter(|number| !number.is_empty())
        .collect();
    words.len() == 1
        && words[0].chars().count() >= 3
        && numbers.len() <= 2
        && numbers.iter().all(|number| number.chars().count() <= 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_change_stands_behind_an_apostrophe() {
        let changed = [
            "00012345",
            "1E5",
            "1e-5",
            "2D3",
            "3-4",
            "3/4",
            "12345678901234567890",
            "MAR1",
            "1-sep",
            "5. Mai",
            "Okt 5",
            "févr-26",
            "3月4日",
            "下午3点",
            "1.10",
            "10,5",
            "12:30",
            "3 pm",
            "12:30 AM",
            "50%",
            "€5",
            "5 €",
            "EUR 5",
            "TRUE",
            "false",
            "１２",
            "2026-11-27T06:00:00Z",
            "=1+1",
            "+49",
            "-5",
            "-",
            "@SUM(A1)",
            "＝1",
            "'5",
            "''",
            "\t=1",
            " 7",
            "\r=1",
        ];
        for text in changed {
            assert_eq!(cell(text), format!("'{text}"));
        }
    }

    #[test]
    fn what_it_leaves_alone_stands_as_it_is() {
        let left = [
            "SN-A7-114387136",
            "J1-000001",
            "SN12345678",
            "bracket",
            "工件-007",
            "工件七",
            "M6/10",
            "A7",
            "a,b",
            "\"quoted\"",
            "é",
            "https://id.example/01/09506000134352/21/12345",
            "(01)09506000134352(21)A12B",
            "3ad6413f77e25c98bc7c05a5e8d0d75c9f592a15b6d309685fbbc3cdc19f96c8",
        ];
        for text in left {
            assert_eq!(cell(text), text);
        }
    }

    #[test]
    fn every_text_comes_back() {
        let signs = ["", "'", "=", "1", "E", "-", " ", "工", "Mai", ".", "true"];
        for first in signs {
            for second in signs {
                for third in signs {
                    let text = [first, second, third].concat();
                    let stored = cell(&text);
                    let back = stored.strip_prefix('\'').unwrap_or(&stored);
                    assert_eq!(back, text);
                }
            }
        }
    }
}
