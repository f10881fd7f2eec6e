"""A stranger's program for the protocol of transports/PROTOCOL.md, written from that page and nothing else,
on the Bluetooth stack `bumble`. Orders are lines of JSON on standard input, answers lines of JSON.
"""

import asyncio
import hashlib
import hmac
import json
import os
import struct
import sys
import time

from blake3 import blake3
from bumble.core import UUID, AdvertisingData, ProtocolError
from bumble.device import Device, Peer
from bumble.hci import Address, HCI_LE_Set_Random_Address_Command
from bumble.l2cap import LeCreditBasedChannelSpec
from bumble.transport import open_transport
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SERVICE, RX, TX, INFO = (UUID(f"6f7b1c00-2a6e-4c5b-9d0e-c0de0000000{n}") for n in (1, 2, 3, 4))
SERVICE_DATA = 0x21


def raw(public):
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw)


def keyed(key, *parts):
    return blake3(b"".join(parts), key=key).digest()


class Network:
    """What a member's device knows."""

    def __init__(self, secret, network):
        self.network = network

        def key(purpose):
            return blake3(secret + struct.pack(">I", 0), derive_key_context=f"commune network {purpose} v1").digest()

        self.tag_key, self.channel_key, self.hello_key = key("tag"), key("channel"), key("hello")
        self.hint_key = blake3(self.channel_key, derive_key_context="commune bluetooth hint v1").digest()

    def knows(self, data):
        return len(data) == 10 and keyed(self.tag_key, b"tag", data[:4])[:4] == data[4:8]


class Noise:
    """XXpsk3 as the one who begins."""

    def __init__(self, prologue, psk):
        name = b"Noise_XXpsk3_25519_ChaChaPoly_BLAKE2s"
        self.h = hashlib.blake2s(name).digest() if len(name) > 32 else name.ljust(32, b"\0")
        self.ck, self.k, self.n, self.psk = self.h, None, 0, psk
        self.e, self.s = X25519PrivateKey.generate(), X25519PrivateKey.generate()
        self.mix_hash(prologue)

    def mix_hash(self, data):
        self.h = hashlib.blake2s(self.h + data).digest()

    def derive(self, material, count):
        secret = hmac.digest(self.ck, material, "blake2s")
        out = [b""]
        for n in range(count):
            out.append(hmac.digest(secret, out[-1] + bytes([n + 1]), "blake2s"))
        return out[1:]

    def mix_key(self, material):
        self.ck, self.k = self.derive(material, 2)
        self.n = 0

    def nonce(self):
        self.n += 1
        return struct.pack("<IQ", 0, self.n - 1)

    def encrypt(self, text):
        sealed = ChaCha20Poly1305(self.k).encrypt(self.nonce(), text, self.h) if self.k else text
        self.mix_hash(sealed)
        return sealed

    def decrypt(self, sealed):
        text = ChaCha20Poly1305(self.k).decrypt(self.nonce(), sealed, self.h) if self.k else sealed
        self.mix_hash(sealed)
        return text

    def first(self):
        e = raw(self.e.public_key())
        self.mix_hash(e)
        self.mix_key(e)
        return e + self.encrypt(b"")

    def second(self, message):
        e = message[:32]
        self.mix_hash(e)
        self.mix_key(e)
        theirs = self.re = X25519PublicKey.from_public_bytes(e)
        self.mix_key(self.e.exchange(theirs))
        s = self.decrypt(message[32:80])
        self.mix_key(self.e.exchange(X25519PublicKey.from_public_bytes(s)))
        assert self.decrypt(message[80:]) == b""

    def third(self):
        s = self.encrypt(raw(self.s.public_key()))
        self.mix_key(self.s.exchange(self.re))
        self.ck, other, self.k = self.derive(self.psk, 3)
        self.mix_hash(other)
        self.n = 0
        return s + self.encrypt(b"")

    def split(self):
        return [Cipher(key) for key in self.derive(b"", 2)]


class Cipher:
    """One direction of records."""

    def __init__(self, key):
        self.key, self.n, self.used = ChaCha20Poly1305(key), 0, 0

    def nonce(self):
        self.n += 1
        return struct.pack("<IQ", 0, self.n - 1)

    def count(self, text):
        self.used += len(text)
        if self.used >= 1 << 20:
            last = struct.pack("<IQ", 0, (1 << 64) - 1)
            self.key, self.used = ChaCha20Poly1305(self.key.encrypt(last, bytes(32), b"")[:32]), 0
        return text

    def seal(self, text):
        return self.key.encrypt(self.nonce(), text, b"")

    def open(self, sealed):
        return self.key.decrypt(self.nonce(), sealed, b"")


def crc_table():
    for n in range(256):
        for _ in range(8):
            n = (n >> 1) ^ (0x82F63B78 if n & 1 else 0)
        yield n


