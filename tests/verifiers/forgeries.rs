//! What somebody might do to evidence on its way.

use std::fs;
use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use nightlatch::ledger::{Signer, Verifier};

use crate::journal::{ORIGIN, SIGNED, Scene};

/// A change to a copy.
pub(crate) struct Forgery {
    pub(crate) name: &'static str,
    pub(crate) forge: fn(&Path, &Scene),
}

fn change(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    let before = bytes.clone();
    change(&mut bytes);
    assert_ne!(bytes, before, "{} was not changed", path.display());
    fs::write(path, bytes).unwrap();
}

/// Another digit for the last one in front of `behind`: the file stays well-formed.
fn other_digit(bytes: &mut [u8], behind: &[u8]) {
    let at = bytes.windows(behind.len()).position(|window| window == behind).unwrap() - 1;
    bytes[at] = if bytes[at] == b'1' { b'2' } else { b'1' };
}

/// The first file in a folder.
fn first(folder: PathBuf) -> PathBuf {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).min().unwrap()
}

fn key_of_another(copy: &Path, scene: &Scene) {
    let verifier = Verifier::parse(&scene.signer().verifier_key()).unwrap();
    let read = verifier.verify(&fs::read_to_string(copy.join("checkpoint")).unwrap()).unwrap();
    let other = Signer::load_or_create(&scene.dir().join("other.key"), ORIGIN).unwrap();
    fs::write(copy.join("checkpoint"), other.sign(read.size, read.root)).unwrap();
    // What came along agrees with the forged checkpoint: who trusts this key is deceived.
    fs::write(copy.join("log.vkey"), other.verifier_key()).unwrap();
}

fn older_checkpoint(copy: &Path, _: &Scene) {
    fs::copy(copy.join("checkpoint.prev"), copy.join("checkpoint")).unwrap();
}

/// Each of them is signed by the true key.
fn swapped_checkpoints(copy: &Path, _: &Scene) {
    let (last, before) = (copy.join("checkpoint"), copy.join("checkpoint.prev"));
    let kept = fs::read(&last).unwrap();
    fs::rename(&before, &last).unwrap();
    fs::write(&before, kept).unwrap();
}

fn other_history(copy: &Path, scene: &Scene) {
    // Signed by the true key: the host's owner has forked the log.
    fs::write(copy.join("checkpoint.prev"), scene.signer().sign(300, [7; 32])).unwrap();
}

fn last_bundle(copy: &Path) -> PathBuf {
    copy.join(format!("tile/entries/00{}.p/{}", SIGNED / 256, SIGNED % 256))
}

pub(crate) fn of_the_log() -> Vec<Forgery> {
    vec![
        Forgery {
            name: "a changed byte in an entry",
            forge: |copy, _| change(&copy.join("tile/entries/001"), |bytes| other_digit(bytes, b"\",\"seq\":300")),
        },
        Forgery {
            name: "a dropped entry",
            forge: |copy, _| {
                change(&last_bundle(copy), |bytes| {
                    let length = usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
                    bytes.drain(..2 + length);
                });
            },
        },
        Forgery {
            name: "two entries that changed places",
            forge: |copy, _| {
                change(&last_bundle(copy), |bytes| {
                    let length = 2 + usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
                    let second = 2 + usize::from(u16::from_be_bytes([bytes[length], bytes[length + 1]]));
                    bytes[..length + second].rotate_left(length);
                });
            },
        },
        Forgery {
            name: "a dropped bundle of entries",
            forge: |copy, _| fs::remove_file(copy.join("tile/entries/000")).unwrap(),
        },
        Forgery {
            name: "a changed hash tile",
            forge: |copy, _| change(&copy.join("tile/0/000"), |bytes| bytes[100] ^= 1),
        },
        Forgery {
            name: "a changed hash tile of level 1",
            forge: |copy, _| change(&first(copy.join("tile/1/000.p")), |bytes| bytes[0] ^= 1),
        },
        Forgery { name: "a dropped hash tile", forge: |copy, _| fs::remove_file(copy.join("tile/0/001")).unwrap() },
        Forgery { name: "a checkpoint of another key", forge: key_of_another },
        Forgery { name: "an older checkpoint", forge: older_checkpoint },
        Forgery { name: "two checkpoints that changed places", forge: swapped_checkpoints },
        Forgery {
            name: "a checkpoint with another size",
            forge: |copy, _| change(&copy.join("checkpoint"), |bytes| other_digit(bytes, b"00\n")),
        },
        Forgery { name: "an earlier checkpoint of another history", forge: other_history },
    ]
}

pub(crate) fn of_a_person() -> Vec<Forgery> {
    vec![
        Forgery {
            name: "a changed byte in an entry",
            forge: |copy, _| change(&first(copy.join("entries")), |bytes| other_digit(bytes, b"Z\",\"v\":1")),
        },
        Forgery { name: "a dropped entry", forge: |copy, _| fs::remove_file(first(copy.join("entries"))).unwrap() },
        Forgery { name: "a dropped proof", forge: |copy, _| fs::remove_file(first(copy.join("proofs"))).unwrap() },
        Forgery { name: "a dropped payload", forge: |copy, _| fs::remove_file(first(copy.join("payloads"))).unwrap() },
        Forgery {
            name: "a changed payload",
            forge: |copy, _| change(&first(copy.join("payloads")), |bytes| other_digit(bytes, b",\"actor\"")),
        },
        Forgery {
            name: "a changed hash in a proof",
            forge: |copy, _| {
                change(&first(copy.join("proofs")), |bytes| {
                    let text = String::from_utf8(bytes.clone()).unwrap();
                    let line = text.lines().nth(2).unwrap();
                    let mut hash = BASE64_STANDARD.decode(line).unwrap();
                    hash[9] ^= 1;
                    *bytes = text.replacen(line, &BASE64_STANDARD.encode(hash), 1).into_bytes();
                });
            },
        },
        Forgery {
            name: "another person",
            forge: |copy, _| fs::write(copy.join("persons/ob-2"), "alfa.doe@corp.example").unwrap(),
        },
        Forgery {
            name: "another salt",
            forge: |copy, _| fs::write(copy.join("salts/ob-2"), format!("{}\n", "07".repeat(32))).unwrap(),
        },
        Forgery { name: "a checkpoint of another key", forge: key_of_another },
        Forgery { name: "an older checkpoint", forge: older_checkpoint },
        Forgery { name: "two checkpoints that changed places", forge: swapped_checkpoints },
        Forgery { name: "an earlier checkpoint of another history", forge: other_history },
        Forgery {
            name: "a proof of consistency that lacks a hash",
            forge: |copy, _| change(&copy.join("consistency"), |bytes| bytes.truncate(bytes.len() - 45)),
        },
    ]
}
