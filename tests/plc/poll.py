"""A PLC whose program waits in its own registers, by "Addresses of modbus-poll" of docs/ref/plc.md. Modbus TCP server.

python poll.py PORT PARTS [TAKT_MS]

Its belt brings a part every TAKT_MS (50) at the soonest.

Prints "listening", then one line a part: its ID and whether it was accepted. Ends after PARTS.
"""

import asyncio
import json
import logging
import sys
import time

from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

logging.disable(logging.CRITICAL)
HOLDINGS = 3
TRIGGER, ACK, HEARTBEAT, PART_ID, STATION = 0, 1, 3, 4, 100
READY, VALID, PASS = 1 << 0, 1 << 11, 1 << 20
CYCLE_S = 0.002


class Plc:
    def __init__(self, server, takt_s):
        self.server = server
        self.takt_s = takt_s
        self.next_s = time.monotonic()
        self.beat = 0

    async def put(self, at, words):
        await self.server.async_setValues(1, HOLDINGS, at, words)

    async def get(self, at, count):
        return await self.server.async_getValues(1, HOLDINGS, at, count)

    async def until(self, is_so):
        """Goes round its cycle, with a sign of life in each."""
        while True:
            self.beat = self.beat % 65_535 + 1
            await self.put(HEARTBEAT, [self.beat])
            words = await self.get(STATION, 12)
            if is_so(words[0] | words[1] << 16):
                return words
            await asyncio.sleep(CYCLE_S)

    async def part(self, number):
        name = f"P-{number}".encode().ljust(128, b"\0")
        await self.until(lambda status: status & READY and time.monotonic() >= self.next_s)
        self.next_s = time.monotonic() + self.takt_s
        await self.put(PART_ID, [name[i] << 8 | name[i + 1] for i in range(0, 128, 2)])
        await self.put(TRIGGER, [1])
        words = await self.until(lambda status: status & VALID)
        status, number_of_result = words[0] | words[1] << 16, words[2]
        print(json.dumps({"id": f"P-{number}", "accept": bool(status & PASS)}), flush=True)
        await self.put(ACK, [number_of_result])
        await self.until(lambda status: not status & VALID)


async def main(port, parts, takt_ms=50):
    registers = [SimData(0, count=200, values=0, datatype=DataType.REGISTERS)]
    bits = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
    device = SimDevice(id=1, simdata=(bits, bits, registers, registers))
    server = ModbusTcpServer(device, address=("127.0.0.1", port))
    await server.serve_forever(background=True)
    print("listening", flush=True)
    plc = Plc(server, takt_ms / 1000)
    for number in range(1, parts + 1):
        await plc.part(number)
    await server.shutdown()


asyncio.run(main(*map(int, sys.argv[1:])))
