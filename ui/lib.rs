//! The web app and the crate that embeds it. Knows only the HTTP API.
//!
//! What belongs here: the built files of the web app (`ui/dist`) and their content types. Serving
//! them, and every `/api` path, belongs to the server.

use rust_embed::RustEmbed;
use std::borrow::Cow;

#[derive(RustEmbed)]
#[folder = "dist"]
#[allow_missing = true]
struct Dist;

/// One file of the web app.
#[derive(Clone, Debug)]
pub struct Asset {
    /// The file's content.
    pub bytes: Cow<'static, [u8]>,
    /// The same, compressed as RFC 1952 says, where that is worth it.
    pub gzip: Option<Cow<'static, [u8]>>,
    /// SHA-256 of the content in lower-case hex.
    pub sha256: String,
    /// For the header `content-type`.
    pub content_type: &'static str,
    /// The file's name changes with its content, so a browser may keep it for good.
    pub is_immutable: bool,
}

/// The file at `path`, as in a URL: `/assets/index-BxYz.js`, with or without the leading slash.
///
/// `None` for a path that names no file; the server then answers [`index`] for a page's address and
/// 404 under `/api`.
pub fn asset(path: &str) -> Option<Asset> {
    let path = path.strip_prefix('/').unwrap_or(path);
    // Part of the file that it is the compressed form of.
    if path.ends_with(".gz") {
        return None;
    }
    let file = Dist::get(path)?;
    let gzip = Dist::get(&format!("{path}.gz"));
    Some(Asset {
        sha256: hex(&file.metadata.sha256_hash()),
        bytes: file.data,
        gzip: gzip.map(|gzip| gzip.data),
        content_type: content_type(path),
        // Vite puts the files whose names carry a hash, and no others, there.
        is_immutable: path.starts_with("assets/"),
    })
}

/// The page that starts the web app; where the app was not built, a page that says how to build it.
pub fn index() -> Asset {
    asset("index.html").unwrap_or(Asset {
        bytes: Cow::Borrowed(NOT_BUILT.as_bytes()),
        gzip: None,
        sha256: "not-built".to_owned(),
        content_type: content_type("index.html"),
        is_immutable: false,
    })
}

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>inspector</title>\
<h1>The web app is not in this binary</h1>\
<p>It was not built when the binary was. Run <code>make ui</code>, build the binary again and restart the station.</p>\
<p>The API works: <a href=\"/api/status\">/api/status</a>.</p>\
<p lang=\"zh-CN\">此程序未包含网页界面。请运行 <code>make ui</code>，重新编译并重启工位。</p></html>";

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "json" | "map" => "application/json",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_is_a_page_whether_or_not_the_app_was_built() {
        let index = index();
        let page = String::from_utf8_lossy(&index.bytes);
        assert!(page.starts_with("<!doctype html>"));
        assert!(page.contains("id=\"root\"") || page.contains("make ui"));
        assert!(!index.is_immutable);
    }

    #[test]
    fn every_script_and_style_the_index_names_is_embedded_and_immutable() {
        if asset("index.html").is_none() {
            eprintln!("SKIPPED: ui/dist is not built (make ui)");
            return;
        }
        let bytes = index().bytes;
        let page = String::from_utf8_lossy(&bytes);
        let named: Vec<&str> = page
            .split('"')
            .filter(|text| text.starts_with("/assets/"))
            .collect();
        assert!(!named.is_empty());
        for path in named {
            let file = asset(path).unwrap_or_else(|| panic!("{path} is not embedded"));
            assert!(file.is_immutable);
            assert_ne!(file.content_type, "application/octet-stream", "{path}");
        }
    }

    #[test]
    fn scripts_and_styles_are_there_in_less_than_half_of_their_size_and_only_beside_themselves() {
        if asset("index.html").is_none() {
            eprintln!("SKIPPED: ui/dist is not built (make ui)");
            return;
        }
        let scripts = Dist::iter().filter(|path| path.ends_with(".js") || path.ends_with(".css"));
        for path in
            scripts.filter(|path| Dist::get(path).is_some_and(|file| file.data.len() > 10_000))
        {
            let file = asset(&path).expect("a file");
            let gzip = file.gzip.expect("its compressed form");
            assert!(gzip.starts_with(&[0x1f, 0x8b]), "{path} is no gzip");
            assert!(gzip.len() * 2 < file.bytes.len(), "{path}");
            assert!(asset(&format!("{path}.gz")).is_none());
            assert_eq!(file.sha256.len(), 64);
        }
    }

    #[test]
    fn the_index_names_no_other_host() {
        let bytes = index().bytes;
        let page = String::from_utf8_lossy(&bytes);
        assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("=\"//"));
    }

    #[test]
    fn a_path_that_names_no_file_is_nothing() {
        assert!(asset("/nothing-here.js").is_none());
        assert!(asset("/../Cargo.toml").is_none());
        assert!(asset("/api/status").is_none());
    }
}
