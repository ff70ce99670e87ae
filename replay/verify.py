#!/usr/bin/env python3
"""Verifies an exported log, its checkpoints and proof files, without any code of Casetrail.

    verify.py EXPORT [--key VKEY] [--checkpoint FILE]... [--proof FILE]... [--consistency FILE]...

EXPORT is NDJSON as `casetrail log export` writes it (.zst needs the package zstandard): one event a
line, or the bare entry of an event whose content was erased or withheld; the last line may be
{"checkpoint": "<signed note>"}. For every event the salted hashes of subject and content, the entry
and its leaf are recomputed; positions must be dense, revisions dense in each stream, recorded times
must not decrease. Each checkpoint must have the root that these entries give at its size, which
also shows that all of them are of one history, and be signed by a key given with --key.

--witness VKEY names a known witness, --min-witnesses N says how many must have cosigned.
--handover FILE follows a change of the log's key: the .tlog-proof of the event key.rotated, whose
checkpoint both keys signed. A .tlog-proof or a consistency proof can be verified without EXPORT.

Exit code 0: everything verified; 1: something is not what it should be; 2: wrong use, or a file
that cannot be read. Needs Python 3.11 and, for signatures, the package cryptography.
"""

import argparse
import base64
import hashlib
import json
import re
import struct
import sys

ENTRY = ("position", "revision", "recordedtime", "recordedby", "type", "subjecthash", "contenthash")
LOG_ATTRIBUTES = set(ENTRY) - {"type"} | {"subjectsalt", "contentsalt"}
RECORDED_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
LOG_KEY, WITNESS_KEY = 1, 4  # signature types of c2sp.org/signed-note


class Bad(Exception):
    """Something is not what it should be."""


def check(condition, why):
    if not condition:
        raise Bad(why)


# -- Bytes: RFC 8785, base64, SHA-256


def canonical(value):
    """The canonical text of a JSON value (RFC 8785); the log has no fractions."""
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(k)}:{canonical(v)}" for k, v in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    check(not isinstance(value, float), "a number with a fraction")
    return json.dumps(value, ensure_ascii=False)


def parse_json(text):
    def members(pairs):
        check(len(dict(pairs)) == len(pairs), "a member stands twice")
        return dict(pairs)

    try:
        return json.loads(text, object_pairs_hook=members)
    except (ValueError, RecursionError) as error:
        raise Bad(f"not JSON: {error}") from error


def unbase64(text, length=None):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Bad(f"not base64: {text}") from error
    check(base64.b64encode(data).decode() == text, f"not canonical base64: {text}")
    check(length in (None, len(data)), f"not {length} bytes: {text}")
    return data


def decimal(text):
    check(re.fullmatch(r"0|[1-9][0-9]{0,19}", text, re.ASCII), f"not a number: {text}")
    return int(text)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def salted(event, salt, content):
    check(isinstance(event.get(salt), str), f"{salt} is missing")
    data = unbase64(event[salt].replace("-", "+").replace("_", "/") + "==", 16)
    return sha256(data, content.encode()).hex()


# -- The tree: RFC 6962, RFC 9162


def node(left, right):
    return sha256(b"\x01", left, right)


def root_of(leaves, size):
    edge = []  # (height, hash) of complete subtrees, from left to right
    for leaf in leaves[:size]:
        height, top = 0, leaf
        while edge and edge[-1][0] == height:
            top = node(edge.pop()[1], top)
            height += 1
        edge.append((height, top))
    root = edge.pop()[1] if edge else sha256()
    while edge:
        root = node(edge.pop()[1], root)
    return root


def climb(fn, sn, first, path):
    """The two hashes to which a path leads: of the older tree, and of the newer (RFC 9162, 2.1)."""
    old, new = first, first
    for sibling in path:
        check(sn > 0, "the proof is too long")
        if fn % 2 == 1 or fn == sn:
            old, new = node(sibling, old), node(sibling, new)
            while fn % 2 == 0 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            new = node(new, sibling)
        fn, sn = fn >> 1, sn >> 1
    check(sn == 0, "the proof is too short")
    return old, new


def check_inclusion(leaf, index, size, path, root):
    check(index < size, f"index {index} lies outside a tree of {size} leaves")
    reached = climb(index, size - 1, leaf, path)[1]
    check(reached == root, "the inclusion proof does not lead to the root")


