//! The whole log as static files: what every client of C2SP tlog-tiles reads.

use super::source::Source;
use super::{Counts, ExportError, Folder};
use crate::ledger::Tiles;

const HOW: &str = include_str!("../../../../assets/VERIFY-log.md");

pub(super) fn write(source: &Source, folder: &mut Folder) -> Result<Counts, ExportError> {
    let size = source.size();
    let mut tiles = Tiles::new();
    source.reader.leaves(size, |seq, leaf| {
        if seq != tiles.size() {
            return Err(ExportError::Unsound(format!("event {} is missing", tiles.size())));
        }
        if let Some(before) = source.before.as_ref().filter(|it| it.checkpoint.size == seq)
            && before.checkpoint.root != tiles.root()
        {
            return Err(ExportError::Unsound(format!("the checkpoint over {seq} events signs another root")));
        }
        tiles.push(leaf, |path, bytes| folder.put(path, bytes))
    })?;
    if tiles.size() != size || tiles.root() != source.last.checkpoint.root {
        return Err(ExportError::Unsound(format!("the checkpoint over {size} events signs another root")));
    }
    tiles.finish(|path, bytes| folder.put(path, bytes))?;
    folder.put("VERIFY.md", source.fill_in(HOW).as_bytes())?;
    Ok(Counts { events: size, offboardings: Vec::new(), unsigned: source.events - size })
}
