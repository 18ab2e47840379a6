"""A PLC program by the eight rules of docs/ref/plc.md: reads, thinks and writes in a scan loop. Modbus TCP client.

python insight.py HOST PORT [PARTS] [SCAN_MS]

Prints one line a part: its number and whether it was accepted, or why not. Ends after PARTS; connects again by itself.
"""

import json
import sys
import time

from pymodbus.client import ModbusTcpClient
from pymodbus.exceptions import ModbusException

TRIGGER_ENABLE, TRIGGER, BUFFER, RESULTS_ACK = 1 << 0, 1 << 1, 1 << 2, 1 << 3
SET_USER_DATA, CLEAR_ERROR, CLEAR_EXPOSURE = 1 << 16, 1 << 18, 1 << 19
READY, TRIGGER_ACK, MISSED, ONLINE = 1 << 0, 1 << 1, 1 << 3, 1 << 7
COMPLETED, OVERRUN, VALID = 1 << 9, 1 << 10, 1 << 11
USER_DATA_ACK, EXPOSURE, PASS = 1 << 16, 1 << 19, 1 << 20
# Bits that a reset leaves as they are: Online, the offline reason, InspectionCompleted.
NO_RESET = ONLINE | 0x70 | COMPLETED
# Everything to the end of the result's text, in one request: numbers and text are of one part.
REGISTERS = 30
# Shorter than the station's plc_timeout_ms.
PAUSE_S = 0.5


def tell(**what):
    print(json.dumps(what), flush=True)


class Plc:
    def __init__(self, host, port):
        self.client = ModbusTcpClient(host, port=port, timeout=1, retries=0)
        self.bits = 0
        self.is_resetting = True
        self.is_triggering = False
        self.expected = []
        self.is_named = False
        self.scanned_at = time.monotonic()
        self.serial = 0
        self.done = 0

    def read(self):
        found = self.client.read_input_registers(1000, count=REGISTERS)
        if found.isError():
            raise ModbusException(str(found))
        return found.registers

    def write(self, from_, values):
        found = self.client.write_registers(from_, values)
        if found.isError():
            raise ModbusException(str(found))

    def put(self, bit, is_on):
        self.bits = self.bits | bit if is_on else self.bits & ~bit

    def give_up(self, why):
        for number in self.expected:
            tell(part=number, accept=False, why=why)
            self.done += 1
        self.expected = []
        self.bits, self.is_resetting, self.is_triggering = 0, True, False

    def end(self, number, accept, why):
        tell(part=number, accept=accept, why=why)
        self.done += 1

    def scan(self):
        self.look_at_the_clock()
        was_triggering = self.is_triggering
        words = self.read()
        status = words[0] | words[1] << 16
        has = lambda bit: bool(status & bit)
        if words[18] != 0x1234 or words[17] != 1:
            tell(error="byte order or map", test_word=words[18], map_version=words[17])
            sys.exit(3)
        if self.is_resetting:
            self.is_resetting = bool(status & ~NO_RESET)
        else:
            self.think(words, has)
        if self.look_at_the_clock() and not was_triggering:
            self.is_triggering = False
            self.put(TRIGGER, False)
        self.write(0, [self.bits & 0xFFFF, self.bits >> 16])

    def look_at_the_clock(self):
        """After a pause the station may have forgotten the ID that it was given, so the next part gets one again."""
        now = time.monotonic()
        has_paused = now - self.scanned_at > PAUSE_S
        self.scanned_at = now
        if has_paused:
            self.is_named = False
        return has_paused

    def think(self, words, has):
        self.put(TRIGGER_ENABLE | BUFFER, True)
        self.put(CLEAR_ERROR, has(OVERRUN))
        self.put(CLEAR_EXPOSURE, has(EXPOSURE))
        if not has(VALID):
            self.put(RESULTS_ACK, False)
        elif not self.bits & RESULTS_ACK and words[5] in self.expected:
            self.expected.remove(words[5])
            accept = has(PASS) and words[6] == 1 and words[7] == 1
            text = b"".join(word.to_bytes(2, "big") for word in words[22:])
            self.end(words[5], accept, text.rstrip(b"\0").decode())
            self.put(RESULTS_ACK, True)
        elif not self.is_triggering and not self.bits & RESULTS_ACK:
            tell(unexpected=words[5])
            self.put(RESULTS_ACK, True)
        self.trigger(words, has)

    def trigger(self, words, has):
        if self.is_triggering and has(TRIGGER_ACK):
            self.expected.append(words[4])
            self.is_triggering = False
            self.put(TRIGGER, False)
        elif self.is_triggering and has(MISSED):
            self.end(None, False, "missed")
            self.is_triggering = False
            self.put(TRIGGER, False)
        elif self.bits & SET_USER_DATA:
            if has(USER_DATA_ACK):
                self.put(SET_USER_DATA, False)
        elif not self.is_triggering and has(READY) and not has(TRIGGER_ACK):
            if self.is_named:
                self.put(TRIGGER, True)
                self.is_triggering, self.is_named = True, False
            elif not has(USER_DATA_ACK):
                self.serial += 1
                name = f"P-{self.serial:05}".encode().ljust(16, b"\0")
                self.write(4, [int.from_bytes(name[at : at + 2], "big") for at in range(0, 16, 2)])
                self.put(SET_USER_DATA, True)
                self.is_named = True


def main():
    host, port = sys.argv[1], int(sys.argv[2])
    parts = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    scan_s = float(sys.argv[4]) / 1000 if len(sys.argv) > 4 else 0.0
    plc = Plc(host, port)
    while parts == 0 or plc.done < parts:
        try:
            if not plc.client.connected and not plc.client.connect():
                raise ConnectionError("nobody listens")
            plc.scan()
        except (ModbusException, OSError) as error:
            tell(fault=str(error))
            plc.client.close()
            plc.give_up("connection lost")
            time.sleep(0.2)
        time.sleep(scan_s)


main()