def check_consistency(old_size, size, path, old_root, root):
    check(old_size <= size, "the older tree is the larger one")
    if old_size in (0, size):
        check(not path, "the proof is too long")
        check(old_size == 0 or old_root == root, "two trees of one size")
        return
    fn, sn = old_size - 1, size - 1
    while fn % 2 == 1:
        fn, sn = fn >> 1, sn >> 1
    path = path if fn else [old_root, *path]
    check(path, "the proof is too short")
    check(climb(fn, sn, path[0], path[1:]) == (old_root, root), "the trees are not of one history")


# -- Signed notes, keys, checkpoints: c2sp.org


class Key:
    """A verifier key `name+id+base64(type || key)`, and the sizes for which it is trusted."""

    def __init__(self, text, first_size=0):
        self.text, self.first_size, self.end_size = text, first_size, None
        self.name, key_id, encoded = (text.split("+", 2) + ["", ""])[:3]
        data = unbase64(encoded, 33)
        self.kind, self.public = data[0], data[1:]
        self.id = sha256(self.name.encode(), b"\n", data)[:4]
        check(self.id.hex() == key_id, f"not a verifier key: {text}")

    def trusted_at(self, size):
        return self.first_size <= size and (self.end_size is None or size < self.end_size)

    def verifies(self, message, signature):
        try:
            from cryptography.exceptions import InvalidSignature
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        except ImportError:
            raise OSError("signatures need the Python package cryptography") from None
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
            return True
        except (InvalidSignature, ValueError):
            return False


class Checkpoint:
    """A signed note whose text is origin, size and root."""

    def __init__(self, note):
        text, blank, signatures = note.rpartition("\n\n")
        self.text = text + "\n"
        lines = text.split("\n")
        check(blank and signatures.endswith("\n") and len(lines) >= 3, "not a signed checkpoint")
        self.origin, self.size, self.root = lines[0], decimal(lines[1]), unbase64(lines[2], 32)
        self.lines = []
        for line in signatures[:-1].split("\n"):
            parts = line.split(" ")
            check(len(parts) == 3 and parts[0] == "\u2014", f"not a signature line: {line}")
            data = unbase64(parts[2])
            self.lines.append((parts[1], data[:4], data[4:]))

    def signed_by(self, key):
        """Whether the key signed; a line that names it and does not verify is an error."""
        found = [data for name, key_id, data in self.lines if (name, key_id) == (key.name, key.id)]
        for data in found:
            message, signature = self.text, data
            if key.kind == WITNESS_KEY:
                check(len(data) == 72, "not a cosignature")
                message = f"cosignature/v1\ntime {struct.unpack('>Q', data[:8])[0]}\n{self.text}"
                signature = data[8:]
            check(key.verifies(message.encode(), signature), f"a false signature by {key.name}")
        return bool(found)


class Trust:
    """The keys that the auditor was given, and those that they vouch for."""

    def __init__(self, keys, witnesses, min_witnesses):
        self.keys, self.witnesses, self.min = keys, witnesses, min_witnesses
        check(all(key.kind == LOG_KEY for key in keys), "--key takes the key of a log")
        check(all(key.kind == WITNESS_KEY for key in witnesses), "--witness takes a witness's key")

    def judge(self, checkpoint):
        """Verifies who signed; returns words for it."""
        if not self.keys:  # only for the checkpoint of an export, see main
            return "SIGNATURE NOT CHECKED, no --key given"
        origin, size = checkpoint.origin, checkpoint.size
        fits = [key for key in self.keys if key.name == origin and key.trusted_at(size)]
        signed = [key for key in fits if checkpoint.signed_by(key)]
        check(signed, f"no given key of {origin} signed its size {size}")
        witnesses = {key.public: key.name for key in self.witnesses if checkpoint.signed_by(key)}
        check(len(witnesses) >= self.min, f"cosigned by {len(witnesses)} of {self.min} witnesses")
        names = ", ".join(sorted(witnesses.values()))
        return f"signed; witnessed by {names}" if names else "signed; not witnessed"

    def hand_over(self, proof, log):
        """Follows a change of keys that the old key vouches for."""
        position, event = proof.index + 1, log.rotations.get(proof.index + 1)
        check(isinstance(event, dict), f"position {position} of the export is no key.rotated")
        in_force = {key.text: key for key in self.keys if key.end_size is None}
        old = in_force.get(event.get("old_key"))
        check(old, f"the key before position {position} is not trusted")
        new = Key(str(event.get("new_key")), position)
        check((new.kind, new.name) == (LOG_KEY, old.name), "the new key is not one of this log")
        check(proof.checkpoint.signed_by(old), "the old key did not sign the handover")
        check(proof.checkpoint.signed_by(new), "the new key did not sign the handover")
        proof.check(log.leaves[proof.index])
        old.end_size = position
        self.keys.append(new)


