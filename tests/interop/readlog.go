// Readlog reads a served log over HTTP and checks it with Go's sumdb/note and sumdb/tlog, which share no line
// of code with the log. What it knows of the log is one key and the paths of c2sp.org/tlog-tiles.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
)

// errNoAnswer is any failure to get a whole answer with status 200: nothing was read, so nothing was refused.
var errNoAnswer = errors.New("no answer")

// A servedLog is one reader's view of a log: what it fetched and found to be right.
type servedLog struct {
	url      string
	client   *http.Client
	verifier note.Verifier
	reads    int

	tree       tlog.Tree
	entries    [][]byte             // 32 bytes each: the ids of the statements
	statements map[string][]byte    // bundle path -> the newest bundle, checked
	tiles      map[tlog.Tile][]byte // those that tlog authenticated
	rebuilt    memory               // every hash of the tree, from the entries alone
}

func newServedLog(url string, verifier note.Verifier, transport http.RoundTripper) *servedLog {
	return &servedLog{
		url:      strings.TrimSuffix(url, "/"),
		client:   &http.Client{Transport: transport, Timeout: 20 * time.Second},
		verifier: verifier,
		tiles:    map[tlog.Tile][]byte{},
	}
}

func (l *servedLog) get(path string) ([]byte, error) {
	l.reads++
	answer, err := l.client.Get(l.url + "/" + path)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", errNoAnswer, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: %s: %s %v", errNoAnswer, path, answer.Status, err)
	}
	return body, nil
}

// ---- the checkpoint ----

// strictBase64 refuses a second spelling of the same bytes; note and tlog take any.
func strictBase64(text string) ([]byte, error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err == nil && base64.StdEncoding.EncodeToString(raw) != text {
		err = errors.New("base64 with a line break in it")
	}
	return raw, err
}

func parseHash(text string) (tlog.Hash, error) {
	var h tlog.Hash
	raw, err := strictBase64(text)
	if err == nil && len(raw) != len(h) {
		err = fmt.Errorf("not a hash: %q", text)
	}
	copy(h[:], raw)
	return h, err
}

func parseNumber(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err == nil && (n < 0 || strconv.FormatInt(n, 10) != text) {
		err = fmt.Errorf("not a number: %q", text)
	}
	return n, err
}

// openCheckpoint takes a note of the log's signature alone: what is not signed must not be there. ParseTree of
// tlog wants another first line, so the three lines are read here.
func openCheckpoint(msg []byte, verifier note.Verifier) (tlog.Tree, error) {
	var tree tlog.Tree
	n, err := note.Open(msg, note.VerifierList(verifier))
	if err != nil {
		return tree, err
	}
	line := "— " + n.Sigs[0].Name + " " + n.Sigs[0].Base64 + "\n"
	if string(msg) != n.Text+"\n"+line {
		return tree, errors.New("the checkpoint has more than the log's signature")
	}
	if _, err := strictBase64(n.Sigs[0].Base64); err != nil {
		return tree, err
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() || lines[3] != "" {
		return tree, fmt.Errorf("not origin, size and root: %q", n.Text)
	}
	if tree.N, err = parseNumber(lines[1]); err != nil {
		return tree, err
	}
	tree.Hash, err = parseHash(lines[2])
	return tree, err
}

// ---- tiles ----

// tilePath is the log's path of a tile: tlog's own, which begins with the height, with `kind` for its level.
func tilePath(kind string, t tlog.Tile) string {
	return "tile/" + kind + strings.TrimPrefix(t.Path(), fmt.Sprintf("tile/%d/%d", t.H, t.L))
}

func (l *servedLog) Height() int { return tileHeight }

func (l *servedLog) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, t := range tiles {
		known, ok := l.tiles[t]
		if !ok {
			body, err := l.get(tilePath(strconv.Itoa(t.L), t))
			if err != nil {
				return nil, err
			}
			known = body
		}
		data[i] = known
	}
	return data, nil
}

