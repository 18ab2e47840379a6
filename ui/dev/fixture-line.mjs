// A made-up line with more devices and signals than most have, and long names.
const text = (en, zh) => ({ en, zh });

/** Pulses so often and for so long, up to now. */
function pulses(now, periodUs, onUs, phaseUs = 0) {
  const edges = [];
  const first = now - 60_000_000;
  for (let at = first - (first % periodUs) + phaseUs; at < now; at += periodUs) {
    edges.push({ at_us: at, is_on: true });
    if (at + onUs < now) edges.push({ at_us: at + onUs, is_on: false });
  }
  return { edges: edges.slice(-32), is_on: edges.at(-1)?.is_on ?? false, changes: Math.floor(now / periodUs) % 100_000, changed_us: edges.at(-1)?.at_us ?? null };
}
const still = (is_on) => ({ edges: [], is_on, changes: 0, changed_us: null });

const signal = (device, address, meaning, is_output, more) => ({ device, address, meaning, is_output, kind: "bit", is_on: null, number: null, text: null, changed_us: null, changes: 0, per_second: null, edges: [], unseen: null, ...more });

export function line(now, parts) {
  const rate = 5_000;
  const counts = Math.floor((now / 1_000_000) * rate) % 4_294_967_296;
  const inputs = [
    signal("io", "discrete:0", "trigger", false, { ...pulses(now, 500_000, 90_000), unseen: { since_us: now - 4_000_000, until_us: now - 3_660_000, times: 3 } }),
    signal("io", "input:0x1020.u32", "encoder", false, { kind: "number", number: counts, per_second: rate, changed_us: now - 4_000 }),
    signal("io", "discrete:1", "gate", false, pulses(now, 500_000, 60_000, 200_000)),
    signal("io", "discrete:2", "lane-confirm accept", false, pulses(now, 500_000, 70_000, 300_000)),
    signal("io", "discrete:3", "lane-confirm reject", false, pulses(now, 4_000_000, 70_000, 300_000)),
    signal("io", "discrete:4", "bin-full", false, still(false)),
    signal("io", "discrete:5", "low-air", false, still(false)),
    signal("io", "discrete:6", "belt-runs", false, still(true)),
    signal("a device with a name that somebody thought about for too long", "holding:40960.text64", "part-id", false, { kind: "text", text: "(01)09501101530003(10)AB-123(17)261231(21)0000000000000000042", changed_us: now - 300_000 }),
    signal("a device with a name that somebody thought about for too long", "holding:41000", "plc-heartbeat", false, { kind: "unknown" }),
    ...Array.from({ length: 14 }, (_, at) => signal("io", `discrete:${10 + at}`, `lane-confirm work place ${at + 1}`, false, pulses(now, 7_000_000, 70_000, at * 500_000))),
  ];
  const outputs = [
    signal("io", "coil:0", "lane accept", true, pulses(now, 500_000, 100_000, 220_000)),
    signal("io", "coil:1", "heartbeat", true, pulses(now, 1_000_000, 500_000)),
    signal("io", "coil:2", "line-stop", true, still(false)),
    ...["ready", "red", "amber", "green", "buzzer", "alarm"].map((meaning, at) => signal("io", `coil:${3 + at}`, meaning, true, still(meaning === "ready" || meaning === "green"))),
    ...Array.from({ length: 8 }, (_, at) => signal("io", `coil:${16 + at}`, `lane work place ${at + 1}`, true, pulses(now, 7_000_000, 100_000, at * 500_000))),
  ];
  const bit = (name, more) => ({ name, meaning: name, edges: [], is_on: false, changes: 0, ...more });
  const offline = ["OfflineReason0", "OfflineReason1", "OfflineReason2"].map((name) => bit(name, {}));
  const plc = [
    bit("TriggerEnable", still(true)), bit("Trigger", pulses(now, 500_000, 60_000)), bit("BufferResultsEnable", still(true)), bit("InspectionResultsAck", pulses(now, 500_000, 60_000, 250_000)),
    ...["ExecuteCommand", "SetOffline", "SetUserData", "InitiateStringCommand", "ClearError", "ClearExposureComplete", "SoftEvent0"].map((name) => bit(name, {})),
  ];
  const station = [
    bit("TriggerReady", pulses(now, 500_000, 380_000, 120_000)), bit("TriggerAck", pulses(now, 500_000, 60_000, 10_000)), bit("MissedAcq", {}), ...offline, bit("Online", still(true)),
    bit("SystemBusy", pulses(now, 500_000, 240_000)), bit("InspectionCompleted", pulses(now, 1_000_000, 500_000, 240_000)), bit("ResultsBufferOverrun", {}), bit("ResultsValid", pulses(now, 500_000, 60_000, 240_000)),
    ...["CommandExecuting", "CommandCompleted", "CommandFailed", "Error", "SetUserDataAck", "StringCmdAck", "StringCmdError"].map((name) => bit(name, {})),
    bit("ExposureComplete", pulses(now, 500_000, 60_000, 90_000)), bit("JobPass", pulses(now, 1_000_000, 60_000, 240_000)), bit("SoftEventAck0", {}),
  ];
  const device = (name, kind, more) => ({ name, kind, is_connected: true, since_us: now - 7_543_000_000, why: null, reason: null, is_armed: true, announces: false, takes_out: false, said: null, said_times: 0, said_us: null, handshake: null, ...more });
  return {
    server_time_us: now,
    devices: [
      device("plc", "modbus-server", {
        announces: true, takes_out: true, why: { code: "plc_silent", text: { en: "The PLC asks or answers nothing. Check its power, cable, address and program.", zh: "PLC 既不询问也不应答。检查电源、线缆、地址和程序。" } }, reason: "plc: the PLC asks or answers nothing; check its power, cable, address and program",
        handshake: {
          plc, station, acquisition_id: parts % 65_536, inspection_id: 0, error_code: 0, current_job: 2, plc_heartbeat: Math.floor(now / 500_000) % 65_536, heartbeat: Math.floor(now / 500_000) % 65_536, plc_heartbeat_us: now - 100_000,
          trigger: { code: "trigger_off", is_for_plc: true, text: text("The trigger was acknowledged: the station waits for the PLC to drop Trigger.", "触发已应答：工位在等 PLC 复位 Trigger。"), since_us: now - 12_400_000 },
          result: null,
        },
      }),
      device("io", "modbus"),
      device("scanner", "text", { said: "(01)09501101530003(10)AB-123(17)261231(21)0000000000000000042", said_times: 7, said_us: now - 300_000 }),
      device("a device with a name that somebody thought about for too long", "modbus", { is_connected: false, since_us: now - 63_000_000, is_armed: false, why: { code: "unreachable", text: { en: "Nobody takes connections at its address. Check power, cable and address, and that it listens there.", zh: "该地址无人接受连接。检查电源、线缆和地址，以及设备是否在监听。" } }, reason: "device \"a device with a name that somebody thought about for too long\": connect 192.168.1.6:502: Connection refused (os error 111); check power, cable and address" }),
    ],
    signals: [...inputs, ...outputs],
    lanes: [
      { number: 0, name: "accept", takes: "accept", is_safe: false, has_gate: true, travel_ms: null, distance_mm: 400 },
      { number: 1, name: "reject", takes: "reject", is_safe: true, has_gate: false, travel_ms: null, distance_mm: 1_250 },
      { number: 2, name: "work place with a name that somebody thought about", takes: "accept", is_safe: false, has_gate: true, travel_ms: null, distance_mm: 1_250 },
    ],
    encoder: { counts, mm_s: 500.02, travelled_mm: (now % 9_000_000_000) / 2_000, counts_per_mm: 10, state: "sound", since_us: now - 60_000_000 },
    parts: [
      { part_no: parts - 2, behind_mm: 1_190.2, behind_ms: null, lane: "work place with a name that somebody thought about" },
      { part_no: parts - 1, behind_mm: 402.4, behind_ms: null, lane: "accept" },
      { part_no: parts, behind_mm: 88, behind_ms: null, lane: null },
    ],
    rejects: { code: "line_device_gone", meaning: text("A device of the line does not answer.", "产线设备无应答。"), remedy: text("Check power, cable and address.", "检查电源、线缆和地址。"), since_us: now - 63_000_000 },
    stops: null,
  };
}