class Proof:
    """A `.tlog-proof` file."""

    def __init__(self, text):
        head, blank, note = text.partition("\n\n")
        lines = head.split("\n")
        check(blank and lines.pop(0) == "c2sp.org/tlog-proof@v1", "not a .tlog-proof")
        self.extra = None
        if lines and lines[0].startswith("extra "):
            self.extra = unbase64(lines.pop(0).removeprefix("extra "))
        check(lines and lines[0].startswith("index "), "not a .tlog-proof: no index")
        self.index = decimal(lines.pop(0).removeprefix("index "))
        self.path = [unbase64(line, 32) for line in lines]
        self.checkpoint = Checkpoint(note)

    def check(self, leaf):
        check_inclusion(leaf, self.index, self.checkpoint.size, self.path, self.checkpoint.root)

    def leaf(self, log):
        """Leaf hash of the entry: `extra` is the canonical entry, and says where it is."""
        exported = log.leaves[self.index] if log and self.index < len(log.leaves) else None
        if self.extra is None:
            check(exported, "the proof carries no entry: give the export")
            return exported
        entry = parse_json(self.extra)
        check(isinstance(entry, dict) and set(entry) == set(ENTRY), "the proof's extra is no entry")
        is_of_it = entry["position"] == self.index + 1
        check(is_of_it, "the proof is of another position than its entry")
        leaf = sha256(b"\x00", self.extra)
        check(not log or exported == leaf, "the export has another entry there")
        return leaf


# -- The export


class Log:
    """Leaves of all entries of an export, and its own checkpoint."""

    def __init__(self, lines):
        self.leaves, self.checkpoint, self.rotations = [], None, {}
        self.revisions, self.hashes, self.last_time, self.bare = {}, {}, "", 0
        for number, line in enumerate(lines, 1):
            try:
                check(self.checkpoint is None, "something follows the checkpoint")
                self.take(parse_json(line))
            except (Bad, UnicodeError) as error:
                raise Bad(f"line {number}: {error}") from error

    def take(self, event):
        check(isinstance(event, dict), "not an object")
        if set(event) == {"checkpoint"} and isinstance(event["checkpoint"], str):
            self.checkpoint = Checkpoint(event["checkpoint"])
            return
        for member in ENTRY:
            kind = int if member in ("position", "revision") else str
            found = type(event.get(member))
            check(found is kind, f"{member} is missing or of another type")
        if set(event) == set(ENTRY):
            self.bare += 1
        else:
            self.check_content(event)
        self.check_order(event)
        entry = {member: event[member] for member in ENTRY}
        self.leaves.append(sha256(b"\x00", canonical(entry).encode()))

    def check_content(self, event):
        content = {name: value for name, value in event.items() if name not in LOG_ATTRIBUTES}
        subject = content.get("subject")
        check(isinstance(subject, str), "no subject")
        subject_hash = salted(event, "subjectsalt", subject)
        check(subject_hash == event["subjecthash"], "subjecthash is not that of the subject")
        content_hash = salted(event, "contentsalt", canonical(content))
        check(content_hash == event["contenthash"], "contenthash is not that of the content")
        known = self.hashes.setdefault(subject, subject_hash)
        check(known == subject_hash, f"{subject} has two subject hashes")
        if event["type"] == "casetrail.key.rotated.v1" and subject == "log/keys":
            self.rotations[event["position"]] = event.get("data")

    def check_order(self, event):
        position, revision, stream = event["position"], event["revision"], event["subjecthash"]
        check(position == len(self.leaves) + 1, f"position {position} follows {len(self.leaves)}")
        due = self.revisions.get(stream, 0) + 1
        check(revision == due, f"position {position} is revision {revision}, expected {due}")
        self.revisions[stream] = revision
        time = event["recordedtime"]
        check(RECORDED_TIME.fullmatch(time), f"not a recorded time: {time}")
        check(time >= self.last_time, f"recorded time decreases at position {position}")
        self.last_time = time

    def check_root(self, checkpoint):
        size, count = checkpoint.size, len(self.leaves)
        check(size <= count, f"the checkpoint has {size} entries, the export {count}")
        root = root_of(self.leaves, size)
        check(root == checkpoint.root, f"the entries give another root at size {size}")


