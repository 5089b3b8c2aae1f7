// Flipping: between the log and its reader one bit of one answer is turned over; the reader must refuse.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const flipsPerNewest = 32

// A flipper turns over one bit of the answer at one path, and records what it lets through.
type flipper struct {
	path    string // "" flips nothing
	bit     int
	flipped int
	sizes   map[string]int // path -> bytes of the answer
	order   []string       // the paths in the order they were asked for
}

func (f *flipper) RoundTrip(request *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(answer.Body)
	answer.Body.Close()
	if err != nil {
		return nil, err
	}
	path := strings.TrimPrefix(request.URL.Path, "/")
	if _, ok := f.sizes[path]; !ok {
		f.order = append(f.order, path)
	}
	f.sizes[path] = len(body)
	if path == f.path {
		body[f.bit/8] ^= 1 << (f.bit % 8)
		f.flipped++
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return answer, nil
}

// record begins a new record and flips nothing.
func (f *flipper) record() {
	f.path, f.flipped, f.order, f.sizes = "", 0, nil, map[string]int{}
}

// A flipping counts refusals by kind of answer.
type flipping struct {
	url      string
	verifier note.Verifier
	flipper  *flipper
	random   *rand.Rand
	refused  map[string]int
	resource map[string]bool
}

func kindOf(path string) string {
	part := strings.Split(path, "/")
	switch {
	case part[0] != "tile":
		return part[0]
	case part[1] == "entries" || part[1] == "statements":
		return part[1]
	}
	return "tiles"
}

// flip reads with one bit turned over. Only a refusal is right: not an acceptance, not an answer that never came.
func (f *flipping) flip(path string, bit int, read func() error) error {
	f.flipper.path, f.flipper.bit, f.flipper.flipped = path, bit, 0
	err := read()
	f.flipper.path = ""
	switch {
	case err == nil:
		return fmt.Errorf("%s with bit %d turned over was accepted", path, bit)
	case errors.Is(err, errNoAnswer):
		return err
	case f.flipper.flipped == 0:
		return fmt.Errorf("%s was not read", path)
	}
	f.refused[kindOf(path)]++
	f.resource[path] = true
	return nil
}

// flipEach flips `count` bits of each recorded answer, or every bit when count is 0.
func (f *flipping) flipEach(count int, read func() error) error {
	sizes := f.flipper.sizes
	for _, path := range f.flipper.order {
		bits := f.random.Perm(8 * sizes[path])
		if count > 0 && count < len(bits) {
			bits = bits[:count]
		}
		for _, bit := range bits {
			if err := f.flip(path, bit, read); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *flipping) checkpoint() error {
	f.flipper.record()
	read := func() error {
		l := newServedLog(f.url, f.verifier, f.flipper)
		msg, err := l.get("checkpoint")
		if err == nil {
			_, err = openCheckpoint(msg, f.verifier)
		}
		return err
	}
	if err := read(); err != nil {
		return err
	}
	return f.flipEach(0, read)
}

// newest flips what a first reader reads: each time another reader that knows nothing.
func (f *flipping) newest() (*servedLog, error) {
	f.flipper.record()
	l := newServedLog(f.url, f.verifier, f.flipper)
	if err := l.readTree(); err != nil {
		return nil, err
	}
	return l, f.flipEach(flipsPerNewest, func() error {
		return newServedLog(f.url, f.verifier, f.flipper).readTree()
	})
}

func (f *flipping) tlogProof(l *servedLog) error {
	read := func() error { return l.checkTlogProof(l.tree.N - 1) }
	f.flipper.record()
	if err := read(); err != nil {
		return err
	}
	return f.flipEach(1024, read)
}

// old flips what the log was at `size`, for a reader who has checked the newest tree.
func (f *flipping) old(l *servedLog, size int64) error {
	known := l.tiles
	read := func() error {
		l.tiles = make(map[tlog.Tile][]byte, len(known))
		for t, data := range known {
			l.tiles[t] = data
		}
		return l.checkOld(size)
	}
	f.flipper.record()
	err := read()
	if err == nil {
		err = f.flipEach(1, read)
	}
	l.tiles = known
	return err
}

func (f *flipping) String() string {
	total, text := 0, ""
	for _, kind := range []string{"checkpoint", "tiles", "entries", "statements", "evidence"} {
		total += f.refused[kind]
		text += fmt.Sprintf(", %s %d", kind, f.refused[kind])
	}
	return fmt.Sprintf("%d flips in %d answers: %s", total, len(f.resource), text[2:])
}

// flipAll flips every bit of the checkpoint, some of every tile and bundle, and one of every old width of each.
func flipAll(url string, verifier note.Verifier) (*flipping, error) {
	f := &flipping{
		url:      url,
		verifier: verifier,
		flipper:  &flipper{},
		random:   rand.New(rand.NewSource(1)),
		refused:  map[string]int{},
		resource: map[string]bool{},
	}
	if err := f.checkpoint(); err != nil {
		return f, err
	}
	l, err := f.newest()
	if err != nil {
		return f, err
	}
	if err := f.tlogProof(l); err != nil {
		return f, err
	}
	for size := int64(1); size < l.tree.N; size++ {
		if err := f.old(l, size); err != nil {
			return f, err
		}
	}
	return f, nil
}
