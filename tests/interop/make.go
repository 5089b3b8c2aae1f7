// Make writes cases for another reader: what sumdb/note and sumdb/tlog make, and corruptions of it, one case a line
// of JSON, with what they themselves say of it. Notes, verifier keys and checkpoints here; trees in make_tree.go.
package main

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"math/big"
	"math/rand"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	good    = "good"    // both say Right
	corrupt = "corrupt" // neither says Right
	other   = "other"   // both say the same, whatever it is
)

// A testCase is a line. Verdicts are "no", or "ok" and what was read. Why names what the other reader refuses
// beyond what Go does, or lets through beyond it; then, and only then, the two differ.
type testCase struct {
	Kind  string `json:"kind"`
	How   string `json:"how"`
	Sort  string `json:"sort"`
	Right string `json:"right,omitempty"`
	Go    string `json:"go"`
	Why   string `json:"why,omitempty"`

	Bytes *string  `json:"bytes,omitempty"`
	Keys  []string `json:"keys,omitempty"`

	Size          string     `json:"size,omitempty"`
	Old           string     `json:"old,omitempty"`
	Index         string     `json:"index,omitempty"`
	Entry         *string    `json:"entry,omitempty"`
	Path          *string    `json:"path,omitempty"`
	Root          string     `json:"root,omitempty"`
	OldRoot       string     `json:"oldRoot,omitempty"`
	Entries       []string   `json:"entries,omitempty"`
	Roots         string     `json:"roots,omitempty"`
	Tiles         []jsonTile `json:"tiles,omitempty"`
	Inclusions    []jsonPath `json:"inclusions,omitempty"`
	Consistencies []jsonPath `json:"consistencies,omitempty"`
}

// A maker draws the cases from one seed and writes them.
type maker struct {
	random *rand.Rand
	lines  *json.Encoder
}

func (m *maker) put(c testCase) {
	if err := m.lines.Encode(c); err != nil {
		panic(err)
	}
}

// inHex is never left out, empty or not.
func inHex(b []byte) *string {
	text := hex.EncodeToString(b)
	return &text
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func (m *maker) bytes(n int) []byte {
	b := make([]byte, n)
	m.random.Read(b)
	return b
}

func flip(b []byte, bit int) []byte {
	b = append([]byte(nil), b...)
	b[bit/8] ^= 1 << (bit % 8)
	return b
}

// bits are all bits of n bytes, or `most` of them.
func (m *maker) bits(n, most int) []int {
	bits := m.random.Perm(8 * n)
	if most > 0 && most < len(bits) {
		bits = bits[:most]
	}
	return bits
}

// ---- keys ----

type key struct {
	name   string
	vkey   string
	signer note.Signer
	seed   []byte
}

func (m *maker) key(name string) key {
	skey, vkey, err := note.GenerateKey(m.random, name)
	if err != nil {
		panic(err)
	}
	seed := must(base64.StdEncoding.DecodeString(strings.SplitN(skey, "+", 5)[4]))
	return key{name, vkey, must(note.NewSigner(skey)), seed[1:]}
}

// publicOf is the public key in a verifier key.
func publicOf(k key) []byte {
	return ed25519.NewKeyFromSeed(k.seed)[32:]
}

func keyHash(name string, keyBytes []byte) uint32 {
	h := sha256.Sum256(append([]byte(name+"\n"), keyBytes...))
	return binary.BigEndian.Uint32(h[:])
}

// spellKey is a verifier key of any type and name, which NewVerifier may well refuse.
func spellKey(name string, keyBytes []byte) string {
	return fmt.Sprintf("%s+%08x+%s", name, keyHash(name, keyBytes), base64.StdEncoding.EncodeToString(keyBytes))
}

func hasControl(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 }) >= 0
}

func canonical(b64 string) bool {
	raw, err := base64.StdEncoding.Strict().DecodeString(b64)
	return err == nil && base64.StdEncoding.EncodeToString(raw) == b64
}

