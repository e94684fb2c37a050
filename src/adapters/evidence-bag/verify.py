#!/usr/bin/env python3
"""Verifies a sealed Firebreak evidence bag: python3 -I verify.py [--bag DIR] --key VKEY --incident ID [--json]

Needs python3 (3.8 or later) and nothing else, and calls nobody. VKEY (name+hash+base64), ID and the SHA-256 of this
file must come to you by another way than the bag: what a bag brings along proves nothing. Faults are listed as
layer/CODE file: detail.

  BROKEN  something inside does not fit together
  INTACT  fits together, but the pinned key or the expected incident do not
  SIGNED  sealed by the holder of the pinned key for the expected incident: exit code 0 (else 1; wrong usage 2)
"""
import sys

if __name__ == "__main__" and not sys.flags.isolated:
    # Python would take a hashlib.py beside this file for its own. Start again without this folder and PYTHONPATH.
    sys.path.clear()
    if sys.argv[0] in ("", "-", "-c"):
        sys.exit("run it as a file: python3 -I verify.py")
    from posix import execv  # built in: no file can take its place
    execv(sys.executable, [sys.executable, "-I", __file__, *sys.argv[1:]])

import argparse, base64, hashlib, json, os, re, stat  # noqa: E401,E402

HEX_LENGTH = {"sha256": 64, "sha512": 128}
CHAIN, CHECKPOINT, INFO = "evidence/chain.jsonl", "evidence/checkpoint", "bag-info.txt"
LISTED = ["README.md", INFO, "bagit.txt", CHAIN, CHECKPOINT, "manifest-sha256.txt", "manifest-sha512.txt", "verify.py"]
TAG_FILES = LISTED + ["tagmanifest-sha256.txt", "tagmanifest-sha512.txt"]
SMALL = ["README.md", INFO, "bagit.txt", CHECKPOINT, "verify.py"]
# No sealed bag is larger. What is larger is BROKEN and not read to its end.
LINE_BYTES, SMALL_BYTES, TAG_BYTES = 1 << 24, 1 << 20, 1 << 28
RECORDS, ENTRIES, DEPTH, LISTED_FAULTS, PROGRAMS = 250000, 500000, 32, 1000, 1000
LAYERS = ["bag", "manifest", "chain", "files", "seal", "merkle", "checkpoint", "identity"]
PAYLOAD_PATH = re.compile(r"data(?:/[A-Za-z0-9_=~-][A-Za-z0-9._=~-]*)+")
NOT_IN_NAMES = re.compile("[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000+]")
NOT_PROVEN = [
    "INTACT: that the bag is as it was sealed.",
    "SIGNED: that this is what the holder of the pinned key sealed for the expected incident.",
    "TIMED: NOT CHECKED. The times in the records are the word of whoever held the key.",
    "WITNESSED: NOT CHECKED. The key's holder may have sealed another version; compare the report's checkpoint.",
    "A host under an attacker's control can have shown false bytes."]

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P