CRC_TABLE = tuple(crc_table())


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = CRC_TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def segment(kind, conversation, body):
    text = struct.pack("<BH", kind, conversation) + body
    return text + struct.pack("<I", crc32c(text))


class Stream:
    """Bytes in order, to be read by length."""

    def __init__(self):
        self.buffer, self.more, self.ended = bytearray(), asyncio.Event(), False

    def feed(self, data):
        self.buffer += data
        self.more.set()

    def end(self):
        self.ended = True
        self.more.set()

    async def read(self, length):
        while len(self.buffer) < length:
            if self.ended:
                raise EOFError
            self.more.clear()
            await self.more.wait()
        data = bytes(self.buffer[:length])
        del self.buffer[:length]
        return data


class Channel(Stream):
    """An L2CAP channel."""

    def __init__(self, channel):
        super().__init__()
        self.channel = channel
        channel.sink = self.feed
        channel.on("close", self.end)

    async def write(self, data):
        self.channel.write(data)
        await self.channel.drain()


class Segments(Stream):
    """A stream in segments, over GATT."""

    def __init__(self, rx, longest):
        super().__init__()
        self.rx, self.longest = rx, longest
        self.conversation = struct.unpack("<H", os.urandom(2))[0]
        self.sent, self.next_out, self.first_out = {}, 0, 0
        self.ahead, self.next_in, self.since_ack = {}, 0, 0
        self.welcome, self.room, self.ack_due = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.lengths, self.repeated = [0, 0], 0
        self.tasks = []

    async def put(self, kind, body):
        data = segment(kind, self.conversation, body)
        self.lengths[0] = max(self.lengths[0], len(data))
        await self.rx.write_value(data, with_response=False)

    async def open(self, tx):
        await tx.subscribe(self.heard)
        hello = struct.pack("<BH", 1, self.longest)
        for _ in range(20):
            await self.put(1, hello)
            try:
                await asyncio.wait_for(self.welcome.wait(), 0.3)
                break
            except asyncio.TimeoutError:
                continue
        assert self.welcome.is_set(), "no WELCOME"
        self.tasks = [asyncio.create_task(it) for it in (self.acknowledge(), self.repeat())]

    def heard(self, data):
        data = bytes(data)
        text, checksum = data[:-4], data[-4:]
        if len(data) < 7 or struct.unpack("<I", checksum)[0] != crc32c(text):
            return
        kind, conversation = struct.unpack_from("<BH", text)
        if conversation != self.conversation:
            return
        self.lengths[1] = max(self.lengths[1], len(data))
        body = text[3:]
        if kind == 2:
            self.takes = min(self.longest, struct.unpack_from("<H", body, 1)[0])
            self.welcome.set()
        elif kind == 3:
            (number,) = struct.unpack_from("<H", body)
            if (number - self.next_in) % 65536 < 32:
                self.ahead[number] = body[2:]
            in_order = number == self.next_in
            while self.next_in in self.ahead:
                part = self.ahead.pop(self.next_in)
                self.next_in = (self.next_in + 1) % 65536
                self.feed(part) if part else self.end()
            self.since_ack += 1
            if self.since_ack >= 8 or not in_order:
                self.since_ack = 8
            self.ack_due.set()
        elif kind == 4:
            missing, here = struct.unpack("<HI", body)
            for number in list(self.sent):
                behind = (number - missing) % 65536
                if behind >= 32768 or (0 < behind <= 32 and here >> (behind - 1) & 1):
                    del self.sent[number]
            self.room.set()

    async def acknowledge(self):
        while True:
            try:
                await asyncio.wait_for(self.ack_due.wait(), 5)
            except asyncio.TimeoutError:
                pass
            if self.since_ack < 8:
                await asyncio.sleep(0.01)
            self.ack_due.clear()
            self.since_ack = 0
            here = sum(1 << n for n in range(32) if (self.next_in + 1 + n) % 65536 in self.ahead)
            await self.put(4, struct.pack("<HI", self.next_in, here))

    async def repeat(self):
        while True:
            await asyncio.sleep(0.2)
            for number, (at, body) in list(self.sent.items()):
                if time.monotonic() - at > 0.6 and number in self.sent:
                    self.sent[number] = (time.monotonic(), body)
                    self.repeated += 1
                    await self.put(3, body)

    async def write(self, data):
        most = min(self.takes, 180) - 9
        for at in range(0, len(data), most):
            while self.sent and (self.next_out - next(iter(self.sent))) % 65536 >= 32:
                self.room.clear()
                await self.room.wait()
            body = struct.pack("<H", self.next_out) + data[at : at + most]
            self.sent[self.next_out] = (time.monotonic(), body)
            self.next_out = (self.next_out + 1) % 65536
            await self.put(3, body)

    def stop(self):
        for task in self.tasks:
            task.cancel()