// whyNotKey is what another reader has against a key that Go takes.
func whyNotKey(vkey string) string {
	parts := strings.SplitN(vkey, "+", 3)
	switch {
	case parts[1] != strings.ToLower(parts[1]):
		return "upper-case hash"
	case !canonical(parts[2]):
		return "base64 in another spelling"
	case hasControl(parts[0]):
		return "control character in a key name"
	case len(parts[0]) > 255:
		return "key name above 255 bytes"
	}
	return ""
}

func (m *maker) putKey(how, sort, vkey, why string) {
	c := testCase{Kind: "vkey", How: how, Sort: sort, Right: "ok", Go: "no", Why: why, Bytes: inHex([]byte(vkey))}
	if _, err := note.NewVerifier(vkey); err == nil {
		c.Go = "ok"
		if why == "" {
			c.Why = whyNotKey(vkey)
		}
	}
	m.put(c)
}

// Keys of small order and keys with torsion in them, some in a second spelling: Go takes any 32 bytes.
var weakKeys = []string{
	"0100000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000080",
	"0000000000000000000000000000000000000000000000000000000000000000",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"fe894df18abf1c20088bfbe6c9ad45d42ec20663eaf7111eaea1d851da0d7f89",
	"6718d0a3d58deaeaefa655eae3f119071deaa2cfebfd0ca28b670f879d657086",
	"0200000000000000000000000000000000000000000000000000000000000000",
}

func (m *maker) oddKeys(k key) {
	public := publicOf(k)
	typed := func(t byte, raw []byte) []byte { return append([]byte{t}, raw...) }
	parts := strings.SplitN(k.vkey, "+", 3)

	for _, weak := range weakKeys {
		raw := must(hex.DecodeString(weak))
		m.putKey("a weak key", other, spellKey("weak.example", typed(1, raw)), "weak key")
	}
	for _, t := range []byte{4, 6} {
		size := map[byte]int{4: 32, 6: 1312}[t]
		raw := public
		if size != 32 {
			raw = m.bytes(size)
		}
		m.putKey("a key of another type", other, spellKey(k.name, typed(t, raw)), "key of another type")
	}
	m.putKey("no key", corrupt, spellKey(k.name, typed(1, nil)), "")
	m.putKey("a key of 31 bytes", corrupt, spellKey(k.name, typed(1, public[:31])), "")
	m.putKey("a key of 33 bytes", corrupt, spellKey(k.name, typed(1, append(public[:32:32], 0))), "")
	m.putKey("nothing", corrupt, "", "")
	m.putKey("an upper-case hash", other, parts[0]+"+"+strings.ToUpper(parts[1])+"+"+parts[2], "")
	m.putKey("a short hash", corrupt, parts[0]+"+"+parts[1][:7]+"+"+parts[2], "")
	m.putKey("a signed hash", corrupt, parts[0]+"+"+"+"+parts[1][:7]+"+"+parts[2], "")
	m.putKey("a line break", other, parts[0]+"+"+parts[1]+"+"+parts[2][:8]+"\n"+parts[2][8:], "")
	m.putKey("a line break behind", other, k.vkey+"\n", "")
	m.putKey("a blank behind", corrupt, k.vkey+" ", "")
	m.putKey("another name", corrupt, "x"+k.vkey, "")
	for _, length := range []int{255, 256, 1000} {
		m.putKey("a long name", other, spellKey(strings.Repeat("n", length), typed(1, public)), "")
	}
	for _, name := range m.oddNames() {
		m.putKey("an odd name", other, spellKey(name, typed(1, public)), "")
	}
}

