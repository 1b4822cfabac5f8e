#!/usr/bin/env python3
"""Checks an export of a Nightlatch log with aics-tlog from PyPI and nothing of Nightlatch's.

Run it in the export's directory:

    python3 verify_tlog.py [KEY [CHECKPOINT]]

KEY is the verifier key that you noted yourself, CHECKPOINT a checkpoint that you kept. Needs Python 3.12 or later and
`pip install aics-tlog`. Exit code 0: it holds. 1: it does not, and what does not is said.
"""

import base64
import hashlib
import hmac
import json
import sys
from pathlib import Path

from aics_tlog import (
    FileSystemTileReader,
    audit_tiles,
    consistency_proof_from_tiles,
    inclusion_proof_from_tiles,
    leaf_hash,
    parse_note,
    parse_vkey,
    read_entry,
    verify_checkpoint,
    verify_consistency,
    verify_inclusion,
)
from aics_tlog.tiles import entry_bundle_path, tile_path

WIDTH = 256


class Wrong(Exception):
    """What does not hold."""


def checkpoint(what, text, key):
    found = verify_checkpoint(parse_note(text), key, None, 0, expected_origin=key.name)
    if not found.ok:
        raise Wrong(f"{what}: {found.error}")
    return found.size, found.root


def is_event(what, entry, seq):
    found = json.loads(entry)
    if found.get("seq") != seq:
        raise Wrong(f"{what}: this is not event {seq}")
    return found


def files(size):
    """The paths of a log of so many entries."""

    def row(path, count):
        for index in range(count // WIDTH):
            yield path(index, None)
        if count % WIDTH:
            yield path(count // WIDTH, count % WIDTH)

    yield from row(entry_bundle_path, size)
    level = 0
    while size:
        yield from row(lambda index, width, level=level: tile_path(level, index, width), size)
        level, size = level + 1, size // WIDTH


def consistent(size, root, old_size, old_root, proof):
    if not verify_consistency(old_size, size, old_root, root, proof):
        raise Wrong(f"the log does not go on from the earlier checkpoint over {old_size} events")
    print(f"ok: the log goes on from the earlier checkpoint over {old_size} events")


def whole(size, root, earlier):
    found = {path.as_posix() for path in Path("tile").rglob("*") if path.is_file()}
    if strange := sorted(found ^ set(files(size))):
        raise Wrong(f"{strange[0]}: missing, or does not belong to a log of {size} entries")
    reader = FileSystemTileReader(".")
    report = audit_tiles(reader, size, root)
    print(f"ok: {report.tiles} tiles and {report.bundles} bundles of entries are under the signed root")
    for seq in range(0, size, 1 + size // 4096):
        is_event("tile/entries", read_entry(reader, seq, size), seq)
    for seq in range(0, size, 1 + size // 256):
        proof = inclusion_proof_from_tiles(reader, seq, size)
        if not verify_inclusion(leaf_hash(read_entry(reader, seq, size)), seq, size, proof, root):
            raise Wrong(f"event {seq} is not in the log")
    print("ok: proofs of inclusion hold, for every entry or for some 256 evenly taken")
    if earlier:
        old_size, old_root = earlier
        if old_size > size:
            raise Wrong(f"the earlier checkpoint is over {old_size} events, the last one over {size}: events are gone")
        proof = consistency_proof_from_tiles(reader, old_size, size) if 0 < old_size < size else []
        consistent(size, root, old_size, old_root, proof)


def numbers(folder, ending):
    """The numbers of the events that have a file in this folder."""
    return {int(path.name.removesuffix(ending)) for path in Path(folder).glob("*")}


def hashes(lines):
    return [base64.b64decode(line, validate=True) for line in lines]


def person(size, root, key, earlier):
    entries, proofs = numbers("entries", ".json"), numbers("proofs", ".tlog-proof")
    payloads = numbers("payloads", ".json")
    if not entries or entries != proofs or payloads - entries:
        gone = sorted((proofs | payloads) ^ entries)
        raise Wrong(f"entries, proofs and payloads are not of the same events: {gone}")
    erased = 0
    for seq in sorted(entries):
        entry = Path(f"entries/{seq}.json").read_bytes()
        found = is_event(f"entries/{seq}.json", entry, seq)
        head, tail = Path(f"proofs/{seq}.tlog-proof").read_bytes().decode().split("\n\n", 1)
        magic, index, *lines = head.split("\n")
        if (magic, index) != ("c2sp.org/tlog-proof@v1", f"index {seq}"):
            raise Wrong(f"proofs/{seq}.tlog-proof: not a proof of event {seq}")
        if checkpoint(f"proofs/{seq}.tlog-proof", tail, key) != (size, root):
            raise Wrong(f"proofs/{seq}.tlog-proof: stands on another checkpoint")
        if not verify_inclusion(leaf_hash(entry), seq, size, hashes(lines), root):
            raise Wrong(f"event {seq} is not in the log")
        salt = Path(f"salts/ob-{found['ob']}")
        if not salt.exists():
            if seq in payloads:
                raise Wrong(f"event {seq} has a payload, but its salt is gone")
            erased += 1
            continue
        made_of = {"payload": Path(f"payloads/{seq}.json"), "subj": Path(f"persons/ob-{found['ob']}")}
        for field, path in made_of.items():
            keyed = hmac.digest(bytes.fromhex(salt.read_text().strip()), path.read_bytes(), hashlib.sha256).hex()
            if keyed != found[field]:
                raise Wrong(f"{path} is not what event {seq} was made of")
    print(f"ok: {len(entries)} entries are in the log, each under the checkpoint")
    print(f"ok: {len(entries) - erased} payloads are what the entries were made of; {erased} are erased")
    if earlier:
        consistent(size, root, *earlier, hashes(Path("consistency").read_text().split()))


def main():
    named = sys.argv[1] if len(sys.argv) > 1 else Path("log.vkey").read_text()
    if len(sys.argv) < 2:
        print("note: the key is the export's own; name the one that you noted")
    key = parse_vkey(named.strip())
    size, root = checkpoint("checkpoint", Path("checkpoint").read_bytes(), key)
    print(f"ok: {key.name} signed a checkpoint over {size} events")
    is_whole = Path("tile").exists()
    kept = sys.argv[2] if len(sys.argv) > 2 else None
    if kept and not is_whole:
        raise Wrong("only an export of the whole log can be held against a checkpoint that you kept")
    earlier = Path(kept or "checkpoint.prev")
    earlier = checkpoint(str(earlier), earlier.read_bytes(), key) if kept or earlier.exists() else None
    if is_whole:
        whole(size, root, earlier)
    else:
        person(size, root, key, earlier)


try:
    main()
except (Wrong, ValueError, OSError, KeyError) as error:
    sys.exit(f"FAIL: {error}")
