"""The scenarios, inside the virtual machine. Figures go to /run/out/results.json, one object a scenario.

Nothing is judged here: the test that started the machine does.
"""

import itertools
import json
import os
import queue
import random
import shutil
import signal
import subprocess
import threading
import time

OUT = "/run/out"
PROGRAM = os.environ.get("COMMUNE", OUT + "/commune")
BLUETOOTHD = "/usr/libexec/bluetooth/bluetoothd"
results = {}


def now():
    return time.monotonic()


def run(*args, timeout=30, **more):
    return subprocess.run(args, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout, **more)


def wait_for(what, seconds, every=0.05):
    """The first true answer of `what`, or None after so many seconds."""
    until = now() + seconds
    while now() < until:
        answer = what()
        if answer:
            return answer
        if air.fell():
            raise RuntimeError("bluetoothd fell over")
        time.sleep(every)
    return None


def bluez(*call):
    return run("dbus-send", "--system", "--dest=org.bluez", "--print-reply=literal", *call)


class Air:
    """btvirt's controllers and one bluetoothd."""

    def __init__(self):
        self.virt = None
        self.daemon = None

    def start(self, channels):
        # Page both in first, or the first HCI reset times out.
        run("btvirt", "-h")
        run(BLUETOOTHD, "-v")
        for _ in range(4):
            run("dmesg", "-C")
            self.virt = subprocess.Popen(["btvirt", "-L", "-l3"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            time.sleep(1.5)
            if "failed: -110" not in run("dmesg").stdout:
                break
            self.virt.kill()
            self.virt.wait()
        self.configure(channels)

    def stop(self):
        for process in (self.daemon, self.virt):
            if process:
                process.kill()
                process.wait()
        self.daemon = self.virt = None

    def configure(self, channels):
        """A new bluetoothd, with so many ATT channels."""
        if self.daemon:
            self.daemon.terminate()
            self.daemon.wait()
        with open("/etc/bluetooth/main.conf", "w") as file:
            file.write(f"[GATT]\nChannels = {channels}\n")
        log = open(OUT + "/bluetoothd.log", "a")
        self.daemon = subprocess.Popen([BLUETOOTHD, "-n"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        # Asked, never set: setting it while the daemon does races with it.
        return wait_for(lambda: self.is_on("hci0") and self.is_on("hci1"), 30, 0.2)

    def fell(self):
        """Whether bluetoothd ended by itself: the guest's kernel (6.1) ends it where it trips over a connection that
        ends in the midst of another's beginning."""
        return bool(self.daemon and self.daemon.poll() is not None)

    @staticmethod
    def is_on(adapter):
        get = "org.freedesktop.DBus.Properties.Get"
        return "true" in bluez("/org/bluez/" + adapter, get, "string:org.bluez.Adapter1", "string:Powered").stdout

    @staticmethod
    def power(adapter, state):
        run("btmgmt", "-i", adapter, "power", state)


class Node:
    """A node that runs on a copy of a data folder."""

    starts = itertools.count(1)

    def __init__(self, name, adapter, *flags, folder=None):
        self.name = name
        self.folder = folder or f"/tmp/{name}"
        if not folder:
            shutil.rmtree(self.folder, ignore_errors=True)
            shutil.copytree(f"{OUT}/devices/{name}", self.folder)
        self.adapter, self.flags = adapter, flags
        self.start()

    def start(self):
        self.started = now()
        # Another one for each start: what an earlier node said is no sign that this one is ready.
        self.path = f"{OUT}/{self.name}.{next(Node.starts)}.log"
        self.log = open(self.path, "w")
        self.process = subprocess.Popen(
            [PROGRAM, "--data-dir", self.folder, "up", "--no-lan", "--no-sign", "--adapter", self.adapter, *self.flags],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env={**os.environ, "COMMUNE_LOG": "commune_transports=debug,commune=info"},
        )
        # A command that comes before the node would open the folder itself, and keep the node out.
        if not wait_for(lambda: "Ctrl-C" in self.said(), 20):
            raise RuntimeError(f"{self.name} does not start: {self.said()}")
        self.started = now()

    def said(self):
        with open(self.path) as file:
            return file.read()

    def ask(self, *args):
        asked = run(PROGRAM, "--data-dir", self.folder, *args, "--json")
        try:
            return json.loads(asked.stdout)
        except ValueError:
            return {}

    def entries(self):
        return self.ask("status").get("entries", 0)

    def peers(self):
        return self.ask("status").get("peers", [])

    def stop(self, how=signal.SIGINT):
        self.process.send_signal(how)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


class Outsider:
    """The client on another stack, with an adapter of its own that bluetoothd lets go. It begins at its first order."""

    def __init__(self, number):
        self.number, self.lines, self.process = number, queue.Queue(), None

    def begin(self):
        air.power(f"hci{self.number}", "off")
        with open(OUT + "/network.json") as file:
            network = json.load(file)
        self.process = subprocess.Popen(
            ["/usr/bin/python3", OUT + "/client.py", str(self.number), network["secret"], network["id"]],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=open(OUT + "/client.log", "a"), text=True, bufsize=1,
            env={**os.environ, "PYTHONPATH": network["python"], "PYTHONDONTWRITEBYTECODE": "1"},
        )
        threading.Thread(target=self.listen, daemon=True).start()
        self.answer(40)

    def listen(self):
        for line in self.process.stdout:
            self.lines.put(json.loads(line))

    def answer(self, seconds):
        try:
            return self.lines.get(timeout=seconds)
        except queue.Empty:
            return {"broke": "no answer"}

    def order(self, do, **more):
        if not self.process:
            self.begin()
        self.process.stdin.write(json.dumps({"do": do, **more}) + "\n")

    def ask(self, do, **more):
        self.order(do, **more)
        return self.answer(40)

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
        self.process, self.lines = None, queue.Queue()


def scenario(work):
    """Runs one and keeps what it found, or why it broke off.

    The emulator falls silent at times, and the guest's kernel trips. So one that came to nothing is run once more on
    fresh controllers, and this is counted: a fault of ours would come again.
    """
    name = work.__name__
    began = now()
    silent = fell = 0
    # The one before may have taken it down with its last connection.
    if air.fell():
        client.stop()
        air.stop()
        air.start(3)
    while True:
        try:
            results[name] = work() or {}
        except Exception as error:  # the others go on
            results[name] = {"broke": repr(error)}
        is_well = "broke" not in results[name] and results[name].get("all", 0) is not None
        if is_well or silent > 1 or fell > 2:
            break
        if air.fell():
            fell += 1
            lines = run("dmesg").stdout.splitlines()
            print(*(it for it in lines if "RIP: 0010" in it or "BUG:" in it or "Oops" in it), sep="\n", flush=True)
        else:
            silent += 1
        client.stop()
        air.stop()
        air.start(3)
    results[name].update(silent=silent, fell=fell)
    results[name]["seconds"] = round(now() - began, 2)
    print(f"[{now():.1f}] {name}: {results[name]}", flush=True)
    with open(OUT + "/results.json.tmp", "w") as file:
        json.dump(results, file, indent=1)
    os.rename(OUT + "/results.json.tmp", OUT + "/results.json")


def whole(*nodes):
    return all(it.entries() == ENTRIES for it in nodes)


def together(*nodes):
    """Nodes that begin at the same moment."""
    begun, threads = {}, []
    for n, it in enumerate(nodes):
        threads.append(threading.Thread(target=lambda n=n, it=it: begun.update({n: Node(*it)})))
        threads[-1].start()
    for it in threads:
        it.join()
    return [begun[n] for n in range(len(nodes))]


def meet(*flags, wait=40, linger=0):
    """A holds the graph, B nothing: until B has it."""
    a, b = together(("a", "hci0", *flags), ("b", "hci1", *flags))
    began = now()
    try:
        found = wait_for(lambda: "nearby" in a.said() or "nearby" in b.said(), wait)
        found = now() - began if found else None
        done = wait_for(lambda: whole(b), wait)
        took = now() - began if done else None
        first = dials(a, b)
        time.sleep(linger)
        return {"found": found, "all": took, "dials": first, "again": dials(a, b) - first, "linked": links(a, b)}
    finally:
        b.stop()
        a.stop()


SERVICE = bytes.fromhex("6f7b1c002a6e4c5b9d0ec0de00000001")[::-1]
NODE = "00:AA:01:00:00:00/P"
ENTRIES, MANY = (json.load(open(OUT + "/devices.json"))[it] for it in ("entries", "many"))
air = Air()
client = Outsider(2)


def channel():
    """Over L2CAP, from two starts at the same moment. The states are equal afterwards: nobody dials again."""
    return meet(linger=14)


def gatt():
    return meet("--bluetooth-way", "gatt")


def portable_central():
    """B only dials, as where programs may do no more."""
    a = Node("a", "hci0")
    b = Node("b", "hci1", "--bluetooth-way", "portable")
    began = now()
    try:
        done = wait_for(lambda: whole(b), 60)
        return {"all": now() - began if done else None, "panics": b.said().count("panicked")}
    finally:
        b.stop()
        a.stop()


def one_channel():
    """bluetoothd with one ATT channel instead of three."""
    air.configure(1)
    try:
        return meet("--bluetooth-way", "gatt")
    finally:
        air.configure(3)


def three():
    """The emulator holds one connection a controller, so they take turns."""
    nodes = [Node(name, f"hci{n}", "--bluetooth-links", "1") for n, name in enumerate("abc")]
    began = now()
    try:
        done = wait_for(lambda: whole(*nodes), 60, 0.3)
        return {"all": now() - began if done else None, "entries": [it.entries() for it in nodes]}
    finally:
        for node in nodes:
            node.stop()


def dials(*nodes):
    return sum(it.said().count(" dialling ") for it in nodes)


def links(*nodes):
    return sum(it.said().count(" linked ") for it in nodes)


def cut():
    """The connection is ended from outside while much is on its way. Where it was through already: once more."""
    moments = random.Random(5)
    # With three ATT channels the guest's kernel trips more often where a connection ends.
    air.configure(1)
    d = Node("d", "hci0", "--bluetooth-way", "gatt")
    kept, took, linked = [], None, 0
    try:
        while linked < 2 and len(kept) < 5:
            before = links(d)
            e = Node("e", "hci1", "--bluetooth-way", "gatt")
            try:
                wait_for(lambda: links(d, e) > before, 40, 0.01)
                time.sleep(moments.uniform(0.1, 0.8))
                for device in ("hci0/dev_00_AA_01_01_00_01", "hci1/dev_00_AA_01_00_00_00"):
                    bluez("/org/bluez/" + device, "org.bluez.Device1.Disconnect")
                kept.append(e.entries())
                began = now()
                done = wait_for(lambda: e.entries() == MANY, 60)
                took = now() - began if done else None
                linked = links(d, e) - before
            finally:
                e.stop()
        return {"kept": kept, "of": MANY, "all": took, "linked": linked}
    finally:
        d.stop()
        air.configure(3)


def switched_off():
    """B's adapter is switched off a moment after a dial, and on again."""
    a = Node("a", "hci0", "--bluetooth-way", "gatt")
    b = Node("b", "hci1", "--bluetooth-way", "gatt")
    try:
        wait_for(lambda: dials(a, b), 40, 0.01)
        time.sleep(0.15)
        air.power("hci1", "off")
        off = wait_for(lambda: "switched off" in b.said(), 10)
        kept = b.entries()
        air.power("hci1", "on")
        began = now()
        done = wait_for(lambda: whole(b), 60)
        return {"noticed": bool(off), "kept": kept, "all": now() - began if done else None, "dials": dials(a, b)}
    finally:
        b.stop()
        a.stop()


def outsider():
    """The client meets a node over a channel, over GATT, and over GATT with values of 20 bytes."""
    a = Node("a", "hci0", "--bluetooth-links", "1")
    began = now()
    try:
        told = {"channel": client.ask("talk", way="channel")}
        for name, least in (("gatt", {}), ("least", {"mtu": 23, "most": 4000})):
            # As the page asks: the node ends what is left of a connection before.
            time.sleep(3)
            told[name] = client.ask("talk", way="gatt", **least)
        broke = any("broke" in it for it in told.values())
        return {"all": None if broke else now() - began, "device": a.ask("status").get("device"), **told}
    finally:
        a.stop()


def windows(data, size):
    return {data[at : at + size] for at in range(len(data) - size + 1)}


def content(advertisement):
    """Type and content of each part, without the flags and the service."""
    data, parts = bytes.fromhex(advertisement), []
    while data and data[0]:
        kind, part = data[1], data[2 : data[0] + 1]
        data = data[data[0] + 1 :]
        if kind == 0x21 and part[:16] == SERVICE:
            parts.append((kind, part[16:]))
        elif kind != 0x01:
            parts.append((kind, part))
    return parts


def advertised():
    """What one adapter puts on the air in two starts of a node that holds the same: bytes in common, names, keys."""
    starts, told = [], None
    for _ in range(2):
        a = Node("a", "hci0")
        try:
            wait_for(lambda: "advertised" in a.said(), 10)
            # At times a first scan hears nothing.
            heard = wait_for(lambda: it if NODE in (it := client.ask("listen", seconds=2)) else None, 20) or {}
            starts.append([part for it in heard.get(NODE, []) for part in content(it)])
            told = told or a.ask("status")
        finally:
            a.stop()
    one, other = (set().union(*(windows(part, 8) for _, part in it)) for it in starts)
    with open(OUT + "/network.json") as file:
        network = json.load(file)
    secrets = [told["device"], told["member"], told["network"], network["secret"]]
    known = set().union(*(windows(bytes.fromhex(it), 4) for it in secrets)) | {b"comm", b"BlueZ"}
    return {
        "heard": [len(it) for it in starts],
        "kinds": sorted({kind for it in starts for kind, _ in it}),
        "lengths": sorted({len(part) for it in starts for _, part in it}),
        "common": len(one & other),
        "known": sum(bool(windows(part, 4) & known) for it in starts for _, part in it),
    }


def liars():
    """Somebody repeats what A advertises, with states that change and from another address, and strangers advertise
    the service: B meets A none the less, and dials nobody else without end.
    """
    a = Node("a", "hci0", "--bluetooth-links", "1")
    client.order("lie", seconds=12)
    copied = client.answer(20)
    b = Node("b", "hci1", "--bluetooth-links", "1")
    began = now()
    try:
        done = wait_for(lambda: whole(b), 40)
        took = now() - began if done else None
        ended = client.answer(40)
        said = a.said() + b.said()
        return {
            "all": took, **copied, **ended,
            "copies_dialled": said.count("dialling place=F0:"), "strangers_dialled": said.count("dialling place=F1:"),
            "neighbours_dialled": said.count("dialling place=00:AA"), "failed": said.count("dial failed"),
        }
    finally:
        b.stop()
        a.stop()


def doctor():
    """What it says of an adapter that shows its maker's address, one that is off, and no service."""

    def finding():
        answer = json.loads(run(PROGRAM, "--data-dir", "/tmp/doctor", "doctor", "--no-lan", "--json").stdout)
        return [it["detail"] for it in answer["findings"] if it["layer"] == "bluetooth"]

    client.stop()
    shutil.copytree(OUT + "/devices/c", "/tmp/doctor", dirs_exist_ok=True)
    said = {"address": finding()}
    for adapter in ("hci0", "hci1", "hci2"):
        air.power(adapter, "off")
    said["off"] = finding()
    if air.fell():
        raise RuntimeError("bluetoothd fell over")
    air.daemon.terminate()
    air.daemon.wait()
    said["no_service"] = finding()
    air.daemon = None
    return said


SCENARIOS = [channel, gatt, portable_central, one_channel, three, outsider, advertised, liars, cut, switched_off, doctor]
wanted = os.environ.get("SCENARIOS", "").split()
# What a machine before this one has played stands already.
if os.path.exists(OUT + "/results.json"):
    with open(OUT + "/results.json") as file:
        results.update(json.load(file))
air.start(3)
for work in SCENARIOS:
    if work.__name__ not in results and (not wanted or work.__name__ in wanted):
        with open(OUT + "/playing", "w") as file:
            file.write(work.__name__)
        scenario(work)
open(OUT + "/finished", "w").close()