// oddNames have each character in them that a reader could have something against.
func (m *maker) oddNames() []string {
	names := []string{"", "+", " ", "a b", "a+b", "—",
		"a\xff", "a\xc0\x80", "a\xed\xa0\x80", "a\xf4\x90\x80\x80", "\xe2\x80"}
	runes := [][2]rune{{1, 0x180}, {0x167e, 0x1682}, {0x1ffe, 0x2072}, {0x2ffe, 0x3002}, {0xfdcf, 0xfdf1},
		{0xfffc, 0x10002}}
	for _, span := range runes {
		for r := span[0]; r < span[1]; r++ {
			names = append(names, "a"+string(r)+"b")
		}
	}
	for i := 0; i < 200; i++ {
		names = append(names, string(rune(m.random.Intn(utf8.MaxRune))))
	}
	return names
}

func (m *maker) keys(all []key) {
	for _, k := range all {
		m.putKey("a key", good, k.vkey, "")
		for _, bit := range m.bits(len(k.vkey), 0) {
			m.putKey("a bit of a key", corrupt, string(flip([]byte(k.vkey), bit)), "")
		}
		for cut := range k.vkey {
			m.putKey("a key cut short", corrupt, k.vkey[:cut], "")
		}
	}
	m.oddKeys(all[0])
}

// ---- notes ----

// open is Go's verdict: which of the keys signed.
func open(msg []byte, keys []string) string {
	var verifiers []note.Verifier
	for _, vkey := range keys {
		v, err := note.NewVerifier(vkey)
		if err != nil {
			return "no"
		}
		verifiers = append(verifiers, v)
	}
	n, err := note.Open(msg, note.VerifierList(verifiers...))
	if err != nil {
		return "no"
	}
	verdict := "ok"
	for i, v := range verifiers {
		for _, sig := range n.Sigs {
			if sig.Name == v.Name() && sig.Hash == v.KeyHash() {
				verdict += fmt.Sprintf(" %d", i)
			}
		}
	}
	return verdict
}

type line struct {
	name, b64 string
	raw       []byte
}

// linesOf are the signature lines of a note that Go opens.
func linesOf(msg []byte) (text string, lines []line) {
	split := bytes.LastIndex(msg, []byte("\n\n"))
	for _, l := range strings.Split(strings.TrimSuffix(string(msg[split+2:]), "\n"), "\n") {
		name, b64, _ := strings.Cut(strings.TrimPrefix(l, "— "), " ")
		lines = append(lines, line{name, b64, must(base64.StdEncoding.DecodeString(b64))})
	}
	return string(msg[:split+1]), lines
}

// whyNotNote is what another reader has against a note that Go takes.
func whyNotNote(msg []byte, keys []string) string {
	text, lines := linesOf(msg)
	if len(lines) > 64 {
		return "more than 64 signatures"
	}
	if len(msg) > 131072 || len(text) > 65536 {
		return "a long note"
	}
	for _, l := range lines {
		if !canonical(l.b64) {
			return "base64 in another spelling"
		}
	}
	for _, vkey := range keys {
		v := must(note.NewVerifier(vkey))
		for _, l := range lines {
			if l.name != v.Name() || binary.BigEndian.Uint32(l.raw) != v.KeyHash() {
				continue
			}
			if !v.Verify([]byte(text), l.raw[4:]) {
				return "a second signature of a key, which fails"
			}
			if bytes.Equal(l.raw[4:36], append([]byte{1}, make([]byte, 31)...)) {
				return "R of small order"
			}
		}
	}
	return ""
}

// A noteCase is a note with the keys that its reader knows.
type noteCase struct {
	msg   []byte
	keys  []string
	right string
}

func (m *maker) putNote(n noteCase, how, sort string, msg []byte, why string) {
	c := testCase{Kind: "note", How: how, Sort: sort, Right: n.right, Go: open(msg, n.keys), Why: why}
	if c.Go != "no" && why == "" {
		c.Why = whyNotNote(msg, n.keys)
	}
	c.Bytes = inHex(msg)
	for _, vkey := range n.keys {
		c.Keys = append(c.Keys, hex.EncodeToString([]byte(vkey)))
	}
	m.put(c)
}

