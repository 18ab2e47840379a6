//! The web app and the crate that embeds it. Knows only the HTTP API.