class Session:
    """A channel, and the frames in it."""

    def __init__(self, stream, network):
        self.stream, self.network, self.text = stream, network, bytearray()
        self.device = Ed25519PrivateKey.generate()

    async def hear(self, length=None):
        (given,) = struct.unpack(">H", await self.stream.read(2))
        assert length in (None, given), f"{given} bytes"
        return await self.stream.read(given)

    @staticmethod
    def framed(message):
        return struct.pack(">H", len(message)) + message

    async def open(self):
        network = self.network
        random = os.urandom(8)
        hint = random + keyed(network.hint_key, random)[:8]
        noise = Noise(b"commune/1" + hint, network.channel_key)
        await self.stream.write(self.framed(hint + noise.first()))
        noise.second(await self.hear(96))
        third = noise.third()
        self.binding = noise.h
        self.out, self.into = noise.split()
        own = raw(self.device.public_key())
        signature = self.device.sign(b"commune bluetooth device v1" + b"\1" + self.binding)
        who = self.out.seal(own + signature + os.urandom(8))
        await self.stream.write(self.framed(third) + self.framed(who))
        who = self.into.open(await self.hear(120))
        self.peer, self.peer_tag = Ed25519PublicKey.from_public_bytes(who[:32]), who[96:]
        self.peer.verify(who[32:96], b"commune bluetooth device v1" + b"\0" + self.binding)

    async def say(self, kind, body):
        text = struct.pack(">I", len(body) + 1)[1:] + bytes([kind]) + body
        for at in range(0, len(text), 4096):
            part = text[at : at + 4096]
            await self.stream.write(self.framed(self.out.seal(part)))
            self.out.count(part)

    async def take(self, length):
        while len(self.text) < length:
            self.text += self.into.count(self.into.open(await self.hear()))
        data = bytes(self.text[:length])
        del self.text[:length]
        return data

    async def frame(self):
        body = b""
        while not body:
            body = await self.take(int.from_bytes(await self.take(3), "big"))
        return body[0], body[1:]

    def proof(self, role):
        return keyed(self.network.hello_key, role, self.binding)[:16]

    def signed(self, role, fields):
        return b"commune/hello/v1\0" + self.network.network + self.binding + role + fields

    async def greet(self):
        fields = b"\1" + self.proof(b"\1") + os.urandom(16) + b"\0\0"
        await self.say(1, fields + self.device.sign(self.signed(b"\1", fields)))
        kind, body = await self.frame()
        assert kind == 1, f"{kind} instead of HELLO"
        fields, signature = body[:-64], body[-64:]
        assert fields[1:17] == self.proof(b"\2"), "its proof is false"
        self.peer.verify(signature, self.signed(b"\2", fields))

    async def everything(self, most):
        """What the other side holds, at most so many bytes: entries as it counts them, the bytes of RUNs."""
        kind, body = await self.frame()
        assert kind == 2, f"{kind} instead of SUM"
        _, rest = var(body)
        held, counters = var(rest)
        assert len(counters) == 128
        round_ = body[: len(body) - len(rest)]
        # Ignored by who does not know it; behind it nothing is understood if a byte of it is wrong.
        await self.say(200, bytes(range(256)) * 8)
        await self.say(11, round_ + b"\1")
        got = bytearray()
        while len(got) < most:
            kind, body = await self.frame()
            if kind == 6:
                got += body
            elif kind == 14:
                break
            else:
                assert kind in (12, 15) or kind > 127, f"unexpected {kind}"
        await self.say(10, b"\0")
        return held, bytes(got)


def var(data):
    value = 0
    for n, byte in enumerate(data):
        value |= (byte & 0x7F) << (7 * n)
        if byte < 0x80:
            return value, data[n + 1 :]
    raise ValueError("no integer")


def structures(data):
    """Type and content of each part of an advertisement."""
    while len(data) > 1 and data[0]:
        yield data[1], data[2 : data[0] + 1]
        data = data[data[0] + 1 :]


def service_data(data):
    for kind, content in structures(data):
        if kind == SERVICE_DATA and content[:16] == bytes(SERVICE):
            return content[16:]
    return None