// sign makes a note of all signers' signatures, whose reader knows the first `known` of them.
func (m *maker) sign(text string, signers []key, known int) noteCase {
	var list []note.Signer
	n := noteCase{right: "ok"}
	for i, s := range signers {
		list = append(list, s.signer)
		if i < known {
			n.keys = append(n.keys, s.vkey)
			n.right += fmt.Sprintf(" %d", i)
		}
	}
	m.random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	n.msg = must(note.Sign(&note.Note{Text: text}, list...))
	m.putNote(n, "a note", good, n.msg, "")
	return n
}

// partOf says what a byte of a note belongs to; `matters` is false in the lines of keys that the reader does not know.
func (n noteCase) partOf(at int) (part string, matters bool) {
	split := bytes.LastIndex(n.msg, []byte("\n\n"))
	if at <= split+1 {
		return "text", true
	}
	from := 1 + bytes.LastIndexByte(n.msg[:at], '\n')
	to := from + bytes.IndexByte(n.msg[from:], '\n')
	name, b64, _ := strings.Cut(string(n.msg[from+len("— "):to]), " ")
	id := binary.BigEndian.Uint32(must(base64.StdEncoding.DecodeString(b64)))
	for _, vkey := range n.keys {
		v := must(note.NewVerifier(vkey))
		matters = matters || v.Name() == name && v.KeyHash() == id
	}
	nameAt := from + len("— ")
	b64At := nameAt + len(name) + 1
	switch {
	case at < nameAt || at == b64At-1 || at == to:
		part = "form of a signature line"
	case at < b64At:
		part = "name"
	case at < b64At+6:
		part = "key hash"
	default:
		part = "signature"
	}
	return part, matters
}

func (m *maker) flipNote(n noteCase, most int) {
	for _, bit := range m.bits(len(n.msg), most) {
		part, matters := n.partOf(bit / 8)
		how, sort := "a bit of the "+part, corrupt
		if !matters {
			how, sort = how+", of an unknown key", other
		}
		m.putNote(n, how, sort, flip(n.msg, bit), "")
	}
}

// shapeNote changes whole lines.
func (m *maker) shapeNote(n noteCase) {
	split := bytes.LastIndex(n.msg, []byte("\n\n"))
	text, lines := string(n.msg[:split+2]), strings.SplitAfter(string(n.msg[split+2:]), "\n")
	lines = lines[:len(lines)-1]
	last := lines[len(lines)-1]
	put := func(how, sort string, list ...string) {
		m.putNote(n, how, sort, []byte(text+strings.Join(list, "")), "")
	}
	bad := func(l string) string { // another signature in the same line
		name, b64, _ := strings.Cut(strings.TrimSuffix(l, "\n"), " ")
		name2, b64, _ := strings.Cut(b64, " ")
		raw := must(base64.StdEncoding.DecodeString(b64))
		return name + " " + name2 + " " + base64.StdEncoding.EncodeToString(flip(raw, 8*4+m.random.Intn(500))) + "\n"
	}
	respelt := func(l string) string { // the last letter carries bits of nothing
		const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
		at := strings.LastIndex(l, "=") - 1
		return l[:at] + string(letters[strings.IndexByte(letters, l[at])+1]) + l[at+1:]
	}
	for i, l := range lines {
		at := split + 2 + len(strings.Join(lines[:i], ""))
		_, matters := n.partOf(at)
		sort := other
		if matters {
			sort = corrupt
		}
		with := func(insert ...string) []string {
			list := append([]string(nil), lines[:i]...)
			return append(append(list, insert...), lines[i+1:]...)
		}
		put("a line less", sort, with()...)
		put("a line twice", other, with(l, l)...)
		put("a second signature of a key, which fails", sort, with(l, bad(l))...)
		put("a first signature of a key, which fails", sort, with(bad(l), l)...)
		put("another spelling of a signature", sort, with(respelt(l))...)
		put("a carriage return", corrupt, with(strings.TrimSuffix(l, "\n")+"\r\n")...)
		put("a blank behind a line", corrupt, with(strings.TrimSuffix(l, "\n")+" \n")...)
		put("a hyphen for the dash", corrupt, with("- "+strings.TrimPrefix(l, "— "))...)
		put("an empty line between", corrupt, with("\n", l)...)
		put("another line between", corrupt, with("signed\n", l)...)
	}
	put("no last newline", corrupt, append(lines[:len(lines)-1:len(lines)-1], strings.TrimSuffix(last, "\n"))...)
	put("something behind", corrupt, append(lines[:len(lines):len(lines)], "x")...)
	put("no signature", corrupt)
	m.putNote(n, "no empty line", corrupt, append([]byte(text[:len(text)-1]), n.msg[split+2:]...), "")
	m.putNote(n, "no text", corrupt, append([]byte("\n"), n.msg[split+2:]...), "")
	m.putNote(n, "an empty line more", corrupt, []byte(text+"\n"+strings.Join(lines, "")), "")
	for cut := range n.msg {
		sort := corrupt
		if cut > split+2 && n.msg[cut-1] == '\n' { // lines are missing, maybe none that matters
			sort = other
		}
		m.putNote(n, "a note cut short", sort, n.msg[:cut], "")
	}
}

