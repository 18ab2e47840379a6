"""A Modbus TCP device for the suite of signal devices. Argument: the port.

Commands on standard input: "set N VALUE" (input N of the suite), "get N" (output N); each is answered by a line.
"""

import asyncio
import logging
import sys
import threading

from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

COILS, DISCRETES, HOLDINGS, INPUTS = 1, 2, 3, 4
logging.disable(logging.CRITICAL)


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


async def command(server, words):
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
    server = ModbusTcpServer(device, address=("127.0.0.1", port))
    loop = asyncio.get_running_loop()

    def listen():
        for line in sys.stdin:
            done = asyncio.run_coroutine_threadsafe(command(server, line.split()), loop)
            print(done.result(), flush=True)

    await server.serve_forever(background=True)
    threading.Thread(target=listen, daemon=True).start()
    print("listening", flush=True)
    await asyncio.Event().wait()


asyncio.run(main(int(sys.argv[1])))
