//! Texts of what the line needs: devices, encoder, handshake, lanes, identities.

#![allow(
    non_upper_case_globals,
    reason = "named like the codes that they explain"
)]

use super::Texts;

pub(in crate::telemetry) const LineDeviceGone: Texts = [
    [
        "A PLC, I/O module or scanner does not answer; parts that need it are rejected.",
        "PLC、I/O 模块或扫码器无应答，依赖它的工件一律剔除。",
    ],
    [
        "Check its power, cable and address; the station tries again by itself and goes on when it answers.",
        "检查其电源、网线和地址；工位自动重试，恢复应答后继续。",
    ],
];

pub(in crate::telemetry) const WatchdogUnproven: Texts = [
    [
        "An output module did not prove that it falls to the safe value when the station dies; it is not armed and parts are rejected.",
        "输出模块未能证明工位停止时会回到安全值；未启用输出，工件一律剔除。",
    ],
    [
        "Set a watchdog time above zero and the reject as the safe value on the module, as the message says; the station reads them again by itself.",
        "按提示在模块上设置大于零的看门狗时间，并把剔除设为安全值；工位会自动重新读取。",
    ],
];

pub(in crate::telemetry) const HeartbeatLost: Texts = [
    [
        "The PLC no longer shows that it is alive; parts are rejected.",
        "PLC 心跳消失，工件一律剔除。",
    ],
    [
        "Check that the PLC runs and that its program toggles the heartbeat in time.",
        "检查 PLC 是否运行、程序是否按时翻转心跳位。",
    ],
];

pub(in crate::telemetry) const EncoderDead: Texts = [
    [
        "Parts come but the encoder does not count; nobody knows where they are, so all are rejected.",
        "有工件到达但编码器无计数，无法确定位置，工件一律剔除。",
    ],
    [
        "Check the encoder, its coupling and cable. Parts on the belt are rejected until it has been emptied.",
        "检查编码器、联轴器和线缆。皮带清空之前的工件一律剔除。",
    ],
];

pub(in crate::telemetry) const EncoderFast: Texts = [
    [
        "The encoder counts faster than the belt can run: noise, or a wrong number of counts per mm. All parts are rejected.",
        "编码器计数快于皮带可能的速度：存在干扰或每毫米脉冲数设错，工件一律剔除。",
    ],
    [
        "Check shielding and earth of the encoder cable, encoder.counts_per_mm and encoder.speed_max_mm_s.",
        "检查编码器线缆屏蔽与接地，以及 encoder.counts_per_mm 和 encoder.speed_max_mm_s。",
    ],
];

pub(in crate::telemetry) const TriggerMissed: Texts = [
    [
        "A trigger came while the station was not ready; the part is rejected.",
        "工位未就绪时收到触发，该工件被剔除。",
    ],
    [
        "Let the PLC trigger only while TriggerReady is on, or slow the line down.",
        "仅在 TriggerReady 为 1 时由 PLC 触发，或降低线速。",
    ],
];

pub(in crate::telemetry) const PartsMissing: Texts = [
    [
        "The belt runs but no part has come for longer than the settings allow.",
        "皮带在运行，但超过设定时间没有工件到达。",
    ],
    [
        "Check the infeed and the trigger sensor; correct guard.parts_missing_after_s if such pauses are normal.",
        "检查来料和触发传感器；若此类停顿属正常，请修正 guard.parts_missing_after_s。",
    ],
];

pub(in crate::telemetry) const PartsUnseen: Texts = [
    [
        "Parts may have gone on as accepted ones that nobody saw: whatever announces parts was away, and without power \
         nothing is rejected.",
        "可能有无人检测的工件被当作合格品放行：报告工件的设备曾失联，而断电时不剔除任何工件。",
    ],
    [
        "Look through the parts since the last recorded one; see to the camera or the device that announces parts; then \
         acknowledge this to let the line go on.",
        "检查自上一个有记录的工件以来的所有工件；处理报告工件的相机或设备；然后确认此报警，产线方可继续。",
    ],
];

