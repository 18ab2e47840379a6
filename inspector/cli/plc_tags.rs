//! `inspector plc-tags`: the map of the handshake as tag files for PLC programs.

use super::terminal;
use crate::station::handshake::map::Preset;
use crate::station::handshake::map::tags::{self, Format};

/// Arguments of `inspector plc-tags`.
#[derive(clap::Args)]
pub struct PlcTagsArgs {
    /// What the file is for.
    #[arg(long, value_enum)]
    format: FormatArg,
    /// Which map, as `preset` of the device.
    #[arg(long, value_enum, default_value = "insight")]
    preset: PresetArg,
    /// Where the PLC keeps its copy of the map: first D (and M) device, or first byte of bit memory. Not for csv.
    #[arg(long, default_value_t = Format::BASE, value_parser = clap::value_parser!(u16).range(..=30_000))]
    base: u16,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum FormatArg {
    /// Addresses on the wire with names, types and meanings.
    Csv,
    /// Global labels of GX Works.
    Gxworks,
    /// Tag table of TIA Portal, as XML.
    Tia,
    /// Tables of the reference.
    Markdown,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum PresetArg {
    Insight,
    Simple,
    Poll,
}

/// Prints the file.
pub fn plc_tags(args: &PlcTagsArgs) {
    let format = match args.format {
        FormatArg::Csv => Format::Csv,
        FormatArg::Gxworks => Format::Gxworks,
        FormatArg::Tia => Format::Tia,
        FormatArg::Markdown => Format::Markdown,
    };
    let preset = match args.preset {
        PresetArg::Insight => Preset::Insight,
        PresetArg::Simple => Preset::Simple,
        PresetArg::Poll => Preset::Poll,
    };
    terminal::answer(&tags::file(preset, format, args.base));
}
