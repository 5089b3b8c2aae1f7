// Trees, proofs and tiles for another reader.
package main

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
	treeSize   = 3000
	smallSize  = 24
)

// ---- trees ----

// A stored tree has every hash in the order of tlog.StoredHashIndex.
type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if x >= int64(len(s)) {
			return nil, errors.New("hash not in the tree")
		}
		hashes[i] = s[x]
	}
	return hashes, nil
}

// A vast tree is too large to be stored: one entry differs, all others are the same.
type vast struct {
	position    int64
	same, apart []byte
}

func (v vast) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	same, apart := []tlog.Hash{tlog.RecordHash(v.same)}, []tlog.Hash{tlog.RecordHash(v.apart)}
	for level := 0; level < 62; level++ {
		next := tlog.NodeHash(apart[level], same[level])
		if v.position>>level&1 == 1 {
			next = tlog.NodeHash(same[level], apart[level])
		}
		same, apart = append(same, tlog.NodeHash(same[level], same[level])), append(apart, next)
	}
	hashes := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		level, n := tlog.SplitStoredHashIndex(x)
		hashes[i] = same[level]
		if v.position>>level == n {
			hashes[i] = apart[level]
		}
	}
	return hashes, nil
}

func joined(hashes []tlog.Hash) string {
	var b strings.Builder
	for _, h := range hashes {
		b.WriteString(hex.EncodeToString(h[:]))
	}
	return b.String()
}

// ---- proofs ----

// A proof of either sort, with all that it is checked against. The index of a consistency is the older size.
type proof struct {
	consistency bool
	size, index int64
	entry       []byte
	old, root   tlog.Hash
	path        []tlog.Hash
}

func (p proof) check() string {
	var err error
	if p.consistency {
		err = tlog.CheckTree(p.path, p.size, p.root, p.index, p.old)
	} else {
		err = tlog.CheckRecord(p.path, p.size, p.root, p.index, tlog.RecordHash(p.entry))
	}
	if err != nil {
		return "no"
	}
	return "ok"
}

func (m *maker) putProof(p proof, how, sort string) {
	path := joined(p.path)
	c := testCase{Kind: "inclusion", How: how, Sort: sort, Right: "ok", Go: p.check(), Path: &path,
		Size: strconv.FormatInt(p.size, 10), Root: hex.EncodeToString(p.root[:])}
	if p.consistency {
		c.Kind = "consistency"
		c.Old, c.OldRoot = strconv.FormatInt(p.index, 10), hex.EncodeToString(p.old[:])
	} else {
		entry := hex.EncodeToString(p.entry)
		c.Index, c.Entry = strconv.FormatInt(p.index, 10), &entry
	}
	m.put(c)
}

func (m *maker) flippedHash(h tlog.Hash) (flipped tlog.Hash) {
	copy(flipped[:], flip(h[:], m.random.Intn(8*len(h))))
	return flipped
}

// pathChanges breaks the path in each way there is.
func (m *maker) pathChanges(p proof) {
	with := func(how string, path ...tlog.Hash) {
		changed := p
		changed.path = path
		m.putProof(changed, how, corrupt)
	}
	copied := func() []tlog.Hash { return append([]tlog.Hash(nil), p.path...) }
	var more tlog.Hash
	copy(more[:], m.bytes(len(more)))

	with("a hash too many at the end", append(copied(), more)...)
	with("a hash too many at the start", append([]tlog.Hash{more}, p.path...)...)
	if len(p.path) == 0 {
		return
	}
	i, j := m.random.Intn(len(p.path)), m.random.Intn(len(p.path))
	path := copied()
	path[i] = m.flippedHash(path[i])
	with("a bit of a hash", path...)
	with("the last hash missing", p.path[:len(p.path)-1]...)
	with("the first hash missing", p.path[1:]...)
	with("a hash twice", append(append(copied()[:i], p.path[i]), p.path[i:]...)...)
	if path = copied(); path[i] != path[j] {
		path[i], path[j] = path[j], path[i]
		with("two hashes swapped", path...)
	}
}

