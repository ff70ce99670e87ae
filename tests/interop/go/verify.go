// Verify checks what Casetrail proves with Go's own packages for transparency logs, which share no
// code with it: golang.org/x/mod/sumdb/note opens the signed checkpoint, sumdb/tlog checks
// inclusion and consistency. Its input is one JSON object, see Input; it prints "ok" or what does
// not verify, and then ends with 1.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Input is what is to be verified. Hashes and records are in base64, roots by size.
type Input struct {
	Key         string
	SecretKey   string
	Checkpoint  string
	Records     [][]byte
	Roots       [][]byte
	Inclusion   []Proof
	Consistency []Proof
}

// Proof is an inclusion proof of the record N, or a consistency proof from the tree of N records,
// in the tree of Size records.
type Proof struct {
	N, Size int64
	Hashes  [][]byte
}

func main() {
	var input Input
	decoder := json.NewDecoder(os.Stdin)
	decoder.DisallowUnknownFields()
	check(decoder.Decode(&input))
	tree := openCheckpoint(input)
	root := func(size int64) tlog.Hash { return hash(input.Roots[size]) }
	expect(tree.Hash == root(tree.N), "the checkpoint has another root than the list of roots")

	for size := range input.Roots {
		if size == 0 {
			continue // This version of tlog has no root for the empty tree.
		}
		own, err := tlog.TreeHash(int64(size), stored(input.Records[:size]))
		check(err)
		expect(own == root(int64(size)), "the records give another root at size %d", size)
	}
	for _, proof := range input.Inclusion {
		leaf := tlog.RecordHash(input.Records[proof.N])
		check(tlog.CheckRecord(hashes(proof), proof.Size, root(proof.Size), proof.N, leaf))
	}
	for _, proof := range input.Consistency {
		check(tlog.CheckTree(hashes(proof), proof.Size, root(proof.Size), proof.N, root(proof.N)))
	}
	expect(len(input.Inclusion) > 0 && len(input.Consistency) > 0, "nothing to verify")
	fmt.Println("ok")
}

// openCheckpoint verifies the signature, and signs the same text with the same key: Ed25519 has one
// signature for a text and a key.
func openCheckpoint(input Input) tlog.Tree {
	verifier, err := note.NewVerifier(input.Key)
	check(err)
	opened, err := note.Open([]byte(input.Checkpoint), note.VerifierList(verifier))
	check(err)
	signer, err := note.NewSigner(input.SecretKey)
	check(err)
	signed, err := note.Sign(&note.Note{Text: opened.Text}, signer)
	check(err)
	expect(bytes.Equal(signed, []byte(input.Checkpoint)), "Go signs it in another way:\n%s", signed)
	// The text of Go's own trees begins with another line than an origin; the rest is the same.
	lines := strings.SplitN(opened.Text, "\n", 2)
	tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + lines[1]))
	check(err)
	return tree
}

// stored gives the hashes of a tree of these records as tlog keeps them.
func stored(records [][]byte) tlog.HashReaderFunc {
	var all []tlog.Hash
	read := func(indexes []int64) ([]tlog.Hash, error) {
		var some []tlog.Hash
		for _, index := range indexes {
			some = append(some, all[index])
		}
		return some, nil
	}
	for n, record := range records {
		more, err := tlog.StoredHashes(int64(n), record, tlog.HashReaderFunc(read))
		check(err)
		all = append(all, more...)
	}
	return read
}

func hashes(proof Proof) []tlog.Hash {
	var all []tlog.Hash
	for _, bytes := range proof.Hashes {
		all = append(all, hash(bytes))
	}
	return all
}

func hash(bytes []byte) (hash tlog.Hash) {
	expect(copy(hash[:], bytes) == tlog.HashSize && len(bytes) == tlog.HashSize, "not a hash")
	return hash
}

func check(err error) {
	if err != nil {
		expect(false, "%v", err)
	}
}

func expect(condition bool, format string, arguments ...any) {
	if !condition {
		fmt.Printf("not verified: "+format+"\n", arguments...)
		os.Exit(1)
	}
}
