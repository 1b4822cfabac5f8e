// Checks an export of a Nightlatch log with the Go project's own code for transparency logs and nothing of Nightlatch's.
// Run it in the export's directory:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run verify_tlog.go -key KEY [-prev FILE]
//
// KEY is the verifier key that you noted yourself, FILE a checkpoint that you kept. Needs golang.org/x/mod, in Debian
// the package golang-golang-x-mod-dev. Exit code 0: it holds. 1: it does not, and what does not is said.
package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func fail(format string, args ...interface{}) {
	fmt.Printf("FAIL: "+format+"\n", args...)
	os.Exit(1)
}

func read(path string) []byte {
	data, err := os.ReadFile(path)
	if err != nil {
		fail("%v", err)
	}
	return data
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// C2SP tlog-checkpoint: origin, size, root; signed as a note by the key whose name is the origin.
func checkpoint(what string, text []byte, key note.Verifier) tlog.Tree {
	signed, err := note.Open(text, note.VerifierList(key))
	if err != nil {
		fail("%s: %v", what, err)
	}
	lines := strings.Split(signed.Text, "\n")
	if len(lines) < 4 || lines[0] != key.Name() {
		fail("%s: not a checkpoint of %s", what, key.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		fail("%s: %q is not a size", what, lines[1])
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		fail("%s: %v", what, err)
	}
	return tlog.Tree{N: size, Hash: root}
}

// The clear part of a leaf.
type leaf struct {
	Seq         *int64 `json:"seq"`
	Offboarding *int64 `json:"ob"`
	Payload     string `json:"payload"`
	Subject     string `json:"subj"`
}

func parse(name string, data []byte, seq int64) leaf {
	var found leaf
	if err := json.Unmarshal(data, &found); err != nil {
		fail("%s: %v", name, err)
	}
	if found.Seq == nil || *found.Seq != seq {
		fail("%s: this is not event %d", name, seq)
	}
	return found
}

// The hash tiles of a log of so many entries.
func allTiles(size int64) []tlog.Tile {
	var tiles []tlog.Tile
	for level := 0; size > 0; level, size = level+1, size>>height {
		for n := int64(0); n<<height < size; n++ {
			width := size - n<<height
			if width > 1<<height {
				width = 1 << height
			}
			tiles = append(tiles, tlog.Tile{H: height, L: level, N: n, W: int(width)})
		}
	}
	return tiles
}

// Every file of the log, and no other.
func whole(head, prev tlog.Tree, prevKept bool) {
	expected := map[string]bool{}
	var hashes []tlog.Hash
	stored := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			if index < 0 || index >= int64(len(hashes)) {
				return nil, fmt.Errorf("hash %d is not in the tree", index)
			}
			out[i] = hashes[index]
		}
		return out, nil
	})
	tiles := allTiles(head.N)
	for _, tile := range tiles {
		if tile.L != 0 {
			continue
		}
		bundle := tile
		bundle.L = -1
		path := strings.Replace(bundle.Path(), "tile/8/data/", "tile/entries/", 1)
		expected[path] = true
		data := read(path)
		for i := 0; i < tile.W; i++ {
			seq := tile.N<<height + int64(i)
			if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
				fail("%s: ends before event %d", path, seq)
			}
			length := int(binary.BigEndian.Uint16(data))
			entry := data[2 : 2+length]
			data = data[2+length:]
			parse(path, entry, seq)
			more, err := tlog.StoredHashes(seq, entry, stored)
			if err != nil {
				fail("event %d: %v", seq, err)
			}
			hashes = append(hashes, more...)
		}
		if len(data) > 0 {
			fail("%s: has more than %d entries", path, tile.W)
		}
	}
	root, err := tlog.TreeHash(head.N, stored)
	if err != nil || root != head.Hash {
		fail("the root of the entries is %v, the checkpoint signs %v", root, head.Hash)
	}
	fmt.Printf("ok: the root recomputed from %d entries is the one that is signed\n", head.N)

	for _, tile := range tiles {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		expected[path] = true
		data, err := tlog.ReadTileData(tile, stored)
		if err != nil || !bytes.Equal(data, read(path)) {
			fail("%s: its hashes are not those of the entries", path)
		}
	}
	err = filepath.WalkDir("tile", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !expected[filepath.ToSlash(path)] {
			fail("%s: does not belong to a log of %d entries", path, head.N)
		}
		return err
	})
	if err != nil {
		fail("%v", err)
	}
	fmt.Printf("ok: all %d tiles hold the hashes of these entries\n", len(tiles))

	step := 1 + head.N/4096
	for n := int64(0); n < head.N; n += step {
		proof, err := tlog.ProveRecord(head.N, n, stored)
		if err == nil {
			err = tlog.CheckRecord(proof, head.N, head.Hash, n, hashes[tlog.StoredHashIndex(0, n)])
		}
		if err != nil {
			fail("event %d: %v", n, err)
		}
	}
	fmt.Println("ok: proofs of inclusion hold, for every entry or for some 4096 evenly taken")

	if prevKept {
		if prev.N > head.N {
			fail("the earlier checkpoint is over %d events, the last one over %d: events are gone", prev.N, head.N)
		}
		var proof tlog.TreeProof
		if prev.N > 0 {
			if proof, err = tlog.ProveTree(head.N, prev.N, stored); err != nil {
				fail("consistency: %v", err)
			}
		}
		consistent(proof, head, prev)
	}
}

