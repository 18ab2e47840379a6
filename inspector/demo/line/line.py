"""The demo's second line, without machines: a belt with its sensors behind a Modbus module, and a PLC with an air jet.

python line.py FOLDER [--station PROGRAM] [--parts N] [--faults SECONDS]

FOLDER holds line.toml, belt/ (pictures and truth.csv of `inspector render`) and camera/now.png, which becomes the picture of the part
that is at the camera. Nothing else tells the station of a part than the wires of line.toml: the PLC's handshake, and the
inputs and outputs of the module. Single letters on standard input are what a person would do; --faults does them by itself.
With --parts it ends when so many parts have left, and says in its last line, as JSON, what the line itself counted.
"""

import argparse
import asyncio
import csv
import ctypes
import json
import logging
import os
import random
import re
import signal
import sys
import termios
import time
import tty
from pathlib import Path

from module import Module
from plc import Plc

# Millimetres from the photo-eye at the camera, in the direction of the belt.
READER, GATE, JET, CHUTE, EXIT, END = -90, 390, 400, 450, 480, 560
PART_LENGTH = 60
# Between the front edges of two parts.
PITCHES = (160, 210)
SPEED_MM_S, RAMP_MM_S2 = 180, 600
COUNTS_PER_MM = 10
TICK_S = 0.005
# A bin holds so many rejects; a person empties it so long after its sensor turned on.
BIN_HOLDS, EMPTIED_AFTER_S = 40, 8
# With --faults a person comes so long after the line has stopped.
RESTARTED_AFTER_S = 8
PAUSE_S = 4

# Linux ends the station even where this program is killed.
PR_SET_PDEATHSIG = 1

KEYS = {
    "j": "jam the jet, or free it; a bad part comes, and stays on the belt",
    "h": "take the next part off the belt by hand",
    "u": "lay a part on the belt behind the camera, that nobody announces",
    "b": "fill the bin, or empty it",
    "a": "shut the air off, or open it",
    "p": f"stop the PLC's program for {PAUSE_S} s: its parts pass unseen",
    "w": f"pull the module's network cable for {PAUSE_S} s",
    "r": "turn the key switch: the line goes on after a stop",
    "q": "end",
}


def wired(settings, kind, key):
    """Host and port of the device of this kind in line.toml."""
    found = re.search(rf'^kind = "{kind}"\n{key} = "([^":]+):([0-9]+)"', settings, re.MULTILINE)
    if not found:
        sys.exit(f'line.toml: expected kind = "{kind}" and below it {key} = "address:port", found no such device')
    return found[1], int(found[2])


class Part:
    def __init__(self, name, style, picture, place):
        self.name, self.style, self.picture, self.place = name, style, picture, place
        self.passed = set()
        self.is_blown_off = False

    def covers(self, place):
        return place <= self.place < place + PART_LENGTH

    def comes_to(self, place):
        """Once, when its front edge is there."""
        is_new = self.place >= place and place not in self.passed
        if is_new:
            self.passed.add(place)
        return is_new


