#!/usr/bin/env python3
"""Verifies a sealed Firebreak evidence bag: python3 verify.py [--bag DIR] --key VKEY --incident ID [--json]

Needs python3 (3.8 or later) and nothing else, and calls nobody. KEY (name+hash+base64) and ID must come to you by another way than
the bag: a bag checked with what it brings along proves nothing. All faults are listed, each as layer/CODE file: detail.

  BROKEN  something inside does not fit together
  INTACT  fits together, but the pinned key or the expected incident do not
  SIGNED  sealed by the holder of the pinned key for the expected incident; exit code 0 (else 1; 2 for wrong usage)
"""
import argparse
import base64
import binascii
import hashlib
import json
import os
import re
import stat
import sys

ALGORITHMS = {"sha256": 64, "sha512": 128}
CHAIN, CHECKPOINT, INFO = "evidence/chain.jsonl", "evidence/checkpoint", "bag-info.txt"
LISTED = ["README.md", INFO, "bagit.txt", CHAIN, CHECKPOINT, "manifest-sha256.txt", "manifest-sha512.txt", "verify.py"]
TAG_FILES = LISTED + ["tagmanifest-sha256.txt", "tagmanifest-sha512.txt"]
LAYERS = ["bag", "manifest", "chain", "files", "seal", "merkle", "checkpoint", "identity"]
PAYLOAD_PATH = re.compile(r"data(?:/[A-Za-z0-9_=~-][A-Za-z0-9._=~-]*)+")
NOT_IN_NAMES = re.compile("[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000+]")
MAX_COUNT = 2**53 - 1
BROKEN_NOTE = "INTACT: that the bag is as it was sealed."
UNSIGNED_NOTE = "SIGNED: that this is what the holder of the pinned key sealed for the expected incident."
NOTES = [
    "TIMED: NOT CHECKED. The times in the records are the word of whoever held the key.",
    "WITNESSED: NOT CHECKED. The holder of the key could have sealed another version; compare the checkpoint with the copy in the report.",
    "A host under an attacker\u2019s control can have shown false bytes.",
]

# --- Ed25519 (RFC 8032 section 5.1), points as (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(scalar, point):
    result = (0, 1, 1, 0)
    while scalar > 0:
        if scalar & 1:
            result = add(result, point)
        point, scalar = add(point, point), scalar >> 1
    return result


