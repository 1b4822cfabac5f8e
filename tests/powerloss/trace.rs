//! What strace saw: the system calls of a process and its threads, in order.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

/// What is asked of strace: names and data in full, as hexadecimal, with the paths of file descriptors.
pub(crate) const OPTIONS: [&str; 9] = ["-A", "-f", "-q", "-y", "-xx", "-s", "1000000", "-e", CALLS];

const CALLS: &str = "trace=openat,open,creat,pwrite64,write,pwritev,pwritev2,writev,lseek,fdatasync,fsync,sync_file_range,\
                     ftruncate,truncate,fallocate,rename,renameat,renameat2,link,linkat,unlink,unlinkat,sendto,sendmsg";

/// A system call.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) name: String,
    /// The line at which it began: its place in time.
    pub(crate) began: usize,
    /// The line at which it ended; `None`: the process died in the midst of it.
    pub(crate) ended: Option<usize>,
    /// What it returned; `None`: it did not.
    pub(crate) result: Option<i64>,
    text: String,
}

/// Why strace cannot be used here.
pub(crate) fn missing() -> Option<String> {
    match Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).output() {
        Ok(output) if output.status.success() => None,
        Ok(output) => Some(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Err(error) => Some(error.to_string()),
    }
}

/// The calls in the order of their beginnings.
pub(crate) fn read(path: &Path) -> Vec<Call> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut calls: Vec<Call> = Vec::new();
    let mut under_way: HashMap<&str, usize> = HashMap::new();
    for (at, line) in text.lines().enumerate() {
        let Some((pid, said)) = line.split_once(' ') else { continue };
        let said = said.trim_start();
        if let Some((_, rest)) = said.strip_prefix("<... ").and_then(|said| said.split_once(" resumed>")) {
            if let Some(call) = under_way.remove(pid) {
                calls[call].text.push_str(rest);
                calls[call].ended(at);
            }
            continue;
        }
        let Some((name, arguments)) = said.split_once('(') else { continue };
        let (arguments, goes_on) = match arguments.strip_suffix(" <unfinished ...>") {
            Some(begun) => (begun, true),
            None => (arguments, false),
        };
        // In the midst of a line it stands where the process was killed.
        let (name, text) = (name.to_owned(), arguments.replace(" <unfinished ...>", ""));
        calls.push(Call { name, began: at, ended: None, result: None, text });
        if goes_on {
            under_way.insert(pid, calls.len() - 1);
        } else if let Some(call) = calls.last_mut() {
            call.ended(at);
        }
    }
    calls
}

impl Call {
    fn ended(&mut self, at: usize) {
        let result = self.text.rsplit_once(" = ").map_or("?", |(_, result)| result);
        let digits: String = result.chars().take_while(|c| c.is_ascii_digit() || *c == '-').collect();
        self.result = digits.parse().ok();
        self.ended = self.result.map(|_| at);
    }

    /// The path of the file descriptor that is its first argument.
    pub(crate) fn file(&self) -> Option<String> {
        self.text.starts_with(|c: char| c.is_ascii_digit()).then(|| between(&self.text, '<', '>')).flatten()
    }

    /// The path of the file descriptor that it returned.
    pub(crate) fn opened(&self) -> Option<String> {
        between(self.text.rsplit_once(" = ")?.1, '<', '>')
    }

    /// Whether this word stands among its arguments.
    pub(crate) fn says(&self, word: &str) -> bool {
        self.text.contains(word)
    }

    /// Its strings: paths, and the bytes that it writes.
    pub(crate) fn strings(&self) -> Vec<Vec<u8>> {
        self.text.split('"').skip(1).step_by(2).map(bytes).collect()
    }

    /// Its numbers after the last string, or after the first argument where there is none.
    pub(crate) fn numbers(&self) -> Vec<u64> {
        let arguments = self.text.rsplit_once(" = ").map_or(self.text.as_str(), |(arguments, _)| arguments);
        let arguments = arguments.trim_end().trim_end_matches(')');
        let tail = arguments.rsplit_once(['"', '>']).map_or("", |(_, tail)| tail);
        tail.split(',').filter_map(|word| word.trim().parse().ok()).collect()
    }

    /// Whether this is in what it writes.
    pub(crate) fn holds(&self, words: &str) -> bool {
        self.strings().iter().any(|bytes| bytes.windows(words.len()).any(|window| window == words.as_bytes()))
    }
}

fn between(text: &str, open: char, close: char) -> Option<String> {
    let (inside, _) = text.split_once(open)?.1.split_once(close)?;
    Some(String::from_utf8_lossy(&bytes(inside)).into_owned())
}

/// `\x41\x42` is `AB`.
fn bytes(hex: &str) -> Vec<u8> {
    let digit = |byte: u8| (byte as char).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap_or_default();
    hex.as_bytes().chunks_exact(4).map(|it| digit(it[2]) << 4 | digit(it[3])).collect()
}
