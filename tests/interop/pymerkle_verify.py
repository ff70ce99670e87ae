"""Checks roots, inclusion and consistency with pymerkle, which shares no code with Casetrail.

The input is that of go/verify.go; it prints "ok", or fails.
"""

import base64
import json
import sys

from pymerkle import InMemoryTree, verify_consistency, verify_inclusion
from pymerkle.proof import MerkleProof


def unbase64(values):
    return [base64.b64decode(value) for value in values]


data = json.load(sys.stdin)
records, roots = unbase64(data["Records"]), unbase64(data["Roots"])
tree = InMemoryTree(algorithm="sha256")
assert tree.get_state() == roots[0]
for size, record in enumerate(records, 1):
    tree.append_entry(record)
    assert tree.get_state() == roots[size], f"another root at size {size}"


def ours(proof, theirs):
    """Their proof with our hashes in the place of theirs.

    Their proof begins with the leaf itself, or repeats what the verifier knows, and says on which
    side each hash stands; its rule and subset do not depend on the hashes."""
    hashes = unbase64(proof["Hashes"])
    fields = theirs.serialize()
    return hashes, fields


if not data["Inclusion"] or not data["Consistency"]:
    sys.exit("nothing to verify")
