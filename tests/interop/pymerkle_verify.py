"""Checks roots, inclusion and consistency with pymerkle, which shares no code with Casetrail.

The input is that of go/verify.go; it prints "ok" or fails.
"""

import base64
import json
import sys

from pymerkle import InmemoryTree, verify_consistency, verify_inclusion
from pymerkle.hasher import MerkleHasher

HASHER = MerkleHasher("sha256")


def unbase64(values):
    return [base64.b64decode(value) for value in values]


def check_roots(tree, records, roots):
    assert tree.get_state() == roots[0], "another root of the empty tree"
    for size, record in enumerate(records, 1):
        tree.append_entry(record)
        assert tree.get_state() == roots[size], f"another root at size {size}"


def check_inclusion(tree, proof, roots):
    """pymerkle counts leaves from 1, and its path begins with the leaf."""
    index, size = proof["N"] + 1, proof["Size"]
    leaf = tree.get_leaf(index)
    theirs = tree.prove_inclusion(index, size)
    theirs.path = [leaf, *unbase64(proof["Hashes"])]
    verify_inclusion(leaf, roots[size], theirs, index=index, size=size, algorithm="sha256")


def check_consistency(tree, proof, roots):
    """Where RFC 6962 has one hash for the first subtree that is new, pymerkle has the path from its
    first leaf; where the older tree is one complete subtree, RFC 6962 leaves its root out."""
    old_size, size, hashes = proof["N"], proof["Size"], unbase64(proof["Hashes"])
    if old_size & (old_size - 1) == 0:
        hashes.insert(0, roots[old_size])
    old, new, outer = hashes[0], hashes[1], hashes[2:]
    theirs = tree.prove_consistency(old_size, size)
    first_old = theirs.subset.index(1)
    inner = theirs.path[:first_old]
    folded = inner[0]
    for bit, sibling in zip(theirs.rule, inner[1:]):
        pair = (folded, sibling) if bit == 0 else (sibling, folded)
        folded = HASHER.hash_pair(*pair)
    assert folded == new, f"another hash of what is new from {old_size} to {size}"
    theirs.path = [*inner, old, *outer]
    verify_consistency(
        roots[old_size], roots[size], theirs,
        prior_size=old_size, later_size=size, algorithm="sha256",
    )


def main():
    data = json.load(sys.stdin)
    records, roots = unbase64(data["Records"]), unbase64(data["Roots"])
    tree = InmemoryTree(algorithm="sha256")
    check_roots(tree, records, roots)
    assert data["Inclusion"] and data["Consistency"], "nothing to verify"
    for proof in data["Inclusion"]:
        check_inclusion(tree, proof, roots)
    for proof in data["Consistency"]:
        check_consistency(tree, proof, roots)
    print("ok")


main()