func signatureLine(name string, blob []byte) string {
	return "— " + name + " " + base64.StdEncoding.EncodeToString(blob) + "\n"
}

// strangeLines adds lines that the reader knows nothing of.
func (m *maker) strangeLines(n noteCase, known key) {
	add := func(how, sort string, more string) {
		m.putNote(n, how, sort, append(n.msg[:len(n.msg):len(n.msg)], more...), "")
	}

	for _, size := range []int{0, 1, 3, 4, 5, 6, 68, 76, 77, 2432, 5000} {
		add("an unknown line of any length", other, signatureLine("unknown.example", m.bytes(size)))
	}
	add("a known name, another hash", other, signatureLine(known.name, m.bytes(68)))
	hash := make([]byte, 4)
	binary.BigEndian.PutUint32(hash, known.signer.KeyHash())
	add("a known hash, another name", other, signatureLine("unknown.example", append(hash, m.bytes(64)...)))
	for _, size := range []int{1, 63, 65, 72} {
		bad := noteCase{keys: n.keys, right: n.right}
		text, _ := linesOf(n.msg)
		msg := []byte(text + "\n" + signatureLine(known.name, append(hash[:4:4], m.bytes(size)...)))
		m.putNote(bad, "a signature of another length", corrupt, msg, "")
	}
	for _, name := range m.oddNames() {
		add("an odd name", other, signatureLine(name, m.bytes(68)))
	}
	for _, count := range []int{15, 62, 63, 64, 98, 99, 100, 200} {
		var more string
		for i := 0; i < count; i++ {
			more += signatureLine(fmt.Sprintf("unknown%d.example", i), m.bytes(68))
		}
		add("many lines", other, more)
	}
}

// smallR is a note whose signature has the identity for R: the equation holds, as R = [S]B - [k]A.
func (m *maker) smallR(k key, text string) {
	order, _ := new(big.Int).SetString("1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed", 16)
	reversed := func(b []byte) []byte {
		r := make([]byte, len(b))
		for i := range b {
			r[len(b)-1-i] = b[i]
		}
		return r
	}
	expanded := sha512.Sum512(k.seed)
	scalar := append([]byte(nil), expanded[:32]...)
	scalar[0] &= 248
	scalar[31] = scalar[31]&63 | 64
	r := append([]byte{1}, make([]byte, 31)...)
	digest := sha512.Sum512(bytes.Join([][]byte{r, publicOf(k), []byte(text)}, nil))
	s := new(big.Int).SetBytes(reversed(digest[:]))
	s.Mul(s, new(big.Int).SetBytes(reversed(scalar))).Mod(s, order)
	blob := make([]byte, 4, 68)
	binary.BigEndian.PutUint32(blob, k.signer.KeyHash())
	blob = append(append(blob, r...), reversed(s.FillBytes(make([]byte, 32)))...)
	n := noteCase{keys: []string{k.vkey}, right: "ok 0"}
	m.putNote(n, "R of small order", other, []byte(text+"\n"+signatureLine(k.name, blob)), "")
}

