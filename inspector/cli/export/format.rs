//! What `inspector export` writes.

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Comma-separated values (RFC 4180), UTF-8: the log as evidence.
    Csv,
    /// JSON Lines: an object a line.
    Jsonl,
    /// An Excel workbook: summary with a chart, parts with thumbnails of rejects, findings.
    Xlsx,
    /// Parquet, files by day: needs a folder for --out.
    Parquet,
    /// Q-DAS ASCII transfer format (.dfq): verdict and score, a file for each style where --out is a folder.
    Qdas,
    /// An audit pack: rows, proofs, pictures, checkpoint, key and how to check them, in a folder of their own.
    Pack,
    /// Every leaf that is signed, one a line.
    Leaves,
    /// The newest signed root.
    Checkpoint,
}

impl Format {
    /// How names of its files end.
    pub const fn ending(self) -> &'static str {
        match self {
            Format::Qdas => "dfq",
            other => other.name(),
        }
    }

    /// As `--format` takes it.
    pub const fn name(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Jsonl => "jsonl",
            Format::Xlsx => "xlsx",
            Format::Parquet => "parquet",
            Format::Qdas => "qdas",
            Format::Pack => "pack",
            Format::Leaves => "leaves",
            Format::Checkpoint => "checkpoint",
        }
    }
}