class Radio:
    """An adapter, and what is heard by it."""

    def __init__(self, device):
        self.device, self.heard, self.watch = device, {}, None
        # Each packet as it came, answers to scans too.
        device.host.on("advertising_report", self.advertised)

    def advertised(self, report):
        data = bytes(report.data)
        ours = service_data(data)
        self.heard.setdefault(str(report.address), set()).add(data)
        if ours is not None and self.watch and self.watch(report.address, ours):
            self.watch = None

    async def find(self, knows, seconds=20):
        found = asyncio.get_running_loop().create_future()

        def watch(address, data):
            if knows(data) and not found.done():
                found.set_result((address, data))
                return True
            return False

        self.watch = watch
        await self.device.start_scanning()
        try:
            return await asyncio.wait_for(found, seconds)
        finally:
            await self.device.stop_scanning()

    async def listen(self, seconds):
        self.heard.clear()
        await self.device.start_scanning()
        await asyncio.sleep(seconds)
        await self.device.stop_scanning()
        return {address: sorted(it.hex() for it in data) for address, data in self.heard.items()}

    async def advertise(self, address, ours):
        self.device.random_address = Address(address, Address.RANDOM_DEVICE_ADDRESS)
        content = bytes(AdvertisingData([(1, b"\6"), (SERVICE_DATA, bytes(SERVICE) + ours)]))
        # Those of the legacy commands: the address is set before.
        await self.device.send_sync_command(HCI_LE_Set_Random_Address_Command(random_address=self.device.random_address))
        await self.device.start_advertising(advertising_data=content, advertising_interval_min=50, advertising_interval_max=50)


async def talk(radio, network, way, mtu=517, most=1 << 30):
    """Meets a node of the network, takes what it holds, and says how that went."""
    began = time.monotonic()
    address, data = await radio.find(network.knows)
    found = time.monotonic()
    radio.device.gatt_server.max_mtu = mtu
    connection = await radio.device.connect(address)
    told = {"found": found - began, "nonce": data[:4].hex()}
    stream = None
    try:
        if way == "gatt":
            peer = Peer(connection)
            if mtu > 23:
                await peer.request_mtu(mtu)
            await peer.discover_service(SERVICE)
            await peer.discover_characteristics()
            rx, tx, info = (peer.get_characteristics_by_uuid(it)[0] for it in (RX, TX, INFO))
            version, psm, longest = struct.unpack_from("<BHH", await info.read_value())
            told["info"] = [version, psm, longest]
            stream = Segments(rx, min(connection.att_mtu - 3, longest))
            await stream.open(tx)
        else:
            spec = LeCreditBasedChannelSpec(psm=0xC7, mtu=2048, mps=247, max_credits=64)
            stream = Channel(await connection.create_l2cap_channel(spec))
        session = Session(stream, network)
        await asyncio.wait_for(session.open(), 5)
        told["knows_tag"] = session.peer_tag == data[:8]
        told["device"] = raw(session.peer).hex()
        await session.greet()
        opened = time.monotonic()
        held, got = await session.everything(most)
        took = time.monotonic() - opened
        told.update(held=held, bytes=len(got), start=blake3(got[:4000]).hexdigest(), whole=blake3(got).hexdigest())
        told.update(opened=opened - found, took=took, mtu=connection.att_mtu)
        if way == "gatt":
            told.update(lengths=stream.lengths, repeated=stream.repeated)
            stream.stop()
        await asyncio.sleep(0.3)
    finally:
        await end(connection)
    return told


async def end(connection):
    """Ends it, unless the other side did."""
    try:
        await asyncio.wait_for(connection.disconnect(), 3)
    except (asyncio.TimeoutError, ProtocolError):
        pass


async def lie(radio, network, seconds):
    """Repeats what a node advertises, with another state and from another address, and what no network advertises."""
    _, data = await radio.find(network.knows)
    until = time.monotonic() + seconds
    print(json.dumps({"copied": data.hex()}), flush=True)
    turn = held = 0
    while time.monotonic() < until:
        stranger = f"F1:00:00:00:00:{turn % 4 + 1:02X}"
        address, ours = ("F0:00:00:00:00:01", data[:8] + os.urandom(2)) if turn % 2 else (stranger, os.urandom(10))
        await radio.advertise(address, ours)
        await asyncio.sleep(0.7)
        await radio.device.stop_advertising()
        turn += 1
        # Whoever dials gets a connection, and nothing on it.
        for connection in list(radio.device.connections.values()):
            held += 1
            await asyncio.sleep(2)
            await end(connection)
    return {"turns": turn, "held": held}


async def main(adapter, secret, network):
    network = Network(bytes.fromhex(secret), bytes.fromhex(network))
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    async with await open_transport(f"hci-socket:{adapter}") as transport:
        device = Device.with_hci("", "F0:F1:F2:F3:F4:F5", transport.source, transport.sink)
        await device.power_on()
        radio = Radio(device)
        print(json.dumps({"ready": True}), flush=True)
        while line := await lines.readline():
            order = json.loads(line)
            what = order.pop("do")
            try:
                if what == "talk":
                    answer = await asyncio.wait_for(talk(radio, network, **order), 25)
                elif what == "lie":
                    answer = await lie(radio, network, **order)
                else:
                    answer = await radio.listen(**order)
            except Exception as error:  # the next order may go well
                answer = {"broke": repr(error)}
            print(json.dumps(answer), flush=True)


asyncio.run(main(*sys.argv[1:]))