// weakNote is signed by nobody: under a key of order one, R of order one and S = 0 sign everything.
func (m *maker) weakNote(text string) {
	keyBytes := append([]byte{1}, must(hex.DecodeString(weakKeys[0]))...)
	blob := make([]byte, 68)
	binary.BigEndian.PutUint32(blob, keyHash("weak.example", keyBytes))
	blob[4] = 1
	n := noteCase{keys: []string{spellKey("weak.example", keyBytes)}, right: "ok 0"}
	m.putNote(n, "a weak key", other, []byte(text+"\n"+signatureLine("weak.example", blob)), "weak key")
}

func (m *maker) text() string {
	words := []string{"a line", "\n", "two\n\nparagraphs", "ünïcode ⟂ 日本", "— looks.like AAAA", " blanks ", "0", "\x7f",
		strings.Repeat("long ", 600)}
	var text string
	for i := m.random.Intn(6); i >= 0; i-- {
		text += words[m.random.Intn(len(words))] + "\n"
	}
	return text
}

func (m *maker) notes(keys []key) {
	for i := 0; i < 60; i++ {
		count := 1 + m.random.Intn(len(keys))
		signers := append([]key(nil), keys...)
		m.random.Shuffle(len(signers), func(i, j int) { signers[i], signers[j] = signers[j], signers[i] })
		n := m.sign(m.text(), signers[:count], 1+m.random.Intn(count))
		m.flipNote(n, 20)
	}
	stranger := m.sign("nobody known\n", keys[:2], 1)
	stranger.keys = []string{keys[2].vkey}
	m.putNote(stranger, "signed by unknown keys only", corrupt, stranger.msg, "")

	one := m.sign("one signature\n", keys[:1], 1)
	m.flipNote(one, 0)
	m.shapeNote(one)
	m.strangeLines(one, keys[0])
	three := m.sign("three signatures, two known\n\nand two paragraphs\n", keys[:3], 2)
	m.flipNote(three, 0)
	m.shapeNote(three)
	for _, size := range []int{65536, 65537, 130000, 140000} {
		n := noteCase{keys: []string{keys[0].vkey}, right: "ok 0"}
		text := strings.Repeat("x", size-1) + "\n"
		m.putNote(n, "a long note", other, must(note.Sign(&note.Note{Text: text}, keys[0].signer)), "")
	}
	m.smallR(keys[0], "signed with the identity for R\n")
	m.weakNote("anything\n")
}

// ---- checkpoints ----

// A waver signs and verifies anything: for what note.Open says of a text alone.
type waver struct{}

func (waver) Name() string                { return "any" }
func (waver) KeyHash() uint32             { return 1 }
func (waver) Sign([]byte) ([]byte, error) { return []byte{1}, nil }
func (waver) Verify(_, _ []byte) bool     { return true }

// parse is Go's verdict on a checkpoint: note.Open on the text, then ParseTree with its own first line for the origin.
func parse(text string) (verdict, why string) {
	msg, err := note.Sign(&note.Note{Text: text}, waver{})
	if err != nil {
		return "no", ""
	}
	n, err := note.Open(msg, note.VerifierList(waver{}))
	if err != nil || n.Text != text {
		return "no", ""
	}
	origin, rest, _ := strings.Cut(text, "\n")
	tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + rest))
	if err != nil {
		return "no", ""
	}
	lines := strings.Split(text, "\n")
	more := ""
	if len(lines) > 4 {
		more = "more "
	}
	verdict = fmt.Sprintf("ok %s%x %d %x", more, origin, tree.N, tree.Hash[:])
	switch {
	case origin == "" || len(origin) > 255:
		return verdict, "an origin that is empty or above 255 bytes"
	case tree.N >= 1<<62:
		return verdict, "a size from 2^62 on"
	case !canonical(lines[2]):
		return verdict, "base64 in another spelling"
	case strings.Contains(text[:len(text)-1], "\n\n") || strings.HasSuffix(text, "\n\n"):
		return verdict, "an extension line that is empty"
	}
	return verdict, ""
}

