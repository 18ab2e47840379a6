//! What a device sends behind its pixels: an encoder's count and the levels of its lines at the exposure.

use super::library::explain;
use super::settings::GenicamSettings;
use crate::ports::camera::OpenError;
use aravis::glib::translate::ToGlibPtr;
use aravis::prelude::*;
use aravis::{Buffer, Camera, ChunkParser};
use std::ffi::CString;
use std::ptr;

/// What a chunk is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latched {
    /// The encoder's or counter's value.
    pub counts: Option<u32>,
    /// One bit a line.
    pub lines: Option<u32>,
}

/// Reads chunks of frames, without allocating on our side.
pub struct Chunks {
    parser: ChunkParser,
    counts: Option<CString>,
    lines: Option<CString>,
}

impl Chunks {
    /// Switches the chunks of the settings on; `None` where there are none.
    pub fn start(camera: &Camera, settings: &GenicamSettings) -> Result<Option<Self>, OpenError> {
        let wanted = [&settings.counts_chunk, &settings.lines_chunk];
        if wanted.iter().all(|chunk| chunk.is_none()) {
            return Ok(None);
        }
        let name = &settings.device;
        // The selector's entries lack the prefix that the values have.
        let entries = wanted.iter().filter_map(|chunk| chunk.as_deref());
        let entries: Vec<&str> = entries
            .map(|chunk| chunk.strip_prefix("Chunk").unwrap_or(chunk))
            .collect();
        camera
            .set_chunks(&entries.join(","))
            .map_err(|error| explain(name, &format!("switch on the chunks {entries:?}"), &error))?;
        let parser = camera
            .create_chunk_parser()
            .ok_or_else(|| OpenError::Unsupported {
                message: format!(
                    "camera {name}: it describes no chunks; remove counts_chunk and lines_chunk"
                ),
            })?;
        let text = |chunk: &Option<String>| {
            let chunk = chunk.as_deref()?;
            CString::new(if chunk.starts_with("Chunk") {
                chunk.to_owned()
            } else {
                format!("Chunk{chunk}")
            })
            .ok()
        };
        Ok(Some(Self {
            parser,
            counts: text(&settings.counts_chunk),
            lines: text(&settings.lines_chunk),
        }))
    }

    /// What came with this frame. A chunk that is missing is none, as of a camera that sends it with some frames only.
    pub fn of(&self, buffer: &Buffer) -> Latched {
        Latched {
            counts: self.value(buffer, self.counts.as_ref()),
            lines: self.value(buffer, self.lines.as_ref()),
        }
    }

    fn value(&self, buffer: &Buffer, chunk: Option<&CString>) -> Option<u32> {
        let chunk = chunk?;
        let mut error = ptr::null_mut();
        // SAFETY: parser, buffer and name are alive for the call; an error is ours to free.
        let value = unsafe {
            let value = aravis_sys::arv_chunk_parser_get_integer_value(
                self.parser.to_glib_none().0,
                buffer.to_glib_none().0,
                chunk.as_ptr(),
                &mut error,
            );
            if !error.is_null() {
                aravis::glib::ffi::g_error_free(error);
                return None;
            }
            value
        };
        // Counters of more than 32 bits roll over as those of 32 do.
        Some((value as u64 & u64::from(u32::MAX)) as u32)
    }
}