class Line:
    def __init__(self, arguments):
        self.folder, self.parts_max = Path(arguments.folder), arguments.parts
        settings = (self.folder / "line.toml").read_text()
        self.plc = Plc(*wired(settings, "modbus-server", "listen"), JET * COUNTS_PER_MM, COUNTS_PER_MM, self.tell)
        self.module = Module(*wired(settings, "modbus", "address"), self.counts_now)
        with open(self.folder / "belt" / "truth.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        self.pictures = [(row["image"], row["style"]) for row in rows]
        self.bad = [(row["image"], row["style"]) for row in rows if row["is_defective"] == "true"]
        self.random = random.Random(7)
        # Ten a second: whoever starts the demo again gets IDs that were never there.
        self.serial = int(time.time() * 10) % 10**9
        self.parts = []
        self.speed, self.travelled, self.ticked_at = 0.0, 0.0, time.monotonic()
        self.next_at = 0.0
        self.is_jammed = self.is_handy = self.is_without_air = self.is_bad_next = False
        self.in_bin, self.full_at, self.stopped_at, self.key_until = 0, None, None, 0.0
        self.chute_until = 0.0
        self.is_ended = False
        self.counted = {"fed": 0, "at_eye": 0, "blown_off": 0, "left": 0, "taken": 0, "laid": 0}
        self.shown_at = 0.0

    def tell(self, text):
        print(("\r\x1b[K" if sys.stdout.isatty() else "") + text, flush=True)

    def show(self, now):
        if not sys.stdout.isatty() or now - self.shown_at < 0.2:
            return
        self.shown_at = now
        lamps = [lamp for lamp in ("red", "amber", "green") if self.module.output(lamp)]
        print(
            f"\r\x1b[Kbelt {self.speed:3.0f} mm/s   at the camera {self.counted['at_eye']}   left {self.counted['left']}"
            f"   in the bin {self.in_bin}   PLC: {self.plc.told}   lamp: {', '.join(lamps) or 'dark'}",
            end="",
            flush=True,
        )

    # What a person does.

    def key(self, key):
        now = time.monotonic()
        if key == "j":
            self.is_jammed = not self.is_jammed
            self.is_bad_next = self.is_jammed
            self.tell("the jet is jammed" if self.is_jammed else "the jet is free again")
        elif key == "h":
            self.is_handy = True
        elif key == "u":
            self.parts.append(Part("nobody's", "", None, JET - 130))
            self.parts[-1].passed.update((READER, 0))
            self.counted["laid"] += 1
            self.tell("a part that nobody announced lies on the belt")
        elif key == "b":
            self.in_bin = 0 if self.in_bin >= BIN_HOLDS else BIN_HOLDS
        elif key == "a":
            self.is_without_air = not self.is_without_air
            self.tell("the air is off" if self.is_without_air else "the air is on again")
        elif key == "p":
            self.plc.pause(PAUSE_S)
            self.tell(f"the PLC's program stands still for {PAUSE_S} s")
        elif key == "w":
            asyncio.ensure_future(self.module.unplug(PAUSE_S))
            self.tell(f"the module's cable is out for {PAUSE_S} s")
        elif key == "r":
            self.key_until = now + 0.5
            self.tell("the key switch is turned")
        elif key == "q":
            self.end()

    # What happens by itself.

    def tick(self, now):
        passed_s, self.ticked_at = now - self.ticked_at, now
        is_stopped = self.module.output("line-stop")
        goal = 0.0 if is_stopped else SPEED_MM_S
        step = RAMP_MM_S2 * passed_s
        self.speed = max(goal, self.speed - step) if self.speed > goal else min(goal, self.speed + step)
        moved = self.speed * passed_s
        self.travelled += moved
        for part in self.parts:
            part.place += moved
        self.feed()
        for part in list(self.parts):
            self.carry(part, now)
        self.look_after(now, is_stopped)
        self.plc.see(
            counts=int(self.travelled * COUNTS_PER_MM),
            is_at_eye=any(part.covers(0) for part in self.parts),
        )
        self.module.set(
            gate=any(part.covers(GATE) for part in self.parts),
            chute=now < self.chute_until,
            exit=any(part.covers(EXIT) for part in self.parts),
            bin_full=self.in_bin >= BIN_HOLDS,
            low_air=self.is_without_air,
            restart=now < self.key_until,
        )
        self.show(now)

    def counts_now(self):
        moved = self.speed * (time.monotonic() - self.ticked_at)
        return int((self.travelled + moved) * COUNTS_PER_MM) & 0xFFFFFFFF

    def feed(self):
        """The first part comes when the station says over the handshake that it inspects."""
        is_over = self.parts_max and self.counted["fed"] >= self.parts_max
        if not self.plc.is_online or is_over or self.travelled < self.next_at:
            return
        picture, style = self.pictures[self.counted["fed"] % len(self.pictures)]
        if self.is_bad_next and self.bad:
            picture, style = self.bad[self.serial % len(self.bad)]
        self.is_bad_next = False
        self.serial += 1
        self.counted["fed"] += 1
        self.parts.append(Part(f"SN-B2-{self.serial:09}", style, picture, READER - 60))
        self.next_at = self.travelled + self.random.uniform(*PITCHES)

    def carry(self, part, now):
        if part.comes_to(READER):
            self.plc.read(part.name, part.style)
        if part.comes_to(0):
            self.counted["at_eye"] += 1
            self.show_to_camera(part)
        if self.is_handy and 100 < part.place < GATE - PART_LENGTH:
            self.is_handy = False
            self.counted["taken"] += 1
            self.parts.remove(part)
            self.tell(f"{part.name} was taken off the belt by hand")
        elif part.comes_to(JET + 10):
            part.is_blown_off = self.plc.blows and not self.is_jammed and not self.is_without_air
        if part.is_blown_off and part.comes_to(CHUTE):
            self.parts.remove(part)
            self.counted["blown_off"] += 1
            self.in_bin += 1
            self.chute_until = now + 0.1
            self.tell(f"{part.name} {part.style}: blown off")
        elif part.comes_to(END):
            self.parts.remove(part)
            self.counted["left"] += 1

    def show_to_camera(self, part):
        """In one step, so that the camera never finds half of it."""
        camera = self.folder / "camera"
        camera.joinpath("next").symlink_to(Path("..") / "belt" / part.picture)
        os.replace(camera / "next", camera / "now.png")

    def look_after(self, now, is_stopped):
        if self.in_bin < BIN_HOLDS:
            self.full_at = None
        elif self.full_at is None:
            self.full_at = now
            self.tell("the bin is full")
        elif now - self.full_at > EMPTIED_AFTER_S:
            self.in_bin = 0
            self.tell("the bin is emptied")
        if not is_stopped:
            self.stopped_at = None
        elif self.stopped_at is None:
            self.stopped_at = now
            self.tell("the station stops the line: see the page Line; r lets it go on")

    def end(self):
        self.is_ended = True

    def is_done(self):
        return self.parts_max and self.counted["fed"] >= self.parts_max and not self.parts


async def faults(line, every_s):
    """What goes wrong on a real line now and then, and the person who sees to it."""
    while True:
        for keys in ("h", "jj", "p", "bb"):
            await asyncio.sleep(every_s)
            line.key(keys[0])
            for _ in range(100):
                await asyncio.sleep(0.1)
                if line.stopped_at is not None:
                    break
            if keys[1:]:
                line.key(keys[1])
            if line.stopped_at is not None:
                await asyncio.sleep(RESTARTED_AFTER_S)
                line.key("r")


def hear_keys(line):
    """Letters, from a terminal at once and from a pipe as they come; gives back how to put the terminal right."""
    before = None
    if sys.stdin.isatty():
        before = termios.tcgetattr(sys.stdin)
        tty.setcbreak(sys.stdin)

    def heard():
        keys = os.read(sys.stdin.fileno(), 64).decode(errors="replace")
        if not keys:
            asyncio.get_running_loop().remove_reader(sys.stdin)
        for key in keys.lower():
            line.key(key)

    try:
        asyncio.get_running_loop().add_reader(sys.stdin, heard)
    except OSError:
        # A file, or nothing: nobody is there to press a key.
        pass
    return lambda: before and termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


async def start_station(program, folder, is_ended):
    """Its lines go to a file; it ends with the line, and not by the terminal's Ctrl-C, which ends the line."""
    log = folder / "line.log"
    with open(log, "wb") as file:
        station = await asyncio.create_subprocess_exec(
            program, "run", "--settings", folder / "line.toml", stdout=file, stderr=file, start_new_session=True,
            preexec_fn=lambda: ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM),
        )
    while True:
        found = re.search(r"; (http://\S+)", log.read_text(errors="replace"))
        if found:
            print(f"the station:  {found[1]}\nits wires:    {found[1]}/line\nits own log:  {log}", flush=True)
            return station
        if station.returncode is not None:
            print(log.read_text(errors="replace"), end="", file=sys.stderr)
            sys.exit(f"the station ended with {station.returncode}")
        if is_ended():
            station.terminate()
        await asyncio.sleep(0.1)