pub(in crate::telemetry) const LineRunsOn: Texts = [
    [
        "The line was told to stand still, and parts go on coming; each is rejected.",
        "已要求产线停止，但仍有工件到达；这些工件全部剔除。",
    ],
    [
        "Stop the line by hand. Check the output line-stop, its wiring, or what the PLC does with a stopped station; \
         guard.stops_within_s = 0 where nobody is to stop the line.",
        "请手动停线。检查 line-stop 输出及其接线，或 PLC 对停止状态的处理；若无需停线，请设 guard.stops_within_s = 0。",
    ],
];

pub(in crate::telemetry) const ChallengeDue: Texts = [
    [
        "Challenge parts are due: they show that the station still finds what it is to find.",
        "应投放验证件：用于证明工位仍能发现应发现的缺陷。",
    ],
    [
        "Let each part that the message names pass the station; it is over when all were judged as expected.",
        "请让消息中列出的每个验证件通过工位；全部判定符合预期后结束。",
    ],
];

pub(in crate::telemetry) const ChallengeOverdue: Texts = [
    [
        "Challenge parts were not brought in time; nothing is accepted.",
        "验证件未按时投放，所有工件均不放行。",
    ],
    [
        "Let the challenge parts pass the station, then acknowledge this with your name.",
        "请让验证件通过工位，然后署名确认此报警。",
    ],
];

pub(in crate::telemetry) const ChallengeFailed: Texts = [
    [
        "A challenge part was judged otherwise than expected; nothing is accepted.",
        "验证件的判定与预期不符，所有工件均不放行。",
    ],
    [
        "Look at its picture, light, lens and recipe; quarantine the parts since the last challenge that passed; then \
         acknowledge this with your name and bring the challenge parts again.",
        "检查其图像、光源、镜头和配方；隔离自上次验证通过以来的工件；然后署名确认并重新投放验证件。",
    ],
];

pub(in crate::telemetry) const NotAcknowledged: Texts = [
    [
        "The PLC did not acknowledge a result in time; the part counts as not decided.",
        "PLC 未按时确认结果，该工件记为未判定。",
    ],
    [
        "Check the handshake in the PLC program: copy the result while ResultsValid is on, then set InspectionResultsAck.",
        "检查 PLC 程序的握手：ResultsValid 为 1 时读取结果，再置位 InspectionResultsAck。",
    ],
];

pub(in crate::telemetry) const CommandLate: Texts = [
    [
        "A command to the ejector would have come after its part had passed.",
        "剔除命令到来时工件已经通过。",
    ],
    [
        "Take out the part that the message names; make the way to the ejector longer or the inspection faster.",
        "取出提示中的工件；加长到剔除处的距离或加快检测。",
    ],
];

pub(in crate::telemetry) const ConfirmMissing: Texts = [
    [
        "A part was sent to a lane and the sensor there did not see it in time.",
        "工件已被送往某通道，但该处传感器未按时检测到。",
    ],
    [
        "Look where the part is; check ejector, air and sensor.",
        "查找该工件；检查剔除装置、气压和传感器。",
    ],
];

pub(in crate::telemetry) const ConfirmUnexpected: Texts = [
    [
        "A sensor saw a part in a lane to which none was sent.",
        "某通道传感器检测到未被送往该处的工件。",
    ],
    [
        "Check the sensor, and whether somebody put a part there by hand.",
        "检查传感器，以及是否有人手工放入工件。",
    ],
];

pub(in crate::telemetry) const WrongLane: Texts = [
    [
        "A part that should have been taken out was seen where good parts go.",
        "应剔除的工件出现在合格品通道。",
    ],
    [
        "Stop, and look through the last parts in the good lane as the message says; check the ejector.",
        "停线，按提示检查合格品通道中最近的工件；检查剔除装置。",
    ],
];

