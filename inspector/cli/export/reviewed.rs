//! `inspector export --reviewed`: pictures of reviewed parts, with what people said of them.

use super::pack::Unfinished;
use super::whole::to_place;
use super::{ExportArgs, Source, failed_at, told};
use crate::error::{Error, ErrorKind};
use crate::export::reviewed::{Layout, write};
use crate::path_error::{At, PathError};

/// Writes them into a folder that is empty or not there yet. It has its name only once all is in it.
pub fn reviewed(args: &ExportArgs, source: &Source, layout: Layout) -> Result<(), Error> {
    let Some(out) = &args.out else {
        let message = "--reviewed: expected --out with a folder that is empty or not there yet";
        return Err(Error::new(ErrorKind::Settings, message));
    };
    to_place(out, &source.data)?;
    if out.exists() {
        let mut entries = std::fs::read_dir(out)
            .at("read", out)
            .map_err(|error: PathError| Error::new(ErrorKind::Settings, error))?;
        if entries.next().is_some() {
            let message = format!(
                "{}: expected an empty folder, found files in it; take another",
                out.display()
            );
            return Err(Error::new(ErrorKind::Settings, message));
        }
    }
    let part = Unfinished::make(out)?;
    let written = told(|go_on| write(&source.data, &args.filter(), layout, part.path(), go_on));
    let written = match written {
        Ok(written) => written,
        Err(error) => {
            drop(part);
            return Err(failed_at(error, out));
        }
    };
    part.place(out)?;
    remark!(
        "wrote {} pictures of good parts and {} of defective ones, with {} boxes, to {}",
        written.good,
        written.bad,
        written.boxes,
        out.display()
    );
    let left_out = written.left_out;
    if left_out.parts() > 0 {
        remark!("left out {} reviewed parts:", left_out.parts());
        left_out.told().iter().for_each(|why| remark!("  {why}"));
    }
    Ok(())
}
