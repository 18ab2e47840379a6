"""A PLC program that breaks rules of docs/ref/plc.md: it acknowledges a result before there is one, pulses Trigger, and
never drops its last acknowledgement.

python hasty.py HOST PORT
"""

import sys
import time

from pymodbus.client import ModbusTcpClient
from pymodbus.exceptions import ModbusException

TRIGGER_ENABLE, TRIGGER, RESULTS_ACK = 1 << 0, 1 << 1, 1 << 3
READY, VALID = 1 << 0, 1 << 11


def run(client):
    is_triggered, bits = False, TRIGGER_ENABLE
    client.write_registers(0, [bits | RESULTS_ACK, 0])
    time.sleep(0.1)
    client.write_registers(0, [bits, 0])
    time.sleep(0.1)
    while True:
        words = client.read_input_registers(1000, count=2).registers
        status = words[0] | words[1] << 16
        if status & READY and not is_triggered:
            is_triggered = True
            # On and off in one breath, without a look at TriggerAck; a quick station answers in between.
            client.write_registers(0, [bits | TRIGGER, 0])
        if status & VALID:
            bits |= RESULTS_ACK
        client.write_registers(0, [bits, 0])
        time.sleep(0.01)


client = ModbusTcpClient(sys.argv[1], port=int(sys.argv[2]), timeout=1, retries=0)
while True:
    try:
        if client.connect():
            run(client)
    except (ModbusException, OSError, AttributeError):
        client.close()
    time.sleep(0.1)
