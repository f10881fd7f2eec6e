"""The scenarios, inside the virtual machine. Figures go to /run/out/results.json, one object a scenario.

Nothing is judged here: the test that started the machine does.
"""

import json
import os
import random
import shutil
import signal
import subprocess
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

    @staticmethod
    def is_on(adapter):
        get = "org.freedesktop.DBus.Properties.Get"
        return "true" in bluez("/org/bluez/" + adapter, get, "string:org.bluez.Adapter1", "string:Powered").stdout

    @staticmethod
    def power(adapter, state):
        run("btmgmt", "-i", adapter, "power", state)


class Node:
    """A node that runs on a copy of a data folder."""

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
        self.path = f"{OUT}/{self.name}.{len(results)}.log"
        self.log = open(self.path, "a")
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


def scenario(work):
    """Runs one and keeps what it found, or why it broke off.

    The emulator falls silent at times. So one that came to nothing is run once more on fresh controllers, and this
    is counted: a fault of ours would come again.
    """
    name = work.__name__
    began = now()
    for silent in range(2):
        try:
            results[name] = work() or {}
        except Exception as error:  # the others go on
            results[name] = {"broke": repr(error)}
        results[name]["silent"] = silent
        if "broke" not in results[name] and results[name].get("all", 0) is not None:
            break
        air.stop()
        air.start(3)
    results[name]["seconds"] = round(now() - began, 2)
    print(f"[{now():.1f}] {name}: {results[name]}", flush=True)
    with open(OUT + "/results.json.tmp", "w") as file:
        json.dump(results, file, indent=1)
    os.rename(OUT + "/results.json.tmp", OUT + "/results.json")


def whole(*nodes):
    return all(it.entries() == ENTRIES for it in nodes)


def meet(*flags, wait=40, linger=0):
    """A holds the graph, B nothing: until B has it."""
    a = Node("a", "hci0", *flags)
    b = Node("b", "hci1", *flags)
    began = now()
    try:
        found = wait_for(lambda: "nearby" in a.said() or "nearby" in b.said(), wait)
        found = now() - began if found else None
        done = wait_for(lambda: whole(b), wait)
        took = now() - began if done else None
        first = dials(a, b)
        time.sleep(linger)
        return {"found": found, "all": took, "dials": first, "again": dials(a, b) - first}
    finally:
        b.stop()
        a.stop()


ENTRIES, MANY = (json.load(open(OUT + "/devices.json"))[it] for it in ("entries", "many"))
air = Air()


def channel():
    """Over L2CAP. The states are equal afterwards: nobody dials again."""
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


def doctor():
    """What it says of an adapter that shows its maker's address, one that is off, and no service."""

    def finding():
        answer = json.loads(run(PROGRAM, "--data-dir", "/tmp/doctor", "doctor", "--no-lan", "--json").stdout)
        return [it["detail"] for it in answer["findings"] if it["layer"] == "bluetooth"]

    shutil.copytree(OUT + "/devices/c", "/tmp/doctor", dirs_exist_ok=True)
    said = {"address": finding()}
    for adapter in ("hci0", "hci1", "hci2"):
        air.power(adapter, "off")
    said["off"] = finding()
    air.daemon.terminate()
    air.daemon.wait()
    said["no_service"] = finding()
    return said


SCENARIOS = [channel, gatt, portable_central, one_channel, three, cut, switched_off, doctor]
wanted = os.environ.get("SCENARIOS", "").split()
air.start(3)
for work in SCENARIOS:
    if not wanted or work.__name__ in wanted:
        scenario(work)
