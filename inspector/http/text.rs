//! Texts that people give: as long as somebody can read them, and without characters that change how others are shown.

use crate::station::name::is_invisible;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::ops::Deref;
use utoipa::openapi::schema::{Schema, Type};
use utoipa::openapi::{ObjectBuilder, RefOr};
use utoipa::{PartialSchema, ToSchema};

macro_rules! texts {
    ($($(#[$about:meta])* $name:ident: $most:literal;)*) => {$(
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// The text without its type.
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                checked(&text, $most).map(Self).map_err(D::Error::custom)
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some("Without spaces around it, and without characters that are not seen."))
                    .min_length(Some(1))
                    .max_length(Some($most))
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )*};
}

texts! {
    /// Who does something.
    Person: 80;
    /// Why somebody changes something.
    Reason: 500;
    /// What a camera, a style or a model is called.
    Name: 64;
}

/// The text without spaces around it.
///
/// # Errors
/// When it has no characters or more than `most`, control characters, or those that are not seen but turn or join
/// others (bidirectional controls, zero-width characters).
fn checked(text: &str, most: usize) -> Result<String, String> {
    let text = text.trim();
    let length = text.chars().count();
    if !(1..=most).contains(&length) {
        return Err(format!("expected 1 to {most} characters, found {length}"));
    }
    match text.chars().find(|c| is_invisible(*c)) {
        Some(found) => Err(format!(
            "expected characters that can be seen, found {}",
            found.escape_unicode()
        )),
        None => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_bounded_in_characters_and_holds_only_what_is_seen() {
        let read = |text: &str| checked(text, 5);
        assert_eq!(read(" 李 明 ").expect("a name"), "李 明");
        assert_eq!(read("Ólafr").expect("five"), "Ólafr");
        for (bad, told) in [
            ("", "found 0"),
            ("   ", "found 0"),
            ("sixsix", "found 6"),
            ("a\nb", "\\u{a}"),
            ("a\u{202E}b", "\\u{202e}"),
            ("a\u{200B}b", "\\u{200b}"),
            ("a\0b", "\\u{0}"),
            ("a\u{AD}b", "\\u{ad}"),
            ("a\u{E0041}b", "\\u{e0041}"),
        ] {
            let said = read(bad).expect_err(bad);
            assert!(said.contains(told), "{said}");
        }
    }
}
