// verify POLICY FILE: is this checkpoint, or the record in this proof, final?
//
// C2SP tlog-policy, tlog-checkpoint and tlog-proof with golang.org/x/mod/sumdb, and nothing of ours:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run verify.go POLICY FILE
//
// sumdb/note refuses a note with a false line of a known key, and ignores lines of others.
package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const cosignatureType = 4

// cosigner is a C2SP cosignature/v1 key, which sumdb/note does not know.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }
func (c cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	head := fmt.Sprintf("cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(sig))
	return ed25519.Verify(c.key, append([]byte(head), msg...), sig[8:])
}

type policy struct {
	keys   []note.Verifier
	logs   map[string]bool
	needed int
}

func readPolicy(text string) (p policy, err error) {
	p.logs = map[string]bool{}
	for _, line := range strings.Split(text, "\n") {
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		vkey := words[len(words)-1]
		switch words[0] {
		case "log":
			verifier, err := note.NewVerifier(vkey)
			if err != nil {
				return p, err
			}
			p.keys, p.logs[verifier.Name()] = append(p.keys, verifier), true
		case "witness":
			parts := strings.SplitN(vkey, "+", 3)
			if len(parts) != 3 {
				return p, errors.New("malformed key")
			}
			hash, err := strconv.ParseUint(parts[1], 16, 32)
			if err != nil {
				return p, err
			}
			key, err := base64.StdEncoding.DecodeString(parts[2])
			if err != nil || len(key) != 33 || key[0] != cosignatureType {
				return p, errors.New("malformed cosignature key")
			}
			p.keys = append(p.keys, cosigner{parts[0], uint32(hash), key[1:]})
		case "group":
			if p.needed, err = strconv.Atoi(words[2]); err != nil {
				return p, err
			}
		}
	}
	return p, nil
}

func verify(p policy, text string) error {
	proof := ""
	if strings.HasPrefix(text, "c2sp.org/tlog-proof@v1\n") {
		parts := strings.SplitN(text, "\n\n", 2)
		if len(parts) != 2 {
			return errors.New("malformed proof")
		}
		proof, text = parts[0], parts[1]
	}
	opened, err := note.Open([]byte(text), note.VerifierList(p.keys...))
	if err != nil {
		return err
	}
	body := strings.Split(opened.Text, "\n")
	if len(body) != 4 {
		return errors.New("malformed checkpoint")
	}
	origin, logged, signed := body[0], false, map[string]bool{}
	size, err := strconv.ParseInt(body[1], 10, 64)
	if err != nil {
		return err
	}
	root, err := tlog.ParseHash(body[2])
	if err != nil {
		return err
	}
	for _, sig := range opened.Sigs {
		if p.logs[sig.Name] {
			logged = logged || sig.Name == origin
		} else {
			signed[sig.Name] = true
		}
	}
	if !logged || p.needed < 1 || len(signed) < p.needed {
		return fmt.Errorf("%d of %d cosignatures", len(signed), p.needed)
	}
	if proof != "" {
		if err := checkProof(strings.Split(proof, "\n"), size, root); err != nil {
			return err
		}
	}
	fmt.Printf("final: %s at %d, %d of %d cosignatures\n", origin, size, len(signed), p.needed)
	return nil
}

// checkProof takes the lines of a proof before the note.
func checkProof(lines []string, size int64, root tlog.Hash) error {
	if len(lines) < 3 || !strings.HasPrefix(lines[1], "extra ") || !strings.HasPrefix(lines[2], "index ") {
		return errors.New("malformed proof")
	}
	extra, err := base64.StdEncoding.DecodeString(lines[1][len("extra "):])
	if err != nil || len(extra) < 3 || len(extra) < 3+int(binary.BigEndian.Uint16(extra[1:])) {
		return errors.New("no record in the proof")
	}
	record := extra[3 : 3+int(binary.BigEndian.Uint16(extra[1:]))]
	index, err := strconv.ParseInt(lines[2][len("index "):], 10, 64)
	if err != nil {
		return err
	}
	var path tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		path = append(path, hash)
	}
	return tlog.CheckRecord(path, size, root, index, tlog.RecordHash(record))
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "not final:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 3 {
		return errors.New("usage: verify POLICY FILE")
	}
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		return err
	}
	p, err := readPolicy(string(text))
	if err != nil {
		return err
	}
	file, err := os.ReadFile(os.Args[2])
	if err != nil {
		return err
	}
	return verify(p, string(file))
}