func (l *servedLog) SaveTiles(tiles []tlog.Tile, data [][]byte) {
	for i, t := range tiles {
		l.tiles[t] = data[i]
	}
}

// bundleOf is the bundle `n` of a log of `size` entries.
func bundleOf(n, size int64) tlog.Tile {
	width := size - n*tileWidth
	if width > tileWidth {
		width = tileWidth
	}
	return tlog.Tile{H: tileHeight, L: 0, N: n, W: int(width)}
}

// bundle splits a bundle into its items: u16 length and bytes, one after another, exactly as many as its path says.
func (l *servedLog) bundle(kind string, t tlog.Tile) ([][]byte, error) {
	path := tilePath(kind, t)
	rest, err := l.get(path)
	if err != nil {
		return nil, err
	}
	items := make([][]byte, 0, t.W)
	for len(rest) > 0 {
		if len(rest) < 2 || len(rest)-2 < int(binary.BigEndian.Uint16(rest)) {
			return nil, fmt.Errorf("%s is cut short", path)
		}
		end := 2 + int(binary.BigEndian.Uint16(rest))
		items = append(items, rest[2:end])
		rest = rest[end:]
	}
	if len(items) != t.W {
		return nil, fmt.Errorf("%s has %d items", path, len(items))
	}
	return items, nil
}

// memory holds every hash of a tree, in the order of tlog.StoredHashIndex.
type memory []tlog.Hash

func (m memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if x >= int64(len(m)) {
			return nil, errors.New("hash not in the tree")
		}
		hashes[i] = m[x]
	}
	return hashes, nil
}

func (m *memory) add(entry []byte, position int64) error {
	hashes, err := tlog.StoredHashes(position, entry, m)
	*m = append(*m, hashes...)
	return err
}

// ---- the newest tree ----

// readTree reads and checks the checkpoint, every tile, every entry and every statement.
func (l *servedLog) readTree() error {
	msg, err := l.get("checkpoint")
	if err != nil {
		return err
	}
	if l.tree, err = openCheckpoint(msg, l.verifier); err != nil {
		return err
	}
	if err := l.readEntries(l.tree.N); err != nil {
		return err
	}
	if err := l.checkTiles(l.tree); err != nil {
		return err
	}
	return l.readStatements(l.tree.N)
}

// readEntries rebuilds the tree from the entries alone.
func (l *servedLog) readEntries(size int64) error {
	for n := int64(0); n*tileWidth < size; n++ {
		items, err := l.bundle("entries", bundleOf(n, size))
		if err != nil {
			return err
		}
		for _, entry := range items {
			if len(entry) != sha256.Size {
				return fmt.Errorf("entry %d has %d bytes", len(l.entries), len(entry))
			}
			if err := l.rebuilt.add(entry, int64(len(l.entries))); err != nil {
				return err
			}
			l.entries = append(l.entries, entry)
		}
	}
	root, err := tlog.TreeHash(size, l.rebuilt)
	if err == nil && root != l.tree.Hash {
		err = errors.New("the entries do not make the checkpoint's root")
	}
	return err
}

// checkTiles reads every tile of the tree, at the width it had then; tlog authenticates each up to the root. Then
// every leaf is compared with its entry.
func (l *servedLog) checkTiles(tree tlog.Tree) error {
	indexes := make([]int64, tree.N)
	for i := range indexes {
		indexes[i] = tlog.StoredHashIndex(0, int64(i))
	}
	hashes, err := tlog.TileHashReader(tree, l).ReadHashes(indexes)
	if err != nil {
		return err
	}
	for i, h := range hashes {
		if h != tlog.RecordHash(l.entries[i]) {
			return fmt.Errorf("entry %d is not in its tile", i)
		}
	}
	return nil
}

