"""A Mitsubishi FX5U, simulated with its faults, for the suite of signal devices. Arguments: port, "3e", "4e" or "ascii".

Commands on standard input: "set N VALUE" (input N of the suite), "get N" (output N), "put N TEXT" (from DN on),
"fault NAME VALUE" (of the simulator), "events KIND" (how many there were); each is answered by a line.
"""

import ast
import asyncio
import sys
import threading

from aslmp.profile import Encoding
from aslmp.testing.server import Entry, PlcSimulator
from aslmp.wire.frames import FrameType

DOUBLE, TEXT = 2, 3
INPUTS = [("M", 10), ("D", 20), ("D", 30), ("D", 40), ("X", 0o17)]
OUTPUTS = [("M", 0), ("Y", 0o10)]


def put(memory, at, value):
    raw = value.encode().ljust(20, b"\0")
    memory.write_words("D", at, [raw[i] | raw[i + 1] << 8 for i in range(0, 20, 2)])


def set_input(memory, number, value):
    name, at = INPUTS[number]
    if number == DOUBLE:
        memory.set_u32(name, at, int(value))
    elif number == TEXT:
        put(memory, at, value)
    elif name in ("M", "X"):
        memory.write_bits(name, at, [value == "1"])
    else:
        memory.set_u16(name, at, int(value))


def command(plc, words):
    if words[0] == "set":
        set_input(plc.memory, int(words[1]), words[2] if len(words) > 2 else "")
        return "ok"
    if words[0] == "get":
        name, at = OUTPUTS[int(words[1])]
        return str(int(plc.memory.read_bits(name, at, 1)[0]))
    if words[0] == "put":
        put(plc.memory, int(words[1]), words[2])
        return "ok"
    if words[0] == "fault":
        plc._pathology = plc._pathology.replace(**{words[1]: ast.literal_eval(words[2])})
        return "ok"
    if words[0] == "events":
        return str(len(plc.events_of(words[1])))
    raise ValueError(words)


async def main(port, mode):
    frame = FrameType.FOUR_E if mode == "4e" else FrameType.THREE_E
    encoding = Encoding.ASCII_XY_HEX if mode == "ascii" else Encoding.BINARY
    entry = Entry(name="station", protocol="tcp", port=port, frame=frame, encoding=encoding)
    async with PlcSimulator(entries=[entry]) as plc:
        loop = asyncio.get_running_loop()

        def listen():
            for line in sys.stdin:
                print(command(plc, line.split()), flush=True)
            loop.call_soon_threadsafe(over.set)

        over = asyncio.Event()
        threading.Thread(target=listen, daemon=True).start()
        print("listening", flush=True)
        while not over.is_set():
            await asyncio.sleep(0.5)
            plc._records.clear()


asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