func consistent(proof tlog.TreeProof, head, prev tlog.Tree) {
	empty := sha256.Sum256(nil)
	if prev.N == 0 && prev.Hash == tlog.Hash(empty) && len(proof) == 0 {
		fmt.Println("ok: an earlier checkpoint over nothing says nothing")
		return
	}
	if err := tlog.CheckTree(proof, head.N, head.Hash, prev.N, prev.Hash); err != nil {
		fail("the log does not go on from the earlier checkpoint over %d events: %v", prev.N, err)
	}
	fmt.Printf("ok: the log goes on from the earlier checkpoint over %d events\n", prev.N)
}

func base64Hashes(what string, lines []string) []tlog.Hash {
	var out []tlog.Hash
	for _, line := range lines {
		data, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(data) != tlog.HashSize {
			fail("%s: %q is not a hash", what, line)
		}
		var hash tlog.Hash
		copy(hash[:], data)
		out = append(out, hash)
	}
	return out
}

// The numbers of the events that have a file in this folder.
func numbers(folder, ending string) map[int64]bool {
	out := map[int64]bool{}
	if !exists(folder) {
		return out
	}
	found, err := os.ReadDir(folder)
	if err != nil {
		fail("%v", err)
	}
	for _, file := range found {
		seq, err := strconv.ParseInt(strings.TrimSuffix(file.Name(), ending), 10, 64)
		if err != nil || file.Name() != strconv.FormatInt(seq, 10)+ending {
			fail("%s/%s: what is this?", folder, file.Name())
		}
		out[seq] = true
	}
	return out
}

func keyed(salt, data []byte) string {
	mac := hmac.New(sha256.New, salt)
	mac.Write(data)
	return hex.EncodeToString(mac.Sum(nil))
}

// One person's entries, each with its proof (C2SP tlog-proof) and with what it was made of.
func person(head tlog.Tree, key note.Verifier) {
	entries, proofs := numbers("entries", ".json"), numbers("proofs", ".tlog-proof")
	payloads := numbers("payloads", ".json")
	if len(entries) == 0 {
		fail("there are no entries")
	}
	for seq := range proofs {
		if !entries[seq] {
			fail("event %d has a proof, but its entry is gone", seq)
		}
	}
	for seq := range payloads {
		if !entries[seq] {
			fail("event %d has a payload, but its entry is gone", seq)
		}
	}
	erased := 0
	for seq := range entries {
		name := fmt.Sprintf("entries/%d.json", seq)
		entry := read(name)
		found := parse(name, entry, seq)

		name = fmt.Sprintf("proofs/%d.tlog-proof", seq)
		proof, tail, split := strings.Cut(string(read(name)), "\n\n")
		lines := strings.Split(proof, "\n")
		if !split || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" || lines[1] != fmt.Sprintf("index %d", seq) {
			fail("%s: not a proof of event %d", name, seq)
		}
		if tree := checkpoint(name, []byte(tail), key); tree != head {
			fail("%s: stands on another checkpoint", name)
		}
		hashes := base64Hashes(name, lines[2:])
		if err := tlog.CheckRecord(hashes, head.N, head.Hash, seq, tlog.RecordHash(entry)); err != nil {
			fail("event %d is not in the log: %v", seq, err)
		}

		if found.Offboarding == nil {
			fail("event %d is about nobody", seq)
		}
		salts := fmt.Sprintf("salts/ob-%d", *found.Offboarding)
		if !exists(salts) {
			if payloads[seq] {
				fail("event %d has a payload, but its salt is gone", seq)
			}
			erased++
			continue
		}
		salt, err := hex.DecodeString(strings.TrimSpace(string(read(salts))))
		if err != nil {
			fail("%s: %v", salts, err)
		}
		if keyed(salt, read(fmt.Sprintf("payloads/%d.json", seq))) != found.Payload {
			fail("payloads/%d.json is not what the entry was made of", seq)
		}
		if keyed(salt, read(fmt.Sprintf("persons/ob-%d", *found.Offboarding))) != found.Subject {
			fail("persons/ob-%d is not whom event %d is about", *found.Offboarding, seq)
		}
	}
	fmt.Printf("ok: %d entries are in the log, each under the checkpoint\n", len(entries))
	fmt.Printf("ok: %d payloads are what the entries were made of; %d are erased\n", len(entries)-erased, erased)
}

func main() {
	named := flag.String("key", "", "the verifier key that you noted yourself")
	kept := flag.String("prev", "", "a checkpoint that you kept, instead of checkpoint.prev")
	flag.Parse()
	if *named == "" {
		*named = strings.TrimSpace(string(read("log.vkey")))
		fmt.Println("note: the key is the export's own; name the one that you noted with -key")
	}
	key, err := note.NewVerifier(*named)
	if err != nil {
		fail("the key: %v", err)
	}
	head := checkpoint("checkpoint", read("checkpoint"), key)
	fmt.Printf("ok: %s signed a checkpoint over %d events\n", key.Name(), head.N)

	earlier := *kept
	if earlier == "" && exists("checkpoint.prev") {
		earlier = "checkpoint.prev"
	}
	var prev tlog.Tree
	if earlier != "" {
		prev = checkpoint(earlier, read(earlier), key)
	}
	if exists("tile") {
		whole(head, prev, earlier != "")
		return
	}
	person(head, key)
	if *kept != "" {
		fail("only an export of the whole log can be held against a checkpoint that you kept")
	}
	if earlier != "" {
		lines := strings.Fields(string(read("consistency")))
		consistent(base64Hashes("consistency", lines), head, prev)
	}
}
