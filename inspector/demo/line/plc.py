"""The PLC of the demo's second line: a program by the rules of docs/ref/plc.md that announces parts and drives the air jet.

It knows of the belt what its own wires say: the photo-eye, the encoder and a code reader before the camera. The jet blows
unless a part that is to be accepted is before it, so nothing passes when this program or the station stands still.
"""

import asyncio
import time

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException

TRIGGER_ENABLE, TRIGGER, BUFFER, RESULTS_ACK = 1 << 0, 1 << 1, 1 << 2, 1 << 3
SET_USER_DATA, CLEAR_ERROR, CLEAR_EXPOSURE = 1 << 16, 1 << 18, 1 << 19
READY, TRIGGER_ACK, MISSED, ONLINE = 1 << 0, 1 << 1, 1 << 3, 1 << 7
COMPLETED, OVERRUN, VALID = 1 << 9, 1 << 10, 1 << 11
USER_DATA_ACK, EXPOSURE, PASS = 1 << 16, 1 << 19, 1 << 20
# Bits that a reset leaves as they are: Online, the offline reason, InspectionCompleted.
NO_RESET = ONLINE | 0x70 | COMPLETED
STATUS, HEARTBEAT, USER_PART_ID = 1000, 84, 4
SCAN_S = 0.01
# Around the jet, in millimetres: a part this near decides whether it blows.
BEFORE_MM, BEHIND_MM = 25, 35


class Plc:
    def __init__(self, host, port, counts_to_jet, counts_per_mm, tell):
        self.client = AsyncModbusTcpClient(host, port=port, timeout=1, retries=0, reconnect_delay=0)
        self.counts_to_jet, self.counts_per_mm = counts_to_jet, counts_per_mm
        self.counts, self.is_at_eye = 0, False
        self.is_online, self.told, self.tell = False, "not connected", tell
        self.paused_until = 0.0
        self.beat = 0
        self.counted = {"triggers": 0, "missed": 0, "accepted": 0, "rejected": 0, "unannounced": 0}
        self.forget()

    def forget(self):
        """As after a start of the program: a reset, and no part is known."""
        self.bits, self.is_resetting, self.is_online = 0, True, False
        self.names, self.comers, self.triggering = [], [], None
        # On their way to the jet: count at the photo-eye, number, and whether to accept once that is known.
        self.parts = []

    # Its wires.

    def see(self, counts, is_at_eye):
        self.counts = counts
        if is_at_eye and not self.is_at_eye:
            if self.is_paused() or self.is_resetting:
                self.counted["unannounced"] += 1
            else:
                self.comers.append(counts)
        self.is_at_eye = is_at_eye

    def read(self, name, style):
        if not self.is_paused():
            self.names.append((name, style))

    @property
    def blows(self):
        if self.is_paused():
            return True
        for counted, _, is_accepted in self.parts:
            behind = (self.counts - counted - self.counts_to_jet) / self.counts_per_mm
            if is_accepted and -BEFORE_MM <= behind <= BEHIND_MM:
                return False
        return True

    def pause(self, seconds):
        self.paused_until = time.monotonic() + seconds

    def is_paused(self):
        return time.monotonic() < self.paused_until

    # Its program.

    async def run(self):
        while True:
            try:
                if self.is_paused():
                    self.told = "stands still"
                    self.forget()
                    await asyncio.sleep(0.05)
                    continue
                if not self.client.connected and not await self.client.connect():
                    raise ConnectionError("the station does not listen")
                await self.scan()
            except (ModbusException, OSError) as error:
                if self.told != str(error):
                    self.tell(f"PLC: {error}")
                self.told = str(error)
                self.client.close()
                self.forget()
                await asyncio.sleep(0.2)
            await asyncio.sleep(SCAN_S)

    async def scan(self):
        found = await self.client.read_input_registers(STATUS, count=21)
        if found.isError():
            raise ModbusException(str(found))
        words = found.registers
        if words[17] != 1 or words[18] != 0x1234:
            raise ModbusException(f"map version {words[17]} and test word {words[18]:#x} are not those of the program")
        status = words[0] | words[1] << 16
        has = lambda bit: bool(status & bit)
        self.is_online = has(ONLINE)
        if self.is_resetting:
            self.told = "resets the handshake"
            self.is_resetting = bool(status & ~NO_RESET)
        else:
            self.put(TRIGGER_ENABLE | BUFFER, True)
            self.put(CLEAR_ERROR, has(OVERRUN))
            self.put(CLEAR_EXPOSURE, has(EXPOSURE))
            # First, so that a part is known before its result, which may come in the same scan.
            await self.trigger(words, has)
            self.results(words, has)
        gone = self.counts_to_jet + BEHIND_MM * 2 * self.counts_per_mm
        self.parts = [part for part in self.parts if self.counts - part[0] < gone]
        self.beat = (self.beat + 1) & 0xFFFF
        await self.write(HEARTBEAT, [self.beat])
        await self.write(0, [self.bits & 0xFFFF, self.bits >> 16])

    def results(self, words, has):
        if not has(VALID):
            self.put(RESULTS_ACK, False)
        elif not self.bits & RESULTS_ACK:
            is_accepted = has(PASS) and words[6] == 1 and words[7] == 1
            for part in self.parts:
                # Offered again where the connection was lost before the station read that it was acknowledged.
                if part[1] == words[5] and part[2] is None:
                    part[2] = is_accepted
                    self.told = f"part {words[5]} {'accepted' if is_accepted else 'rejected'}"
                    self.counted["accepted" if is_accepted else "rejected"] += 1
            self.put(RESULTS_ACK, True)

    async def trigger(self, words, has):
        if self.triggering is not None:
            if has(TRIGGER_ACK) or has(MISSED):
                number = words[4] if has(TRIGGER_ACK) else None
                self.parts.append([self.triggering, number, None])
                self.counted["triggers"] += 1
                self.counted["missed"] += number is None
                self.triggering = None
                self.put(TRIGGER, False)
        elif self.bits & SET_USER_DATA:
            if has(USER_DATA_ACK):
                self.put(SET_USER_DATA, False)
        elif self.comers and not has(TRIGGER_ACK):
            self.triggering = self.comers.pop(0)
            self.put(TRIGGER, True)
        elif self.names and not has(USER_DATA_ACK):
            name, style = self.names.pop(0)
            await self.write(USER_PART_ID, text(name, 128) + text(style, 32))
            self.put(SET_USER_DATA, True)

    def put(self, bit, is_on):
        self.bits = self.bits | bit if is_on else self.bits & ~bit

    async def write(self, from_, values):
        found = await self.client.write_registers(from_, values)
        if found.isError():
            raise ModbusException(str(found))


def text(value, size):
    raw = value.encode().ljust(size, b"\0")
    return [int.from_bytes(raw[at : at + 2], "big") for at in range(0, size, 2)]