def decompress(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * SQRT_M1 % P
    if (x * x - x2) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


def compress(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE = decompress((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519_verify(key, message, signature):
    point = decompress(key)
    if len(signature) != 64 or point is None:
        return False
    s = int.from_bytes(signature[32:], "little")
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    minus = (P - point[0], point[1], point[2], P - point[3])
    return s < L and compress(add(multiply(s, BASE), multiply(h, minus))) == signature[:32]


# --- formats

def decode_base64(text):
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (ValueError, binascii.Error):
        return None
    return data if base64.b64encode(data).decode() == text else None


def parse_key(text):
    match = re.fullmatch(r"([^+]+)\+([0-9a-f]{8})\+([!-~]+)", text)
    data = decode_base64(match.group(3)) if match else None
    if data is None or len(data) != 33 or data[0] != 1 or NOT_IN_NAMES.search(match.group(1)):
        return None
    key_id = hashlib.sha256(match.group(1).encode() + b"\n" + data).digest()[:4]
    return (match.group(1), key_id, data[1:]) if key_id.hex() == match.group(2) else None


def parse_note(content):
    try:
        note = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    gap = note.rfind("\n\n")
    if re.search("[\x00-\x09\x0b-\x1f]", note) or gap < 0 or not note.endswith("\n") or gap + 2 == len(note):
        return None
    signatures = []
    for line in note[gap + 2:-1].split("\n"):
        parts = line.split(" ")
        data = decode_base64(parts[2]) if len(parts) == 3 and parts[0] == "\u2014" else None
        if data is None or len(data) < 5 or not parts[1] or NOT_IN_NAMES.search(parts[1]):
            return None
        signatures.append((parts[1], data[:4], data[4:]))
    return (note[:gap + 1], signatures) if len(signatures) <= 100 else None


def parse_checkpoint(text):
    lines = text.split("\n")
    if len(lines) != 4 or lines[0] == "" or lines[3] != "" or not re.fullmatch("0|[1-9][0-9]{0,14}", lines[1]):
        return None
    root = decode_base64(lines[2])
    return (lines[0], int(lines[1]), root) if root is not None and len(root) == 32 else None


def as_count(value):
    """JSON knows no integers: 2.0 is 2 in the other verifier, so here too."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and 0 <= value <= MAX_COUNT else None


def is_hex(value, length):
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{%d}" % length, value) is not None


def no_constant(name):
    raise ValueError(name)


def parse_record(line):
    try:
        read_int = lambda text: int(text) if len(text) < 20 else float(text)
        record = json.loads(line.decode("utf-8"), parse_constant=no_constant, parse_int=read_int)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict) or as_count(record.get("seq")) is None or not is_hex(record.get("prev"), 64):
        return None
    return record if isinstance(record.get("incident"), str) and isinstance(record.get("type"), str) else None


def split_lines(content):
    lines = content.split(b"\n")
    rest = lines.pop()
    return lines + ([rest] if rest else []), rest != b""


def merkle_root(leaves):
    """RFC 6962 section 2.1: stack of complete subtrees, joined from the right at the end."""
    stack = []
    for index, leaf in enumerate(leaves):
        node = hashlib.sha256(b"\x00" + leaf).digest()
        while index & 1:
            node, index = hashlib.sha256(b"\x01" + stack.pop() + node).digest(), index >> 1
        stack.append(node)
    root = stack.pop() if stack else hashlib.sha256(b"").digest()
    while stack:
        root = hashlib.sha256(b"\x01" + stack.pop() + root).digest()
    return root


def display(name):
    return "".join(chr(b) if 0x20 < b < 0x7F and b != 0x5C else "\\x%02x" % b for b in name)


# --- checks

class Verification:
    def __init__(self, root, key, incident):
        self.root, self.key, self.incident = os.fsencode(os.path.abspath(root)), key, incident
        self.faults, self.files, self.folders, self.found, self.records = [], {}, [], "", 0

    def fault(self, layer, code, file, detail):
        self.faults.append({"layer": layer, "code": code, "file": file, "detail": detail})

    def run(self):
        if not os.path.isdir(self.root) or os.path.islink(self.root):
            self.fault("bag", "NOT_A_BAG", ".", "there is no such directory")
            return self
        self.walk(self.root, "")
        self.check_completeness()
        payload = [path for path in self.files if path.startswith("data/")]
        tags = [path for path in LISTED if path in self.files]
        for algorithm in ALGORITHMS:
            self.check_manifest("manifest-%s.txt" % algorithm, algorithm, payload, PAYLOAD_PATH.fullmatch)
            self.check_manifest("tagmanifest-%s.txt" % algorithm, algorithm, tags, LISTED.__contains__)
        self.check_bag_info(payload)
        content = self.read(CHAIN)
        if content is not None:
            lines = self.check_chain(content, payload)
            if CHECKPOINT in self.files:
                self.check_checkpoint(self.read(CHECKPOINT), lines)
        return self

    def walk(self, folder, shown):
        try:
            names = sorted(os.listdir(folder))
        except OSError:
            return self.fault("bag", "UNREADABLE", shown, "the directory cannot be read")
        for name in names:
            path, label = folder + b"/" + name, (shown + "/" if shown else "") + display(name)
            mode = os.lstat(path).st_mode
            if stat.S_ISDIR(mode):
                self.folders.append(label)
                self.walk(path, label)
            elif stat.S_ISREG(mode):
                self.digest(path, label)
            elif stat.S_ISLNK(mode):
                self.fault("bag", "SYMLINK", label, "a symbolic link can point anywhere and is not followed")
            else:
                self.fault("bag", "SPECIAL_FILE", label, "neither a file nor a directory")

    def digest(self, path, label):
        hashes, size = {name: hashlib.new(name) for name in ALGORITHMS}, 0
        try:
            with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
                for chunk in iter(lambda: file.read(1 << 20), b""):
                    size += len(chunk)
                    for digest in hashes.values():
                        digest.update(chunk)
        except OSError:
            return self.fault("bag", "UNREADABLE", label, "the file cannot be read")
        self.files[label] = dict({name: digest.hexdigest() for name, digest in hashes.items()}, bytes=size)

    def read(self, path):
        if path not in self.files:
            return None
        with open(self.root + b"/" + path.encode(), "rb") as file:
            return file.read()

    def check_completeness(self):
        for folder in self.folders:
            if not any(path.startswith(folder + "/") for path in list(self.files) + TAG_FILES + ["data/"]):
                self.fault("bag", "EXTRA_DIRECTORY", folder, "no file of the bag lies in it")
        if "data" not in self.folders:
            self.fault("bag", "MISSING_DIRECTORY", "data", "there is no such directory")
        for path in self.files:
            if not path.startswith("data/") and path not in TAG_FILES:
                self.fault("bag", "EXTRA_FILE", path, "a sealed bag has no such file")
        for path in TAG_FILES:
            if path not in self.files:
                self.fault("bag", "MISSING_FILE", path, "there is no such file")

    def check_manifest(self, manifest, algorithm, covered, belongs):
        content = self.read(manifest)
        if content is None:
            return
        lines, open_end = split_lines(content)
        if open_end:
            self.fault("manifest", "BAD_ENDING", manifest, "the last line does not end in LF")
        listed = {}
        for number, line in enumerate(lines, 1):
            match = re.fullmatch("([0-9a-f]{%d})  ([!-~]+)" % ALGORITHMS[algorithm], line.decode("latin-1"))
            if not match or not belongs(match.group(2)):
                self.fault("manifest", "BAD_LINE", manifest, "line %d is no entry" % number)
            elif match.group(2) in listed:
                self.fault("manifest", "DUPLICATE_ENTRY", match.group(2), "listed again in " + manifest)
            else:
                listed[match.group(2)] = match.group(1)
        for path, value in listed.items():
            if path not in self.files:
                self.fault("manifest", "MISSING_FILE", path, "listed in %s, but not there" % manifest)
            elif self.files[path][algorithm] != value:
                self.fault("manifest", "HASH_MISMATCH", path, "not what %s says" % manifest)
        for path in covered:
            if path not in listed:
                self.fault("manifest", "UNLISTED_FILE", path, "not listed in " + manifest)

    def check_bag_info(self, payload):
        if self.read("bagit.txt") not in (None, b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"):
            self.fault("bag", "BAD_BAGIT_TXT", "bagit.txt", "not the two lines of a BagIt 1.0 bag in UTF-8")
        content = self.read(INFO)
        if content is None:
            return
        lines = content.decode("latin-1").split("\n")
        open_end = lines.pop() != ""
        fields = [re.fullmatch("([A-Za-z][A-Za-z-]*): ([ -~]*)", line) for line in lines]
        if open_end or None in fields:
            self.fault("bag", "BAD_BAG_INFO", INFO, "a line is no `Label: value` that ends in LF")
        values = lambda label: [field.group(2) for field in fields if field and field.group(1) == label]
        oxum = "%d.%d" % (sum(self.files[path]["bytes"] for path in payload), len(payload))
        if values("Payload-Oxum") != [oxum]:
            self.fault("bag", "OXUM_MISMATCH", INFO, "the payload has %s octets.files" % oxum)
        if values("External-Identifier") != [self.incident]:
            self.fault("identity", "WRONG_INCIDENT", INFO, "External-Identifier is not the expected incident")

    def check_chain(self, content, payload):
        lines, open_end = split_lines(content)
        if open_end:
            self.fault("chain", "BAD_ENDING", CHAIN, "the last line does not end in LF")
        if not lines:
            self.fault("chain", "EMPTY", CHAIN, "there is no record")
        records, previous, incident = [], "0" * 64, None
        for index, line in enumerate(lines):
            where, expected, previous = "line %d" % (index + 1), previous, hashlib.sha256(line).hexdigest()
            if line.endswith(b"\r"):
                self.fault("chain", "BAD_LINE_ENDING", CHAIN, where + " ends in CR LF")
            record = parse_record(line)
            records.append(record or {})
            if record is None:
                self.fault("chain", "BAD_LINE", CHAIN, where + " is no record")
                continue
            if as_count(record["seq"]) != index:
                self.fault("chain", "BAD_SEQ", CHAIN, "%s has the number %d" % (where, record["seq"]))
            if record["prev"] != expected:
                self.fault("chain", "BAD_PREV", CHAIN, where + " does not carry the hash of the line before it")
            incident = record["incident"] if incident is None else incident
            if record["incident"] != incident:
                self.fault("chain", "MIXED_INCIDENTS", CHAIN, where + " is of another incident than the lines before")
        self.found, self.records = incident or "", len(lines)
        self.check_ends(records)
        self.check_files(records, payload)
        if self.found != self.incident:
            self.fault("identity", "WRONG_INCIDENT", CHAIN, "the records are of " + json.dumps(self.found))
        return lines

    def check_ends(self, records):
        last = len(records) - 1
        for index, record in enumerate(records):
            if (record.get("type") == "open") != (index == 0):
                self.fault("chain", "BAD_OPEN", CHAIN, "line %d: the first record, and only that, is an open record" % (index + 1))
            if record.get("type") == "seal" and index != last:
                self.fault("seal", "AFTER_SEAL", CHAIN, "there are records behind the seal in line %d" % (index + 1))
        seal = records[last] if records else {}
        artefacts = sum(record.get("type") == "artefact" for record in records)
        if seal.get("type") != "seal":
            self.fault("seal", "UNSEALED", CHAIN, "the last record is no seal: the end may be missing")
        elif as_count(seal.get("records")) != last or as_count(seal.get("artefacts")) != artefacts:
            self.fault("seal", "COUNT_MISMATCH", CHAIN, "there are %d records and %d artefacts before it" % (last, artefacts))

    def check_files(self, records, payload):
        recorded = set()
        for record in records:
            if record.get("type") != "artefact" and "path" not in record:
                continue
            path, size = record.get("path"), as_count(record.get("bytes"))
            if not (isinstance(path, str) and PAYLOAD_PATH.fullmatch(path)) or size is None or not all(
                is_hex(record.get(name), length) for name, length in ALGORITHMS.items()
            ):
                self.fault("files", "BAD_RECORD", CHAIN, "record %d does not describe its file" % record["seq"])
                continue
            if path in recorded:
                self.fault("files", "DUPLICATE_PATH", path, "record %d names it again" % record["seq"])
            recorded.add(path)
            file = self.files.get(path)
            if file is None:
                self.fault("files", "MISSING_FILE", path, "record %d names it, but it is not there" % record["seq"])
                continue
            if file["bytes"] != size:
                self.fault("files", "SIZE_MISMATCH", path, "has %d bytes, record %d says %d" % (file["bytes"], record["seq"], size))
            if any(file[name] != record[name] for name in ALGORITHMS):
                self.fault("files", "HASH_MISMATCH", path, "not what record %d says" % record["seq"])
        for path in payload:
            if path not in recorded:
                self.fault("files", "UNRECORDED_FILE", path, "no record names it")

    def check_checkpoint(self, content, lines):
        name, key_id, public = self.key
        note = parse_note(content)
        checkpoint = parse_checkpoint(note[0]) if note else None
        if checkpoint is None:
            self.fault("checkpoint", "MALFORMED", CHECKPOINT, "not a signed note of origin, size and root")
            self.fault("merkle", "NO_ROOT", CHECKPOINT, "there is no root to compare the records with")
            return
        origin, size, root = checkpoint
        if size != len(lines):
            self.fault("merkle", "SIZE_MISMATCH", CHECKPOINT, "is over %d records, not %d" % (size, len(lines)))
        if root != merkle_root(lines):
            self.fault("merkle", "ROOT_MISMATCH", CHECKPOINT, "is not over these records")
        own = [signature for signer, signer_id, signature in note[1] if signer == name and signer_id == key_id]
        if not own:
            self.fault("checkpoint", "UNKNOWN_KEY", CHECKPOINT, "carries no signature by the pinned key")
        elif not all(ed25519_verify(public, note[0].encode(), signature) for signature in own):
            self.fault("checkpoint", "BAD_SIGNATURE", CHECKPOINT, "the signature of the pinned key is not over this text")
        if origin != name + "/" + self.incident:
            self.fault("identity", "WRONG_ORIGIN", CHECKPOINT, "is of " + json.dumps(origin))

    def report(self):
        faults = sorted(self.faults, key=lambda fault: (LAYERS.index(fault["layer"]), fault["file"], fault["code"]))
        broken = any(fault["layer"] not in ("checkpoint", "identity") for fault in faults)
        verdict = "BROKEN" if broken else "INTACT" if faults else "SIGNED"
        notes = ([BROKEN_NOTE] if broken else []) + ([UNSIGNED_NOTE] if faults else []) + NOTES
        return {"verdict": verdict, "incident": self.found, "records": self.records, "faults": faults, "notProven": notes}


def verify(bag, key, incident):
    """The verdict as a dictionary; ValueError when key or incident are no use."""
    parsed = parse_key(key)
    if parsed is None:
        raise ValueError("the key is no verification key (name+hash+base64)")
    if not incident:
        raise ValueError("the expected incident is missing")
    return Verification(bag, parsed, incident).run().report()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bag", default=os.path.dirname(os.path.abspath(__file__)), help="default: where this file lies")
    parser.add_argument("--key", required=True, help="pinned verification key, from elsewhere")
    parser.add_argument("--incident", required=True, help="expected incident id, from elsewhere")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    try:
        result = verify(arguments.bag, arguments.key, arguments.incident)
    except ValueError as error:
        parser.error(str(error))
    if arguments.json:
        print(json.dumps(result, indent=2))
    else:
        for fault in result["faults"]:
            print(ascii("%(layer)s/%(code)s %(file)s: %(detail)s" % fault)[1:-1])
        print("%s: %s, %d records, %d faults" % (result["verdict"], ascii(result["incident"]), result["records"], len(result["faults"])))
        print("Not proven:\n" + "\n".join("  " + ascii(note)[1:-1] for note in result["notProven"]))
    return 0 if result["verdict"] == "SIGNED" else 1


if __name__ == "__main__":
    sys.exit(main())