async def run(arguments):
    line = Line(arguments)
    for ending in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(ending, line.end)
    await line.module.plug_in()
    station, at_work, put_right = None, [], lambda: None
    try:
        if arguments.station:
            station = await start_station(arguments.station, line.folder, lambda: line.is_ended)
        at_work.append(asyncio.ensure_future(line.plc.run()))
        if arguments.faults:
            at_work.append(asyncio.ensure_future(faults(line, arguments.faults)))
        put_right = hear_keys(line)
        if sys.stdin.isatty():
            print("Press a letter, and see on its pages what the station does. Ctrl-C ends both.")
            print("\n".join(f"  {key}  {what}" for key, what in KEYS.items()), flush=True)
        line.ticked_at = time.monotonic()
        while not line.is_ended and not line.is_done():
            await asyncio.sleep(TICK_S)
            line.tick(time.monotonic())
            await line.module.exchange()
            for task in at_work:
                if task.done():
                    task.result()
            if station is not None and station.returncode is not None:
                sys.exit(f"the station ended with {station.returncode}; {line.folder / 'line.log'} says why")
        # The last result, and what the sensors said of the last part.
        until = time.monotonic() + 1.5
        while line.is_done() and time.monotonic() < until:
            await asyncio.sleep(TICK_S)
            line.tick(time.monotonic())
            await line.module.exchange()
    finally:
        put_right()
        for task in at_work:
            task.cancel()
        if station is not None and station.returncode is None:
            line.tell("ending: the station sees its last parts through")
            station.terminate()
            await station.wait()
        await line.module.close()
    line.tell(json.dumps(line.counted | line.plc.counted))


def main():
    logging.disable(logging.CRITICAL)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--station", metavar="PROGRAM", help="start it on FOLDER/line.toml, and end it with the line")
    parser.add_argument("--parts", type=int, default=0, help="end after so many; 0: never")
    parser.add_argument("--faults", type=float, default=0, metavar="SECONDS", help="something goes wrong so often")
    asyncio.run(run(parser.parse_args()))


main()