// readStatementBundle checks that each statement of a bundle hashes to the entry at its position.
func (l *servedLog) readStatementBundle(n, size int64) error {
	items, err := l.bundle("statements", bundleOf(n, size))
	for i, statement := range items {
		id := sha256.Sum256(statement)
		if position := n*tileWidth + int64(i); !bytes.Equal(id[:], l.entries[position]) {
			return fmt.Errorf("statement %d does not hash to its entry", position)
		}
	}
	return err
}

func (l *servedLog) readStatements(size int64) error {
	for n := int64(0); n*tileWidth < size; n++ {
		if err := l.readStatementBundle(n, size); err != nil {
			return err
		}
	}
	return nil
}

// ---- inclusion ----

// jsonProof is what /proof/inclusion and /proof/consistency answer.
type jsonProof struct {
	Index, Size, Old, New int64
	Root                  string
	Path                  []string
}

func (l *servedLog) jsonProof(path string) (p jsonProof, hashes []tlog.Hash, err error) {
	body, err := l.get(path)
	if err != nil {
		return p, nil, err
	}
	if err := json.Unmarshal(body, &p); err != nil {
		return p, nil, err
	}
	for _, text := range p.Path {
		var h tlog.Hash
		raw, err := hex.DecodeString(text)
		if err != nil || len(raw) != len(h) {
			return p, nil, fmt.Errorf("%s: not a hash: %q", path, text)
		}
		copy(h[:], raw)
		hashes = append(hashes, h)
	}
	return p, hashes, nil
}

// checkInclusion proves one entry from the tiles, then takes the log's own proof of it; the two must be one.
func (l *servedLog) checkInclusion(position int64) error {
	leaf := tlog.RecordHash(l.entries[position])
	own, err := tlog.ProveRecord(l.tree.N, position, tlog.TileHashReader(l.tree, l))
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(own, l.tree.N, l.tree.Hash, position, leaf); err != nil {
		return err
	}
	said, hashes, err := l.jsonProof("proof/inclusion?id=" + hex.EncodeToString(l.entries[position]))
	if err != nil {
		return err
	}
	if said.Index != position || said.Size != l.tree.N || said.Root != hex.EncodeToString(l.tree.Hash[:]) {
		return fmt.Errorf("the log's proof of entry %d is about something else", position)
	}
	return tlog.CheckRecord(hashes, l.tree.N, l.tree.Hash, position, leaf)
}

// checkTlogProof takes the C2SP proof of one entry: its text is spelled again and must be the same.
func (l *servedLog) checkTlogProof(position int64) error {
	msg, err := l.get("evidence/" + hex.EncodeToString(l.entries[position]) + ".tlog-proof")
	if err != nil {
		return err
	}
	head, checkpoint, _ := strings.Cut(string(msg), "\n\n")
	lines := strings.Split(head, "\n")
	if len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" || lines[1] != fmt.Sprintf("index %d", position) {
		return errors.New("not a tlog-proof of this entry")
	}
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		h, err := parseHash(line)
		if err != nil {
			return err
		}
		proof = append(proof, h)
	}
	tree, err := openCheckpoint([]byte(checkpoint), l.verifier)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, position, tlog.RecordHash(l.entries[position]))
}

// ---- what the log was ----

// checkOld reads the log as it was at `size`: every tile and bundle at the width it had then.
func (l *servedLog) checkOld(size int64) error {
	root, err := tlog.TreeHash(size, l.rebuilt)
	if err != nil {
		return err
	}
	if err := l.checkTiles(tlog.Tree{N: size, Hash: root}); err != nil {
		return err
	}
	if size%tileWidth == 0 {
		return nil
	}
	last := size / tileWidth
	items, err := l.bundle("entries", bundleOf(last, size))
	if err != nil {
		return err
	}
	for i, entry := range items {
		if !bytes.Equal(entry, l.entries[last*tileWidth+int64(i)]) {
			return fmt.Errorf("entry %d changed", last*tileWidth+int64(i))
		}
	}
	return l.readStatementBundle(last, size)
}

