"""A Siemens PLC, simulated, for the suite of signal devices. Argument: the port.

Commands on standard input: "set N VALUE" (input N of the suite), "get N" (output N), "byte N" (of DB1), "put N VALUE" (a byte of
DB1), "deny" and "allow" (PUT/GET); each is answered by a line. The simulator writes a whole byte where one bit is to be
written, which no PLC does: here it is one bit.
"""

import logging
import sys

from snap7.server import Server
from snap7.s7protocol import S7WordLen
from snap7.type import SrvArea

logging.disable(logging.CRITICAL)
DB, MARKERS, INPUTS, OUTPUTS = bytearray(1200), bytearray(64), bytearray(16), bytearray(16)


class Plc(Server):
    denies = False

    def _parse_address_specification(self, spec):
        found = super()._parse_address_specification(spec)
        found["bit"] = spec[11] & 7
        return found

    def _parse_write_address(self, request):
        found = super()._parse_write_address(request)
        spec = request["parameters"]["address_spec"]
        if found and spec["word_len"] == S7WordLen.BIT:
            area, block, start, count, data = found
            memory = self.memory_areas.get((area, block), bytearray())
            if start < len(memory):
                mask = 1 << spec["bit"]
                data = bytearray([memory[start] | mask if data[0] & 1 else memory[start] & ~mask])
            return area, block, start, count, data
        return found

    def _handle_read_area(self, request, client):
        if self.denies:
            return self._build_error_response(request, 0x8104)
        return super()._handle_read_area(request, client)


def put_bit(memory, at, bit, is_on):
    memory[at] = memory[at] | 1 << bit if is_on else memory[at] & ~(1 << bit)


def set_input(number, value):
    if number == 0:
        put_bit(DB, 10, 3, value == "1")
    elif number == 1:
        DB[20:22] = int(value).to_bytes(2, "big")
    elif number == 2:
        MARKERS[30:34] = int(value).to_bytes(4, "big")
    elif number == 3:
        raw = value.encode()
        # What was longer before stays behind its end.
        DB[40:42] = bytes([20, len(raw)])
        DB[42 : 42 + len(raw)] = raw
    else:
        put_bit(INPUTS, 1, 7, value == "1")


def command(plc, words):
    if words[0] == "set":
        set_input(int(words[1]), words[2] if len(words) > 2 else "")
    elif words[0] == "get":
        memory, at, bit = ((DB, 0, 0), (OUTPUTS, 1, 5))[int(words[1])]
        return str(memory[at] >> bit & 1)
    elif words[0] == "byte":
        return str(DB[int(words[1])])
    elif words[0] == "put":
        DB[int(words[1])] = int(words[2])
    else:
        plc.denies = words[0] == "deny"
    return "ok"


def main(port):
    plc = Plc(log=False)
    plc.host = "127.0.0.1"
    for area, index, memory in (
        (SrvArea.DB, 1, DB),
        (SrvArea.MK, 0, MARKERS),
        (SrvArea.PE, 0, INPUTS),
        (SrvArea.PA, 0, OUTPUTS),
    ):
        plc.register_area(area, index, memory)
    plc.start(tcp_port=port)
    print("listening", flush=True)
    for line in sys.stdin:
        print(command(plc, line.split()), flush=True)


main(int(sys.argv[1]))