def lines_of(path):
    if path.endswith(".zst"):
        try:
            import zstandard
        except ImportError:
            raise OSError(f"{path}: .zst needs the Python package zstandard") from None
        try:
            with zstandard.open(path, "rt", encoding="utf-8", newline="\n") as file:
                yield from file
        except zstandard.ZstdError as error:
            raise Bad(f"{path}: {error}") from error
    else:
        with open(path, encoding="utf-8", newline="\n") as file:
            yield from file


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def verify(args, trust):
    log = Log(lines_of(args.export)) if args.export else None
    if log:
        root = base64.b64encode(root_of(log.leaves, len(log.leaves))).decode()
        print(f"{len(log.leaves)} entries, {log.bare} of them without content; root {root}")
    for path in args.handover:
        check(log, "--handover needs the export")
        trust.hand_over(Proof(read(path)), log)
        print(f"{path}: the old key vouches for the new one")
    named = [(path, Checkpoint(read(path))) for path in args.checkpoint]
    if log and log.checkpoint:
        named.append(("the export's checkpoint", log.checkpoint))
    for name, checkpoint in named:
        if log:
            log.check_root(checkpoint)
        print(f"{name}: size {checkpoint.size} of {checkpoint.origin}, {trust.judge(checkpoint)}")
    for path in args.proof:
        proof = Proof(read(path))
        proof.check(proof.leaf(log))
        size, words = proof.checkpoint.size, trust.judge(proof.checkpoint)
        print(f"{path}: position {proof.index + 1} is in the log of {size} entries, {words}")
    for path in args.consistency:
        verify_consistency_file(path, named, log, trust)


def verify_consistency_file(path, named, log, trust):
    """The text `old N`, hashes, blank line, checkpoint (c2sp.org/tlog-witness)."""
    head, blank, note = read(path).partition("\n\n")
    first, *lines = head.split("\n")
    check(blank and first.startswith("old "), f"{path} is no consistency proof")
    old_size, new = decimal(first.removeprefix("old ")), Checkpoint(note)
    roots = [c.root for _, c in named if c.size == old_size and c.origin == new.origin]
    if log and old_size <= len(log.leaves):
        roots.append(root_of(log.leaves, old_size))
    check(roots or old_size == 0, f"{path}: give --checkpoint with the tree of {old_size} entries")
    proof = [unbase64(line, 32) for line in lines]
    for root in roots or [sha256()]:
        check_consistency(old_size, new.size, proof, root, new.root)
    print(f"{path}: the {new.size} entries begin with the {old_size}, {trust.judge(new)}")


def main():
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=plain)
    parser.add_argument("export", nargs="?", metavar="EXPORT")
    for name in ("key", "witness", "checkpoint", "proof", "consistency", "handover"):
        parser.add_argument(f"--{name}", action="append", default=[])
    parser.add_argument("--min-witnesses", type=int, default=0)
    args = parser.parse_args()
    if not (args.export or args.checkpoint or args.proof or args.consistency):
        parser.error("nothing to verify")
    if not args.key and (args.checkpoint or args.proof or args.consistency or args.min_witnesses):
        parser.error("--key is needed: what nobody signed proves nothing")
    try:
        keys, witnesses = [Key(key) for key in args.key], [Key(key) for key in args.witness]
        trust = Trust(keys, witnesses, args.min_witnesses)
    except Bad as error:
        parser.error(str(error))
    try:
        verify(args, trust)
    except (Bad, UnicodeError) as error:
        print(f"NOT VERIFIED: {error}")
        return 1
    except OSError as error:
        print(f"verify.py: {error}", file=sys.stderr)
        return 2
    print("verified" if args.key else "verified, but for the signature")
    return 0


if __name__ == "__main__":
    sys.exit(main())