// proofs writes one proof and everything that is wrong with it. Sizes are not bound by a proof alone.
func (m *maker) proofs(p proof) {
	m.putProof(p, "a proof", good)
	m.pathChanges(p)
	change := func(how, sort string, do func(p *proof)) {
		changed := p
		do(&changed)
		m.putProof(changed, how, sort)
	}
	change("a bit of the root", corrupt, func(p *proof) { p.root = m.flippedHash(p.root) })
	for _, size := range []int64{p.size - 1, p.size + 1, p.size / 2, 2 * p.size, m.random.Int63n(2*p.size) + 1} {
		if size > 0 && size != p.size && size <= 1<<62 {
			change("another size", other, func(p *proof) { p.size = size })
		}
	}
	indexes := []int64{p.index - 1, p.index + 1, m.random.Int63n(p.size), p.size, p.size + 1}
	for _, index := range indexes {
		if p.consistency && index != p.index && index >= 0 {
			change("another older size", other, func(p *proof) { p.index = index })
		} else if index != p.index && index >= 0 {
			change("another index", corrupt, func(p *proof) { p.index = index })
		}
	}
	if p.consistency {
		change("a bit of the older root", corrupt, func(p *proof) { p.old = m.flippedHash(p.old) })
		if p.old != p.root {
			change("the roots swapped", corrupt, func(p *proof) { p.old, p.root = p.root, p.old })
		}
	} else {
		change("a bit of the entry, or one more", corrupt, func(p *proof) {
			p.entry = flip(append(p.entry[:len(p.entry):len(p.entry)], 0), m.random.Intn(8*len(p.entry)+8))
		})
		change("another entry", corrupt, func(p *proof) { p.entry = m.bytes(7) })
	}
}

func (m *maker) inclusion(r tlog.HashReader, size, index int64, entry []byte) {
	m.proofs(proof{size: size, index: index, entry: entry, root: must(tlog.TreeHash(size, r)),
		path: must(tlog.ProveRecord(size, index, r))})
}

func (m *maker) consistency(r tlog.HashReader, size, old int64) {
	m.proofs(proof{consistency: true, size: size, index: old, old: must(tlog.TreeHash(old, r)),
		root: must(tlog.TreeHash(size, r)), path: must(tlog.ProveTree(size, old, r))})
}

func (m *maker) smallProofs(r tlog.HashReader, entries [][]byte) {
	for size := int64(1); size <= smallSize; size++ {
		for n := int64(0); n < size; n++ {
			m.inclusion(r, size, n, entries[n])
			m.consistency(r, size, n+1)
		}
	}
	for i := 0; i < 150; i++ {
		size := smallSize + 1 + m.random.Int63n(treeSize-smallSize)
		n := m.random.Int63n(size)
		m.inclusion(r, size, n, entries[n])
		m.consistency(r, size, n+1)
	}
}

// largeProofs go up to 2^62 - 1 entries. At 2^62, the most that the other reader counts to, TreeHash does not end.
func (m *maker) largeProofs() {
	for i := 0; i < 60; i++ {
		size := int64(1)<<62 - 1 - int64(i%3)
		if i >= 6 {
			size = m.random.Int63n(int64(1)<<(12+uint(m.random.Intn(51)))) + 2
		}
		v := vast{m.random.Int63n(size), m.bytes(8), m.bytes(9)}
		if i%5 == 0 {
			v.position = size - 1
		}
		m.inclusion(v, size, v.position, v.apart)
		m.consistency(v, size, 1+m.random.Int63n(size))
	}
}