def ed25519_verify(key, message, signature):
    """RFC 8032 section 5.1.7; points are (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z."""
    def add(p, q):
        a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
        c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
        e, f, g, h = b - a, d - c, d + c, b + a
        return e * f % P, g * h % P, f * g % P, e * h % P

    def multiply(scalar, point):
        result = (0, 1, 1, 0)
        while scalar > 0:
            result = add(result, point) if scalar & 1 else result
            point, scalar = add(point, point), scalar >> 1
        return result

    def decompress(data):
        sign, y = data[31] >> 7, int.from_bytes(data, "little") & (2**255 - 1)
        x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
        x = pow(x2, (P + 3) // 8, P)
        x = x if x * x % P == x2 else x * pow(2, (P - 1) // 4, P) % P
        if y >= P or x * x % P != x2 or (x == 0 and sign):
            return None
        x = x if x & 1 == sign else P - x
        return x, y, 1, x * y % P

    point, base = decompress(key), decompress((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
    s = int.from_bytes(signature[32:], "little")
    if point is None or len(signature) != 64 or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    x, y, z, _ = add(multiply(s, base), multiply(h, (P - point[0], point[1], 1, P - point[3])))
    x, y = x * pow(z, P - 2, P) % P, y * pow(z, P - 2, P) % P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]

def decode_base64(text):
    """RFC 4648 section 4, strictly; empty for anything else."""
    data = base64.b64decode(text) if re.fullmatch("[A-Za-z0-9+/]*={0,2}", text) and len(text) % 4 == 0 else b""
    return data if base64.b64encode(data).decode() == text else b""

def parse_key(text):
    """C2SP verification key: (name, key id, key), or None."""
    name, key_id, encoded = text.split("+", 2) if text.count("+") >= 2 else ("", "", "")
    data = decode_base64(encoded)
    if not name or NOT_IN_NAMES.search(name) or len(data) != 33 or data[0] != 1:
        return None
    digest = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]
    return (name, digest, data[1:]) if digest.hex() == key_id else None

def parse_note(content):
    """C2SP checkpoint: (signed text, origin, size, root, [(key name, key id, signature)]), or None."""
    note = content.decode("utf-8", "replace")
    form = "(([^\n]+)\n(0|[1-9][0-9]{0,14})\n([^\n]+)\n)\n((?:\u2014 [^ \n]+ [^ \n]+\n){1,100})"
    match = re.fullmatch(form, note)
    if note.encode() != content or not match or re.search("[\x00-\x09\x0b-\x1f]", note):
        return None
    text, origin, size, root, lines = match.groups()
    pairs = [line.split(" ")[1:] for line in lines.split("\n")[:-1]]
    signatures = [(name, decode_base64(encoded)[:4], decode_base64(encoded)[4:]) for name, encoded in pairs]
    bad = any(NOT_IN_NAMES.search(name) or not signature for name, _, signature in signatures)
    return None if bad or len(decode_base64(root)) != 32 else (text, origin, int(size), decode_base64(root), signatures)

def as_count(value):
    """JSON knows no integers: 2.0 is 2 in the other verifier, so here too."""
    value = int(value) if isinstance(value, float) and value.is_integer() else value
    return value if type(value) is int and 0 <= value < 2**53 else None

def matches(pattern, value):
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None

def parse_record(line):
    """The record in a line of the chain, or None. int() refuses NaN and Infinity, which are not JSON."""
    try:
        number = lambda text: int(text) if len(text) < 20 else float(text)
        record = json.loads(line.decode("utf-8"), parse_constant=int, parse_int=number)
        seq, texts = as_count(record["seq"]), (record["prev"], record["incident"], record["type"])
    except (ValueError, RecursionError, KeyError, TypeError):
        return None
    good = seq is not None and matches("[0-9a-f]{64}", texts[0]) and all(isinstance(text, str) for text in texts)
    return record if good else None

def named_programs(record):
    """SHA-256 of the programs that the record says ran on hosts."""
    info, fields = [record[name] if isinstance(record.get(name), dict) else {} for name in ("info", "fields")]
    programs = fields.get("programs")
    named = [info.get("scriptSha256")] + (programs if isinstance(programs, list) else [])
    return [sha256 for sha256 in named if matches("[0-9a-f]{64}", sha256)]

def holds_program(record):
    """Whether the record holds the text of its program, or says that nobody has it."""
    program, there = record.get("program"), "path" in record and record.get("sha256") == record.get("program")
    return record["type"] == "program" and isinstance(program, str) and (record.get("kept") is False or there)

class Tree:
    """Merkle tree (RFC 6962 section 2.1) of leaves that come one by one: the roots of its complete subtrees."""
    size, roots = 0, ()

    def add(self, leaf):
        node, width = hashlib.sha256(b"\x00" + leaf).digest(), self.size
        while width & 1:
            node, self.roots, width = self.join(self.roots[-1], node), self.roots[:-1], width >> 1
        self.roots, self.size = self.roots + (node,), self.size + 1

    def join(self, left, right):
        return hashlib.sha256(b"\x01" + left + right).digest()

    def root(self):
        node = self.roots[-1] if self.roots else hashlib.sha256().digest()
        for left in reversed(self.roots[:-1]):
            node = self.join(left, node)
        return node

class TooLarge(Exception):
    pass

class Verification:
    def __init__(self, bag, key, incident):
        self.root, self.key, self.incident = os.fsencode(os.path.abspath(bag)), parse_key(key), incident
        self.faults, self.files, self.texts, self.folders, self.found, self.records = [], {}, {}, [], None, 0
        self.entries, self.counts = 0, {}
        if self.key is None or not incident:
            raise ValueError("the key is no verification key (name+hash+base64), or the expected incident is missing")

    def expect(self, holds, layer, code, file, detail):
        if not holds:
            number = self.counts[layer, code] = self.counts.get((layer, code), 0) + 1
            detail = detail if number <= LISTED_FAULTS else "and more of these, which are not listed"
            if number <= LISTED_FAULTS + 1:
                self.faults.append({"layer": layer, "code": code, "file": file, "detail": detail})
        return holds

    def within(self, holds, layer, file, detail):
        if not self.expect(holds, layer, "TOO_LARGE", file, detail + ": not checked further"):
            raise TooLarge

    def run(self):
        is_bag = os.path.isdir(self.root) and not os.path.islink(self.root)
        if not self.expect(is_bag, "bag", "NOT_A_BAG", ".", "there is no such directory"):
            return
        try:
            self.check()
        except TooLarge:
            self.found, self.records = None, 0

    def check(self):
        self.walk(self.root)
        self.check_completeness()
        payload, tags = [p for p in self.files if p.startswith("data/")], [p for p in LISTED if p in self.files]
        for algorithm in HEX_LENGTH:
            self.check_manifest("manifest-%s.txt" % algorithm, algorithm, payload, PAYLOAD_PATH.fullmatch)
            self.check_manifest("tagmanifest-%s.txt" % algorithm, algorithm, tags, LISTED.__contains__)
        self.check_bag_info(payload)
        if CHAIN in self.files:
            tree = self.check_chain(payload)
            if CHECKPOINT in self.files:
                self.check_checkpoint(tree)

    def walk(self, folder, shown="", depth=1):
        try:
            names = sorted(os.listdir(folder))
        except OSError:
            return self.expect(False, "bag", "UNREADABLE", shown[:-1], "cannot be read")
        for name in names:
            label = shown + "".join(chr(b) if 0x20 < b < 0x7F and b != 0x5C else "\\x%02x" % b for b in name)
            path, status = folder + b"/" + name, os.lstat(folder + b"/" + name)
            self.entries, mode = self.entries + 1, status.st_mode
            self.within(self.entries <= ENTRIES, "bag", ".", "more than %d files" % ENTRIES)
            if stat.S_ISDIR(mode):
                self.within(depth < DEPTH, "bag", label, "more than %d folders in each other" % DEPTH)
                self.folders.append(label)
                self.walk(path, label + "/", depth + 1)
            elif not stat.S_ISREG(mode):
                self.expect(False, "bag", "SYMLINK" if stat.S_ISLNK(mode) else "SPECIAL_FILE", label, "not followed")
            else:
                most = SMALL_BYTES if label in SMALL else TAG_BYTES
                self.within(label not in TAG_FILES or status.st_size <= most, "bag", label, "more than %d bytes" % most)
                self.expect(self.digest(path, label), "bag", "UNREADABLE", label, "cannot be read")

    def digest(self, path, label):
        sha256, sha512, size, text = hashlib.sha256(), hashlib.sha512(), 0, []
        try:
            with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
                for chunk in iter(lambda: file.read(1 << 20), b""):
                    sha256.update(chunk), sha512.update(chunk)
                    size, text = size + len(chunk), text + [chunk] if label in SMALL else []
        except OSError:
            return False
        self.files[label] = {"sha256": sha256.hexdigest(), "sha512": sha512.hexdigest(), "bytes": size}
        self.texts[label] = b"".join(text)
        return True

    def lines(self, path, layer):
        """One line at a time, without its LF: a chain may be larger than the memory."""
        with open(self.root + b"/" + path.encode(), "rb") as file:
            for line in iter(lambda: file.readline(LINE_BYTES + 1), b""):
                self.within(len(line) <= LINE_BYTES, layer, path, "a line of more than %d bytes" % LINE_BYTES)
                ended = self.expect(line.endswith(b"\n"), layer, "BAD_ENDING", path, "no LF at the end")
                yield line[:-1] if ended else line

    def check_completeness(self):
        for folder in self.folders:
            used = any(path.startswith(folder + "/") for path in [*self.files, *TAG_FILES, "data/"])
            self.expect(used, "bag", "EXTRA_DIRECTORY", folder, "no file of the bag lies in it")
        self.expect("data" in self.folders, "bag", "MISSING_DIRECTORY", "data", "there is no such directory")
        for path in self.files:
            self.expect(path in TAG_FILES or path.startswith("data/"), "bag", "EXTRA_FILE", path, "no file of a bag")
        for path in TAG_FILES:
            self.expect(path in self.files, "bag", "MISSING_FILE", path, "there is no such file")

    def check_manifest(self, manifest, algorithm, covered, belongs):
        if manifest not in self.files:
            return
        listed = {}
        for number, line in enumerate(self.lines(manifest, "manifest"), 1):
            match = re.fullmatch("([0-9a-f]{%d})  ([!-~]+)" % HEX_LENGTH[algorithm], line.decode("latin-1"))
            value, path = match.groups() if match and belongs(match.group(2)) else (None, None)
            if self.expect(path, "manifest", "BAD_LINE", manifest, "line %d is no entry" % number):
                self.expect(path not in listed, "manifest", "DUPLICATE_ENTRY", path, "listed again in " + manifest)
                listed.setdefault(path, value)
        for path, value in listed.items():
            if self.expect(path in self.files, "manifest", "MISSING_FILE", path, "listed in " + manifest):
                self.expect(self.files[path][algorithm] == value, "manifest", "HASH_MISMATCH", path, "see " + manifest)
        for path in covered:
            self.expect(path in listed, "manifest", "UNLISTED_FILE", path, "not listed in " + manifest)

    def check_bag_info(self, payload):
        same = self.texts.get("bagit.txt") in (None, b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
        self.expect(same, "bag", "BAD_BAGIT_TXT", "bagit.txt", "not the two lines of a BagIt 1.0 bag in UTF-8")
        if INFO not in self.files:
            return
        *lines, rest = self.texts[INFO].decode("latin-1").split("\n")
        fields = [re.fullmatch("([A-Za-z][A-Za-z-]*): ([ -~]*)", line) for line in lines]
        self.expect(not rest and None not in fields, "bag", "BAD_BAG_INFO", INFO, "a line is no `Label: value`")
        values = lambda label: [field.group(2) for field in fields if field and field.group(1) == label]
        oxum = "%d.%d" % (sum(self.files[path]["bytes"] for path in payload), len(payload))
        self.expect(values("Payload-Oxum") == [oxum], "bag", "OXUM_MISMATCH", INFO, "the payload is " + oxum)
        self.expect(values("External-Identifier") == [self.incident], "identity", "WRONG_INCIDENT", INFO, "no match")

    def check_chain(self, payload):
        tree, previous, artefacts, last, recorded = Tree(), "0" * 64, 0, None, set()
        programs, held = {}, set()
        for line in self.lines(CHAIN, "chain"):
            self.within(tree.size < RECORDS, "chain", CHAIN, "more than %d records" % RECORDS)
            sealed = last is not None and last["type"] == "seal"
            self.expect(not sealed, "seal", "AFTER_SEAL", CHAIN, "line %d is not last" % tree.size)
            index, expected, previous = tree.size, previous, hashlib.sha256(line).hexdigest()
            where, last = "line %d" % (index + 1), parse_record(line)
            kind = last["type"] if last else ""
            self.found = last["incident"] if last and self.found is None else self.found
            self.expect(not line.endswith(b"\r"), "chain", "BAD_LINE_ENDING", CHAIN, where + " ends in CR LF")
            self.expect((kind == "open") == (index == 0), "chain", "BAD_OPEN", CHAIN, where + ": open is first")
            if self.expect(last, "chain", "BAD_LINE", CHAIN, where + " is no record"):
                self.expect(last["seq"] == index, "chain", "BAD_SEQ", CHAIN, where + " has another number")
                self.expect(last["prev"] == expected, "chain", "BAD_PREV", CHAIN, where + ": hash of the line before")
                self.expect(last["incident"] == self.found, "chain", "MIXED_INCIDENTS", CHAIN, where + " is alien")
                self.check_file(last, recorded)
                for program in named_programs(last):
                    programs.setdefault(program, last["seq"])
                held.update([last["program"]] if holds_program(last) else [])
                self.within(len(programs) <= PROGRAMS, "chain", CHAIN, "more than %d programs are named" % PROGRAMS)
            artefacts += kind == "artefact"
            tree.add(line)
        self.records = tree.size
        self.expect(tree.size, "chain", "EMPTY", CHAIN, "there is no record")
        sealed = last is not None and last["type"] == "seal"
        if self.expect(sealed, "seal", "UNSEALED", CHAIN, "no seal: the end may be missing"):
            claimed = [as_count(last.get(name)) for name in ("records", "artefacts")]
            self.expect(claimed == [tree.size - 1, artefacts], "seal", "COUNT_MISMATCH", CHAIN, "wrong numbers")
            for path in [path for path in ("README.md", "verify.py") if path in self.files and "tags" in last]:
                named = last["tags"].get(path) if isinstance(last["tags"], dict) else None
                self.expect(named == self.files[path]["sha256"], "seal", "TAG_MISMATCH", path, "not what was sealed")
            for program, seq in programs.items() if "programs" in last else ():
                detail = "record %d names %s; no record holds it" % (seq, program)
                self.expect(program in held, "files", "PROGRAM_MISSING", CHAIN, detail)
        for path in payload:
            self.expect(path in recorded, "files", "UNRECORDED_FILE", path, "no record names it")
        self.expect(self.found == self.incident, "identity", "WRONG_INCIDENT", CHAIN, "of " + ascii(self.found))
        return tree

    def check_file(self, record, recorded):
        if record["type"] != "artefact" and "path" not in record:
            return
        path, size, where = record.get("path"), as_count(record.get("bytes")), "record %d" % record["seq"]
        hashes = all(matches("[0-9a-f]{%d}" % HEX_LENGTH[name], record.get(name)) for name in HEX_LENGTH)
        well_formed = hashes and matches(PAYLOAD_PATH, path) and size is not None
        if not self.expect(well_formed, "files", "BAD_RECORD", CHAIN, where + " does not describe its file"):
            return
        self.expect(path not in recorded, "files", "DUPLICATE_PATH", path, where + " names it again")
        recorded.add(path)
        file = self.files.get(path)
        if self.expect(file, "files", "MISSING_FILE", path, where + " names it, but it is not there"):
            self.expect(file["bytes"] == size, "files", "SIZE_MISMATCH", path, "not the size in " + where)
            changed = any(file[name] != record[name] for name in HEX_LENGTH)
            self.expect(not changed, "files", "HASH_MISMATCH", path, "not the hashes in " + where)

    def check_checkpoint(self, tree):
        (name, key_id, public), note = self.key, parse_note(self.texts[CHECKPOINT])
        if not self.expect(note, "checkpoint", "MALFORMED", CHECKPOINT, "not a signed note of origin, size and root"):
            return self.expect(False, "merkle", "NO_ROOT", CHECKPOINT, "there is no root to compare the records with")
        text, origin, size, root, signatures = note
        self.expect(size == tree.size, "merkle", "SIZE_MISMATCH", CHECKPOINT, "is over %d records" % size)
        self.expect(root == tree.root(), "merkle", "ROOT_MISMATCH", CHECKPOINT, "is not over these records")
        own = [signature for *signer, signature in signatures if signer == [name, key_id]]
        good = all(ed25519_verify(public, text.encode(), signature) for signature in own)
        self.expect(own, "checkpoint", "UNKNOWN_KEY", CHECKPOINT, "carries no signature by the pinned key")
        self.expect(good, "checkpoint", "BAD_SIGNATURE", CHECKPOINT, "the pinned key did not sign this text")
        self.expect(origin == name + "/" + self.incident, "identity", "WRONG_ORIGIN", CHECKPOINT, json.dumps(origin))

def verify(bag, key, incident):  # ValueError when key or incident are of no use
    check = Verification(bag, key, incident)
    check.run()
    faults = sorted(check.faults, key=lambda fault: (LAYERS.index(fault["layer"]), fault["file"], fault["code"]))
    level = 0 if any(fault["layer"] not in LAYERS[-2:] for fault in faults) else 1 if faults else 2
    return {"verdict": ["BROKEN", "INTACT", "SIGNED"][level], "incident": check.found or "", "records": check.records,
            "faults": faults, "notProven": NOT_PROVEN[level:]}

def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bag", default=os.path.dirname(os.path.abspath(__file__)), help="default: where this file is")
    parser.add_argument("--key", required=True, help="pinned verification key, from elsewhere")
    parser.add_argument("--incident", required=True, help="expected incident id, from elsewhere")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    try:
        result = verify(arguments.bag, arguments.key, arguments.incident)
    except ValueError as error:
        parser.error(str(error))
    lines = ["%(layer)s/%(code)s %(file)s: %(detail)s" % fault for fault in result["faults"]]
    lines += ["%(verdict)s: %(incident)s, %(records)d records" % result, "Not proven:", *result["notProven"]]
    # What comes from the bag must not command the terminal: json and ascii() both escape it.
    print(json.dumps(result, indent=2) if arguments.json else "\n".join(ascii(line)[1:-1] for line in lines))
    return 0 if result["verdict"] == "SIGNED" else 1

if __name__ == "__main__":
    sys.exit(main())