pub(in crate::telemetry) const UnknownPart: Texts = [
    [
        "A part came to the ejector that no trigger announced; it is rejected.",
        "剔除处出现没有触发记录的工件，予以剔除。",
    ],
    [
        "Do not put parts on the belt behind the trigger; check the trigger sensor.",
        "不要在触发传感器之后放置工件；检查触发传感器。",
    ],
];

pub(in crate::telemetry) const BinFull: Texts = [
    ["The bin for rejected parts is full.", "剔除箱已满。"],
    ["Empty the bin.", "清空剔除箱。"],
];

pub(in crate::telemetry) const BinOpen: Texts = [
    [
        "The bin for rejected parts has been open for too long.",
        "剔除箱打开时间过长。",
    ],
    ["Close and lock the bin.", "关闭并锁好剔除箱。"],
];

pub(in crate::telemetry) const LowAir: Texts = [
    [
        "The air pressure is too low for the ejector.",
        "气压过低，剔除装置无法可靠动作。",
    ],
    [
        "Check compressor, valve and hose.",
        "检查空压机、阀门和气管。",
    ],
];

pub(in crate::telemetry) const ManyRejects: Texts = [
    [
        "More parts were rejected one after another than the settings allow.",
        "连续剔除数量超过设定值。",
    ],
    [
        "Look at the last rejects: a process that drifted, a dirty lens, or a wrong recipe. A person restarts.",
        "查看最近的剔除品：可能工艺漂移、镜头脏污或配方不对。由人员重新启动。",
    ],
];

pub(in crate::telemetry) const LineStopped: Texts = [
    [
        "The station stopped the line and waits for a person.",
        "工位已停线，等待人员处理。",
    ],
    [
        "See to the cause that the message names, then acknowledge the alarm on the Station page or turn the key switch (an input with meaning \"restart\"): the line goes on.",
        "处理提示中的原因，然后在“工位”页面确认该报警或转动钥匙开关（meaning 为 \"restart\" 的输入），线体即可继续。",
    ],
];

pub(in crate::telemetry) const NoIdentity: Texts = [
    [
        "A part without a readable ID came; it is not decided and rejected.",
        "工件没有可读的 ID，记为未判定并剔除。",
    ],
    [
        "Check the code on the part and the reader; the alarm ends with the next part whose ID is known.",
        "检查工件上的码和读码器；下一个 ID 可读的工件到来后报警结束。",
    ],
];

pub(in crate::telemetry) const PartIdTwice: Texts = [
    [
        "The same part ID came again within the time that the settings watch.",
        "设定时间内同一工件 ID 再次出现。",
    ],
    [
        "Find out whether the part passed twice, or whether two parts have one ID.",
        "查明是工件重复通过，还是两个工件用了同一 ID。",
    ],
];

pub(in crate::telemetry) const LookUpFailed: Texts = [
    [
        "A look-up of styles does not answer or cannot be read; parts whose style it would tell are not decided.",
        "款式查询无应答或无法读取，需要查询的工件记为未判定。",
    ],
    [
        "Check the address or file that the message names.",
        "检查提示中的地址或文件。",
    ],
];

pub(in crate::telemetry) const TextRefused: Texts = [
    [
        "A scanner or reader sent what is no part ID: half a text, other characters, or too long.",
        "扫码器或读卡器发来的内容不是工件 ID：文本不完整、含其他字符或过长。",
    ],
    [
        "Compare its settings with those of the station, as the message says: end of text, baud rate, parity, encoding, prefix. The alarm ends with the next text that is an ID.",
        "按提示核对其设置与工位设置：结束符、波特率、校验、编码、前缀。下一条有效 ID 到来后报警结束。",
    ],
];

pub(in crate::telemetry) const LineRestarted: Texts = [
    [
        "A person let the line go on after a stop.",
        "停线后由人员重新启动。",
    ],
    [
        "Nothing; who it was stands in the log.",
        "无需处理；操作人已记录在日志中。",
    ],
];
