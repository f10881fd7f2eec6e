#!/usr/bin/env python3
"""verify.py POLICY FILE: is this checkpoint, or the record in this proof, final? (C2SP tlog-policy,
tlog-checkpoint, tlog-proof; needs Python 3.9 and its package `cryptography`, and nothing of ours)"""
import base64, hashlib, sys
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
def check(holds, why):
    holds or sys.exit("not final: " + why)
def b64(text):
    data = base64.b64decode(text, validate=True)
    check(base64.b64encode(data).decode() == text, "base64 in another spelling")
    return data
keys, needed, signed = {}, 99, {1: set(), 4: set()}
for words in map(str.split, open(sys.argv[1], encoding="utf-8")):
    if words[0] in ("log", "witness"):
        name, key_id, key = words[-1].split("+", 2)
        keys[name, bytes.fromhex(key_id)] = b64(key)
    elif words[0] == "group":
        needed = int(words[2])
text = open(sys.argv[2], "rb").read().decode()
proof, _, note = text.partition("\n\n") if text.startswith("c2sp.org/tlog-proof@v1\n") else ("", "", text)
body, lines = note.split("\n\n")
origin, size, root = body.split("\n")
for line in lines.removesuffix("\n").split("\n"):
    dash, name, data = line.split(" ")
    key, data = keys.get((name, b64(data)[:4])), b64(data)[4:]
    if key:  # a false line of a known key ends here with InvalidSignature; lines of others are ignored
        head = b"" if key[0] == 1 else b"cosignature/v1\ntime %d\n" % int.from_bytes(data[:-64], "big")
        Ed25519PublicKey.from_public_bytes(key[1:]).verify(data[-64:], head + (body + "\n").encode())
        check(len(data) == {1: 64, 4: 72}[key[0]] and (key[0] == 4 or name == origin), "a false line")
        signed[key[0]].add(name)
check(signed[1] and len(signed[4]) >= needed, f"{len(signed[4])} of {needed} cosignatures")
if proof:
    extra, index, *path = [line.split(" ")[-1] for line in proof.split("\n")[1:]]
    extra, at, last, sha = b64(extra), int(index), int(size) - 1, lambda it: hashlib.sha256(it).digest()
    top = sha(b"\0" + extra[3 : 3 + int.from_bytes(extra[1:3], "big")])
    while last > 0:  # an odd last node has no sibling and rises as it is
        top = sha(b"\1" + b64(path.pop(0)) + top) if at & 1 else sha(b"\1" + top + b64(path.pop(0))) if at < last else top
        at, last = at >> 1, last >> 1
    check(int(index) < int(size) and not path and top == b64(root), "the record is not in the checkpoint")
print(f"final: {origin} at {size}, signed by " + ", ".join(sorted(signed[4])))