func (m *maker) putCheckpoint(how, sort, right, text string) {
	verdict, why := parse(text)
	m.put(testCase{Kind: "checkpoint", How: how, Sort: sort, Right: right, Go: verdict, Why: why,
		Bytes: inHex([]byte(text))})
}

func (m *maker) checkpoint(origin string, tree tlog.Tree, keys []key) {
	text := origin + strings.TrimPrefix(string(tlog.FormatTree(tree)), "go.sum database tree")
	right, _ := parse(text)
	m.putCheckpoint("a checkpoint", good, right, text)
	for _, bit := range m.bits(len(text), 100) {
		m.putCheckpoint("a bit of a checkpoint", corrupt, right, string(flip([]byte(text), bit)))
	}
	m.flipNote(m.sign(text, keys, len(keys)), 8)
}

func (m *maker) oddCheckpoints() {
	var h tlog.Hash
	copy(h[:], m.bytes(len(h)))
	root := h.String()
	spell := func(lines ...string) { m.putCheckpoint("an odd checkpoint", other, "", strings.Join(lines, "\n")) }
	for _, size := range []string{"0", "00", "01", "+1", "-1", " 1", "1 ", "0x1", "1e3", "", "1_0", "٣",
		"4611686018427387903", "4611686018427387904", "9223372036854775807", "9223372036854775808",
		"18446744073709551615", "18446744073709551616"} {
		spell("origin", size, root, "")
	}
	for _, text := range []string{root[:43], root[:43] + "==", root + "=", root[:42] + "==", root + " ", " " + root, "",
		root[:40], root + root, "_" + root[1:], "-" + root[1:], root[:42] + "\r" + root[42:],
		base64.StdEncoding.EncodeToString(m.bytes(31)), base64.StdEncoding.EncodeToString(m.bytes(33))} {
		spell("origin", "7", text, "")
	}
	for i := byte(0); i < 64; i++ { // the last letter carries two bits of nothing
		letter := "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[i]
		spell("origin", "7", root[:42]+string(letter)+"=", "")
	}
	for _, lines := range [][]string{{"x", ""}, {"x", "y", ""}, {"", ""}, {"x", "", "y", ""}, {"x", "", ""}, {"x"},
		{" ", ""}, {"\t", ""}, {strings.Repeat("e", 3000), ""}} {
		spell(append([]string{"origin", "7", root}, lines...)...)
	}
	spell("origin", "7", root)
	spell("origin", "7", "")
	spell("", "7", root, "")
	spell("o", "7", root, "")
	spell("with blanks + signs", "7", root, "")
	spell(strings.Repeat("o", 255), "7", root, "")
	spell(strings.Repeat("o", 256), "7", root, "")
	spell("origin\r", "7", root, "")
	spell("\xff", "7", root, "")
}

func main() {
	seed := flag.Int64("seed", 1, "what the cases are drawn from")
	flag.Parse()
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	m := &maker{rand.New(rand.NewSource(*seed)), json.NewEncoder(out)}
	var keys []key
	for _, name := range []string{"log.example/2026", "a", "ünïcode.example/日本", "w.example", "log.example/2026"} {
		keys = append(keys, m.key(name))
	}
	m.keys(keys[:3])
	m.notes(keys)
	m.oddCheckpoints()
	m.trees(keys[:2])
	if err := out.Flush(); err != nil {
		fmt.Fprintln(os.Stderr, "make:", err)
		os.Exit(1)
	}
}
