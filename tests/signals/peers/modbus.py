"""A Modbus TCP device for the suite of signal devices. Argument: the port.

Commands on standard input: "set N VALUE" (input N of the suite), "get N" (output N), "coils" (every change of a coil by its
master, as COIL+ or COIL- and milliseconds, in order); each is answered by a line.
"""

import asyncio
import logging
import sys
import threading
import time

from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

COILS, DISCRETES, HOLDINGS, INPUTS = 1, 2, 3, 4
logging.disable(logging.CRITICAL)


WRITE_COIL, WRITE_COILS = 5, 15


class Coils:
    """What a master has written, in the order in which it came."""

    def __init__(self):
        self.now, self.changes = {}, []

    def heard(self, is_sent, pdu):
        if not is_sent and pdu.function_code in (WRITE_COIL, WRITE_COILS):
            for coil, is_on in enumerate(pdu.bits[: pdu.count or 1], pdu.address):
                if self.now.get(coil, False) != is_on:
                    self.changes.append(f"{coil}{'+' if is_on else '-'} {time.monotonic() * 1e3:.0f}")
                self.now[coil] = is_on
        return pdu


def values(number, value):
    if number == 0:
        return DISCRETES, 10, [value == "1"]
    if number == 1:
        return HOLDINGS, 20, [int(value)]
    if number == 2:
        return INPUTS, 30, [int(value) >> 16, int(value) & 0xFFFF]
    if number == 3:
        raw = value.encode().ljust(20, b"\0")
        return HOLDINGS, 40, [raw[i] << 8 | raw[i + 1] for i in range(0, 20, 2)]
    return COILS, 17, [value == "1"]


async def command(server, coils, words):
    if words[0] == "coils":
        return ", ".join(coils.changes) or "none"
    if words[0] == "set":
        await server.async_setValues(1, *values(int(words[1]), words[2] if len(words) > 2 else ""))
        return "ok"
    if words[0] == "get":
        found = await server.async_getValues(1, COILS, (0, 8)[int(words[1])])
        return str(int(found[0]))
    raise ValueError(words)


async def main(port):
    device = SimDevice(
        id=1,
        simdata=(
            [SimData(0, values=[False] * 64, datatype=DataType.BITS)],
            [SimData(0, values=[False] * 64, datatype=DataType.BITS)],
            [SimData(0, count=200, values=0, datatype=DataType.REGISTERS)],
            [SimData(0, count=200, values=0, datatype=DataType.REGISTERS)],
        ),
    )
    coils = Coils()
    server = ModbusTcpServer(device, address=("127.0.0.1", port), trace_pdu=coils.heard)
    loop = asyncio.get_running_loop()

    def listen():
        for line in sys.stdin:
            done = asyncio.run_coroutine_threadsafe(command(server, coils, line.split()), loop)
            print(done.result(), flush=True)

    await server.serve_forever(background=True)
    threading.Thread(target=listen, daemon=True).start()
    print("listening", flush=True)
    await asyncio.Event().wait()


asyncio.run(main(int(sys.argv[1])))
