"""A Modbus TCP device: 64 coils, 64 discrete inputs, 200 holding and 200 input registers, all 0. Argument: the port."""
import asyncio
import sys

from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice


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
    print("listening", flush=True)
    await server.serve_forever()


asyncio.run(main(int(sys.argv[1])))