// nothing is the tree without entries: to RFC 6962 its root is SHA-256 of nothing, to this tlog there is none.
func (m *maker) nothing() {
	empty := "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	path, zeros := "", strings.Repeat("00", 32)
	c := testCase{Kind: "consistency", How: "no entries", Sort: other, Path: &path, Size: "0", Old: "0"}
	check := func(oldRoot, root, why string) {
		c.OldRoot, c.Root, c.Go, c.Why = oldRoot, root, "no", why
		if tlog.CheckTree(nil, 0, tlog.Hash{}, 0, tlog.Hash{}) == nil {
			c.Go = "ok"
		}
		m.put(c)
	}
	check(empty, empty, "an empty tree")
	check(zeros, zeros, "")
	c.Size, c.Go, c.Why = "1", "no", ""
	m.put(c)
}

// ---- tiles ----

type jsonTile struct {
	Path string `json:"path"`
	Data string `json:"data"`
}

type jsonPath struct {
	Index string `json:"index,omitempty"`
	Old   string `json:"old,omitempty"`
	Path  string `json:"path"`
}

// served is a set of tiles by path.
type served struct {
	order []string
	data  map[string][]byte
}

func (s served) Height() int { return tileHeight }

func (s served) ReadTiles(tiles []tlog.Tile) (data [][]byte, err error) {
	for _, t := range tiles {
		d, ok := s.data[t.Path()]
		if !ok {
			return nil, errors.New("there is no such tile")
		}
		data = append(data, d)
	}
	return data, nil
}

func (s served) SaveTiles([]tlog.Tile, [][]byte) {}

// tilesOf are the tiles of a tree, at the widths they have in it, as tlog makes them.
func tilesOf(r tlog.HashReader, size int64) served {
	s := served{data: map[string][]byte{}}
	for _, t := range tlog.NewTiles(tileHeight, 0, size) {
		hashes := size >> (tileHeight * t.L)
		if t.W == tileWidth || t.N == hashes/tileWidth && int64(t.W) == hashes%tileWidth {
			s.order = append(s.order, t.Path())
			s.data[t.Path()] = must(tlog.ReadTileData(t, r))
		}
	}
	return s
}

// check is Go's verdict: every leaf is read and authenticated. TileHashReader takes some tiles unchecked: it passes
// over as many as the tree has full subtrees, which may be more than the tiles that those lie in.
func (s served) check(tree tlog.Tree) (verdict, why string) {
	for path, data := range s.data {
		if t, err := tlog.ParseTilePath(path); err != nil || len(data) != t.W*tlog.HashSize {
			return "no", ""
		}
	}
	indexes := make([]int64, tree.N)
	for i := range indexes {
		indexes[i] = tlog.StoredHashIndex(0, int64(i))
	}
	leaves, err := tlog.TileHashReader(tree, s).ReadHashes(indexes)
	if err != nil {
		return "no", ""
	}
	var rebuilt stored
	for i, leaf := range leaves {
		rebuilt = append(rebuilt, must(tlog.StoredHashesForRecordHash(int64(i), leaf, rebuilt))...)
	}
	if must(tlog.TreeHash(tree.N, rebuilt)) != tree.Hash {
		why = "a tile that this tlog does not check"
	}
	return "ok", why
}

// pathOf is a tile's path to the other reader, for whom all tiles have one height.
func pathOf(path string) string {
	return strings.Replace(path, "tile/8/", "tile/", 1)
}

func (m *maker) putTiles(s served, tree tlog.Tree, how, sort string, more testCase) {
	c := more
	c.Kind, c.How, c.Sort, c.Right = "tiles", how, sort, "ok"
	c.Go, c.Why = s.check(tree)
	c.Size, c.Root = strconv.FormatInt(tree.N, 10), hex.EncodeToString(tree.Hash[:])
	for _, path := range s.order {
		name := hex.EncodeToString([]byte(pathOf(path)))
		c.Tiles = append(c.Tiles, jsonTile{name, hex.EncodeToString(s.data[path])})
	}
	m.put(c)
}