export const noLine = (now) => ({ server_time_us: now, devices: [], signals: [], lanes: [], parts: [], encoder: null, rejects: null, stops: null });

/** Challenge parts that are due, one of them with the longest name there is. */
export const challenge = (started) => ({
  why: "start", since_us: started - 300_000_000, accepts_until_us: started + 600_000_000, is_overdue: false,
  parts: [
    { part_id: "BAD-SCRATCH-01", must_pass: false, is_brought: false },
    { part_id: "BAD-HOLE-02", must_pass: false, is_brought: true },
    { part_id: "GOLD-03", must_pass: true, is_brought: false },
    { part_id: "(01)09501101530003(10)AB-123(17)261231(21)0000000000000000042", must_pass: true, is_brought: false },
  ],
});

/** One gap of each kind. */
export function gaps(started) {
  const gap = (at, last, kind, message) => ({ place: 7 * 2 ** 32 + at * 100, job: 7, first_part_no: at * 100, last_part_no: last, from_us: started - at * 7_200_000_000, to_us: started - at * 7_200_000_000 + at * 11_000_000, kind, message });
  const unknown = "an unknown number of parts may have passed: ";
  return [
    gap(1, null, "trigger_slow", `${unknown}device "io", which announces parts, was looked at too rarely; none was accepted`),
    gap(2, null, "trigger_gone", `${unknown}device "io", which announces parts, could not be heard; none was accepted`),
    gap(3, 1_402, "log_full", "rejected without a row of their own"),
    gap(4, null, "triggers_lost", `${unknown}more were announced than there was room for; none was accepted`),
    gap(5, null, "crashed", "the station ended without being stopped"),
  ];
}
