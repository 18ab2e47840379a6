"""A remote I/O module of the demo's second line: a Modbus TCP server with sensors, an encoder counter and lamps."""

import asyncio
import socket

from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

COILS, DISCRETES, INPUT_REGISTERS = 1, 2, 4
# By their addresses, as in line.toml.
INPUTS = ("gate", "chute", "exit", "bin_full", "low_air", "restart")
OUTPUTS = ("line-stop", "red", "amber", "green", "buzzer")


class Module:
    def __init__(self, host, port, counts_now):
        self.host, self.port, self.counts_now = host, port, counts_now
        self.server = None
        self.inputs = [False] * len(INPUTS)
        self.outputs = [False] * len(OUTPUTS)

    async def count(self, function, _first, address, _count, registers, _values):
        """Whoever reads the counter gets what it is then: it counts between two ticks of the belt, too."""
        if function == INPUT_REGISTERS and address == 0:
            counts = self.counts_now()
            # High word first, as Modbus has it.
            registers[0:2] = [counts >> 16, counts & 0xFFFF]

    async def plug_in(self):
        # A second program on the port would share it unseen, as pymodbus asks for that.
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex((self.host, self.port)) == 0:
                raise SystemExit(f"demo line: another program listens on {self.host}:{self.port}; end it first")
        device = SimDevice(
            id=1,
            action=self.count,
            simdata=(
                [SimData(0, values=[False] * 16, datatype=DataType.BITS)],
                [SimData(0, values=[False] * 16, datatype=DataType.BITS)],
                [SimData(0, count=2, values=0, datatype=DataType.REGISTERS)],
                [SimData(0, count=2, values=0, datatype=DataType.REGISTERS)],
            ),
        )
        self.server = ModbusTcpServer(device, address=(self.host, self.port))
        await self.server.serve_forever(background=True)

    async def unplug(self, seconds):
        """Outputs fall when nobody reaches the module any more."""
        await self.close()
        await asyncio.sleep(seconds)
        await self.plug_in()

    async def close(self):
        server, self.server = self.server, None
        self.outputs = [False] * len(OUTPUTS)
        if server is not None:
            await server.shutdown()

    def set(self, **inputs):
        self.inputs = [bool(inputs[name]) for name in INPUTS]

    def output(self, name):
        return self.outputs[OUTPUTS.index(name)]

    async def exchange(self):
        server = self.server
        if server is None:
            return
        await server.async_setValues(1, DISCRETES, 0, self.inputs)
        found = await server.async_getValues(1, COILS, 0, len(OUTPUTS))
        if self.server is server:
            self.outputs = [bool(value) for value in found[: len(OUTPUTS)]]