func (m *maker) breakTiles(s served, tree tlog.Tree) {
	change := func(how string, do func(order *[]string, data map[string][]byte)) {
		order, data := append([]string(nil), s.order...), map[string][]byte{}
		for path, d := range s.data {
			data[path] = d
		}
		do(&order, data)
		m.putTiles(served{order, data}, tree, how, corrupt, testCase{})
	}
	any := func() string { return s.order[m.random.Intn(len(s.order))] }

	for i := 0; i < 6; i++ {
		path := any()
		change("a bit of a tile", func(_ *[]string, data map[string][]byte) {
			data[path] = flip(data[path], m.random.Intn(8*len(data[path])))
		})
	}
	last := s.order[len(s.order)-1]
	for _, path := range []string{any(), last} {
		change("a tile cut short", func(_ *[]string, data map[string][]byte) {
			data[path] = data[path][:len(data[path])-1-m.random.Intn(40)%len(data[path])]
		})
		change("a tile too long", func(_ *[]string, data map[string][]byte) {
			data[path] = append(append([]byte(nil), data[path]...), m.bytes(tlog.HashSize)...)
		})
	}
	gone := m.random.Intn(len(s.order))
	change("a tile missing", func(order *[]string, data map[string][]byte) {
		delete(data, (*order)[gone])
		*order = append((*order)[:gone], (*order)[gone+1:]...)
	})
	if first, second := any(), any(); first != second && !bytes.Equal(s.data[first], s.data[second]) {
		change("two tiles swapped", func(_ *[]string, data map[string][]byte) {
			data[first], data[second] = data[second], data[first]
		})
	}
	m.putTiles(s, tlog.Tree{N: tree.N, Hash: m.flippedHash(tree.Hash)}, "a bit of the root", corrupt, testCase{})
	for _, size := range []int64{tree.N - 1, tree.N + 1, tree.N + tileWidth} {
		if size > 0 {
			m.putTiles(s, tlog.Tree{N: size, Hash: tree.Hash}, "another size", corrupt, testCase{})
		}
	}
}

func (m *maker) tiles(r tlog.HashReader) {
	for _, size := range []int64{1, 2, 3, 8, 31, 255, 256, 257, 511, 512, 513, 700, 1024, 2047, treeSize} {
		s := tilesOf(r, size)
		tree := tlog.Tree{N: size, Hash: must(tlog.TreeHash(size, r))}
		var with testCase
		for i := 0; i < 12; i++ {
			n := m.random.Int63n(size)
			text := func(n int64) string { return strconv.FormatInt(n, 10) }
			record := must(tlog.ProveRecord(size, n, tlog.TileHashReader(tree, s)))
			with.Inclusions = append(with.Inclusions, jsonPath{Index: text(n), Path: joined(record)})
			older := must(tlog.ProveTree(size, n+1, tlog.TileHashReader(tree, s)))
			with.Consistencies = append(with.Consistencies, jsonPath{Old: text(n + 1), Path: joined(older)})
		}
		m.putTiles(s, tree, "tiles", good, with)
		m.breakTiles(s, tree)
	}
}

// ---- paths of tiles ----

// whyNotTile is what another reader has against a tile that Go takes.
func whyNotTile(t tlog.Tile) string {
	if t.L > 7 {
		return "a level above 7"
	}
	hashes := int64(1) << (62 - tileHeight*t.L)
	if t.N > hashes/tileWidth || t.N == hashes/tileWidth && int64(t.W) > hashes%tileWidth {
		return "a tile of no tree up to 2^62"
	}
	return ""
}

func (m *maker) putPath(how, sort, right, path string) {
	c := testCase{Kind: "path", How: how, Sort: sort, Right: right, Go: "no", Bytes: inHex([]byte(path))}
	t, err := tlog.ParseTilePath(strings.Replace(path, "tile/", "tile/8/", 1))
	if err == nil && strings.HasPrefix(path, "tile/") {
		c.Go = fmt.Sprintf("ok %d %d %d", t.L, t.N, t.W)
		c.Why = whyNotTile(t)
	}
	m.put(c)
}