// checkConsistency proves from the tiles that the tree of `size` is the beginning of the newest; then takes the
// log's own proof of it.
func (l *servedLog) checkConsistency(size int64) error {
	root, err := tlog.TreeHash(size, l.rebuilt)
	if err != nil {
		return err
	}
	own, err := tlog.ProveTree(l.tree.N, size, tlog.TileHashReader(l.tree, l))
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(own, l.tree.N, l.tree.Hash, size, root); err != nil {
		return err
	}
	said, hashes, err := l.jsonProof(fmt.Sprintf("proof/consistency?old=%d&new=%d", size, l.tree.N))
	if err != nil {
		return err
	}
	if said.Old != size || said.New != l.tree.N {
		return fmt.Errorf("the log's proof from %d on is about something else", size)
	}
	return tlog.CheckTree(hashes, l.tree.N, l.tree.Hash, size, root)
}

// keep stores the checkpoint in a folder, after the ones kept there earlier were found to be its beginning.
func (l *servedLog) keep(folder string) (int, error) {
	earlier, err := filepath.Glob(filepath.Join(folder, "checkpoint.*"))
	if err != nil {
		return 0, err
	}
	for _, file := range earlier {
		msg, err := os.ReadFile(file)
		if err != nil {
			return 0, err
		}
		old, err := openCheckpoint(msg, l.verifier)
		if err != nil {
			return 0, err
		}
		proof, err := tlog.ProveTree(l.tree.N, old.N, tlog.TileHashReader(l.tree, l))
		if err != nil {
			return 0, err
		}
		if err := tlog.CheckTree(proof, l.tree.N, l.tree.Hash, old.N, old.Hash); err != nil {
			return 0, err
		}
	}
	msg, err := l.get("checkpoint")
	if err != nil {
		return 0, err
	}
	name := filepath.Join(folder, fmt.Sprintf("checkpoint.%d", l.tree.N))
	return len(earlier), os.WriteFile(name, msg, 0o600)
}

// readAll reads everything there is, at every size there was.
func (l *servedLog) readAll() error {
	if err := l.readTree(); err != nil {
		return err
	}
	for i := int64(0); i < l.tree.N; i++ {
		if err := l.checkInclusion(i); err != nil {
			return err
		}
		if err := l.checkTlogProof(i); err != nil {
			return err
		}
	}
	for size := int64(1); size < l.tree.N; size++ {
		if err := l.checkConsistency(size); err != nil {
			return err
		}
		if err := l.checkOld(size); err != nil {
			return err
		}
	}
	return nil
}

func run(url, vkey, folder string, size int64, flips bool) error {
	start := time.Now()
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	l := newServedLog(url, verifier, http.DefaultTransport)
	if err := l.readAll(); err != nil {
		return err
	}
	if l.tree.N != size {
		return fmt.Errorf("the checkpoint is of size %d", l.tree.N)
	}
	kept, err := l.keep(folder)
	if err != nil {
		return err
	}
	fmt.Printf("size %d: entries, statements, inclusion and consistency at every size, %d earlier checkpoints; "+
		"%d reads, %.1f s\n", size, kept, l.reads, time.Since(start).Seconds())
	if !flips {
		return nil
	}
	start = time.Now()
	done, err := flipAll(url, verifier)
	fmt.Printf("size %d: refused %s; %.1f s\n", size, done, time.Since(start).Seconds())
	return err
}

func main() {
	size := flag.Int64("size", 0, "the size the log must have")
	keep := flag.String("keep", "", "folder of this log's earlier checkpoints")
	flips := flag.Bool("flip", false, "flip bits of the answers; each must be refused")
	flag.Parse()
	if flag.NArg() != 2 || *keep == "" {
		fmt.Fprintln(os.Stderr, "usage: readlog -size N -keep DIR [-flip] URL VKEY")
		os.Exit(2)
	}
	if err := run(flag.Arg(0), flag.Arg(1), *keep, *size, *flips); err != nil {
		fmt.Fprintf(os.Stderr, "readlog: size %d: %v\n", *size, err)
		os.Exit(1)
	}
}
