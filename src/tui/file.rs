//! A text file that the operator named, read beside the loop: a slow disk keeps no key waiting.

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

use tokio::sync::mpsc;

use super::msg::Msg;

/// Longer files are no list of people, in bytes.
const LONGEST: u64 = 16 * 1024 * 1024;

/// Reads it, and sends [`Msg::File`].
pub(crate) fn read(ticket: u64, path: String, queue: mpsc::Sender<Msg>) {
    tokio::task::spawn_blocking(move || {
        let result = text(&path);
        // A console that has ended wants no file.
        let _ = queue.blocking_send(Msg::File { ticket, result });
    });
}

/// The file's text; or why not, with the cure. `~/` is the home directory.
fn text(path: &str) -> Result<String, String> {
    let place = match (path.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(path),
    };
    let failed = |error: std::io::Error| format!("{path}: {error}");
    let about = std::fs::metadata(&place).map_err(failed)?;
    // A pipe or a device might never end.
    if !about.is_file() {
        return Err(format!("{path}: not a file"));
    }
    let mut bytes = Vec::new();
    File::open(&place).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes)).map_err(failed)?;
    if bytes.len() as u64 > LONGEST {
        return Err(format!("{path}: longer than {} MiB: split it", LONGEST / (1024 * 1024)));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].split(|byte| *byte == b'\n').count();
        format!("{path}, line {line}: not UTF-8; export it as \"CSV UTF-8\"")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_told_with_its_path() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name).display().to_string();
        std::fs::write(path("good.csv"), "email\nalfa.doe@corp.example\n").unwrap();
        std::fs::write(path("latin.csv"), b"email\nzo\xeb@corp.example\n").unwrap();
        assert_eq!(text(&path("good.csv")), Ok("email\nalfa.doe@corp.example\n".to_owned()));
        for (name, word) in
            [("latin.csv", "latin.csv, line 2: not UTF-8"), ("none.csv", "No such file"), (".", "not a file")]
        {
            let told = text(&path(name)).unwrap_err();
            assert!(told.contains(word), "{told}");
        }
    }
}