func (m *maker) paths() {
	for i := 0; i < 120; i++ {
		t := tlog.Tile{H: tileHeight, L: m.random.Intn(8), W: 1 + m.random.Intn(tileWidth)}
		if i%4 == 0 {
			t.W = tileWidth
		}
		if t.L == 7 {
			t.W = 1 + m.random.Intn(64)
		} else {
			t.N = m.random.Int63n(int64(1) << (54 - tileHeight*t.L)) // so many full tiles there are
		}
		if i%2 == 0 {
			t.N %= 2000
		}
		path := pathOf(t.Path())
		right := fmt.Sprintf("ok %d %d %d", t.L, t.N, t.W)
		m.putPath("a path", good, right, path)
		for _, bit := range m.bits(len(path), 60) {
			m.putPath("a bit of a path", corrupt, right, string(flip([]byte(path), bit)))
		}
		for cut := range path {
			m.putPath("a path cut short", corrupt, right, path[:cut])
		}
	}
	for _, path := range []string{"tile/0/x000/001", "tile/0/001/002", "tile/0/1", "tile/0/0001", "tile/0/x1/002",
		"tile/00/000", "tile/0/000.p/0", "tile/0/000.p/01", "tile/0/000.p/256", "tile/0/000.p/255", "tile/0/000.p/",
		"tile/0/000.p", "tile/-1/000", "tile/+1/000", "tile/0/000/", "tile/0//000", "/tile/0/000", "tile/0/000.p/-1",
		"tile/0/x001/x000", "tile/0/1000", "tile/8/000", "tile/63/000", "tile/64/000", "tile/7/000.p/64",
		"tile/7/000.p/65", "tile/7/000", "tile/7/001.p/1", "tile/0/x018/x014/x398/x509/x481/983",
		"tile/0/x018/x014/x398/x509/x481/984.p/1", "tile/0/x018/x014/x398/x509/x481/984",
		"tile/0/x009/x223/x372/x036/x854/x775/807", "tile/0/x009/x223/x372/x036/x854/x775/808"} {
		m.putPath("an odd path", other, "", path)
	}
}

// ---- all of them ----

// roots is every root of the tree; another entry changes them.
func (m *maker) roots(r tlog.HashReader, entries [][]byte) {
	c := testCase{Kind: "tree", How: "a tree", Sort: good, Right: "ok", Go: "ok"}
	var roots []tlog.Hash
	for i, entry := range entries {
		c.Entries = append(c.Entries, hex.EncodeToString(entry))
		roots = append(roots, must(tlog.TreeHash(int64(i+1), r)))
	}
	c.Roots = joined(roots)
	m.put(c)
	c.How, c.Sort, c.Go = "another entry", corrupt, "no" // TreeHash has no check of its own
	for i := 0; i < 3; i++ {
		at := m.random.Intn(len(entries))
		kept := c.Entries[at]
		c.Entries[at] = hex.EncodeToString(m.bytes(7))
		m.put(c)
		c.Entries[at] = kept
	}
}

func (m *maker) trees(keys []key) {
	var hashes stored
	var entries [][]byte
	for i := int64(0); i < treeSize; i++ {
		entries = append(entries, m.bytes(8+m.random.Intn(80))) // no two are the same
		if i == 5 {
			entries[i] = nil
		}
		hashes = append(hashes, must(tlog.StoredHashes(i, entries[i], hashes))...)
	}
	for size := int64(0); size <= 40; size++ {
		m.checkpoint("log.example/2026", tlog.Tree{N: size, Hash: must(tlog.TreeHash(size, hashes))}, keys)
	}
	for _, size := range []int64{1000, 2999, 1 << 20, 1<<40 + 7, 1<<62 - 1} {
		var root tlog.Hash
		copy(root[:], m.bytes(len(root)))
		m.checkpoint("go.sum database tree", tlog.Tree{N: size, Hash: root}, keys)
	}
	m.roots(hashes, entries)
	m.smallProofs(hashes, entries)
	m.largeProofs()
	m.nothing()
	m.tiles(hashes)
	m.paths()
}
