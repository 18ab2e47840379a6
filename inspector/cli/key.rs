//! `inspector key`: the public half of the key that signs for the log, for whoever will check it.

use super::load_settings_of;
use crate::error::{Error, ErrorKind};
use crate::results::proof::key;
use crate::results::proof::note::Verifier;
use qrcodegen::{QrCode, QrCodeEcc};
use std::path::PathBuf;

/// Arguments of `inspector key`.
#[derive(clap::Args)]
pub struct KeyArgs {
    /// The station settings.
    #[arg(long, short, default_value = "station.toml", global = true)]
    settings: PathBuf,
    /// A data folder instead of the station's.
    #[arg(long, global = true)]
    data: Option<PathBuf>,
    /// Prints the public key as PEM, which openssl reads, and nothing else.
    #[arg(long)]
    pem: bool,
    /// Prints the verifier key, and nothing else.
    #[arg(long, conflicts_with = "pem")]
    plain: bool,
    #[command(subcommand)]
    action: Option<KeyAction>,
}

#[derive(clap::Subcommand)]
enum KeyAction {
    /// Makes a key; the station signs with it from its next start on, which the journal says.
    New {
        /// Also where there is a key, which is put aside.
        #[arg(long)]
        replace: bool,
    },
}

/// Prints the key, or makes one.
///
/// # Errors
/// When there is none, or one is there already.
pub fn key(args: &KeyArgs) -> Result<(), Error> {
    let data = match &args.data {
        Some(data) => data.clone(),
        None => load_settings_of(&args.settings)?.data,
    };
    let path = key::path(&data);
    let failed = |error: std::io::Error| {
        let message = format!("{}: {error}", path.display());
        Error::new(ErrorKind::Storage, message)
    };
    let found = match &args.action {
        Some(KeyAction::New { replace }) => {
            if !replace && path.symlink_metadata().is_ok() {
                let why = "a key is there already; --replace puts it aside and makes another, which whoever has the former \
                           must be told of";
                return Err(failed(std::io::Error::other(why)));
            }
            std::fs::create_dir_all(&data).map_err(failed)?;
            Some(key::make(&data).map_err(failed)?)
        }
        None => key::read(&data).map_err(failed)?,
    };
    let Some(signer) = found else {
        let why = "there is no key yet; the first start makes one, and so does `inspector key new`";
        return Err(failed(std::io::Error::other(why)));
    };
    print(signer.verifier(), args);
    Ok(())
}

fn print(verifier: &Verifier, args: &KeyArgs) {
    if args.pem {
        say!("{}", verifier.pem().trim_end());
        return;
    }
    if args.plain {
        say!("{verifier}");
        return;
    }
    say!("key          {verifier}");
    say!("fingerprint  {}", verifier.fingerprint());
    let Ok(code) = QrCode::encode_text(&verifier.to_string(), QrCodeEcc::Medium) else {
        return;
    };
    for line in drawn(&code) {
        say!("{line}");
    }
}

/// Two rows of modules a line, with the quiet zone that readers need (ISO/IEC 18004, 5.3.8): dark on light, however the
/// terminal is coloured, because what is light is drawn.
fn drawn(code: &QrCode) -> Vec<String> {
    const QUIET: i32 = 4;
    let is_light = |x: i32, y: i32| !code.get_module(x, y);
    let rows = -QUIET..code.size() + QUIET;
    rows.clone()
        .step_by(2)
        .map(|y| {
            rows.clone()
                .map(|x| match (is_light(x, y), is_light(x, y + 1)) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                })
                .collect()
        })
        .collect()
}
