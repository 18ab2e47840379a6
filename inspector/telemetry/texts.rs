//! What each event means and what to do: `[[meaning, 含义], [remedy, 处理]]`, by the code's name.

#![allow(
    non_upper_case_globals,
    reason = "named like the codes that they explain"
)]

mod events;
mod line;

pub(super) use self::events::*;
pub(super) use self::line::*;

type Texts = [[&'static str; 2]; 2];

pub(super) const CameraGone: Texts = [
    [
        "A camera does not answer; its parts are rejected.",
        "相机无应答，其工件一律剔除。",
    ],
    [
        "Check cable, power and the camera's settings; the station tries again twice a second and goes on by itself.",
        "检查线缆、电源和相机设置；工位每秒重试两次，恢复后自动继续。",
    ],
];
pub(super) const TriggerGone: Texts = [
    [
        "The trigger source cannot be heard; parts may pass unseen.",
        "收不到触发信号，工件可能未经检测通过。",
    ],
    [
        "Check the trigger's wiring and network; the ejector rests in its declared state meanwhile.",
        "检查触发接线和网络；其间剔除装置保持声明的静止状态。",
    ],
];
pub(super) const Ejector: Texts = [
    [
        "The ejector did not take a command; parts stay rejected.",
        "剔除装置未执行命令，工件保持剔除。",
    ],
    [
        "Check the output's wiring, power and air.",
        "检查输出接线、电源和气压。",
    ],
];
pub(super) const LineTooFast: Texts = [
    [
        "Parts come closer together than the settings say; those that cannot be told apart at the ejector are rejected.",
        "工件间距小于设定值；在剔除处无法区分的工件一律剔除。",
    ],
    [
        "Slow the line down, or measure the shortest distance and correct timing.pitch_ms_min. The alarm ends after ten \
         seconds without such parts.",
        "降低线速，或测量最小间隔并修正 timing.pitch_ms_min。十秒内不再出现此类工件时报警自动结束。",
    ],
];
pub(super) const TooManyParts: Texts = [
    [
        "More parts are on their way to the ejector than there is room for; all are rejected until it has emptied.",
        "前往剔除装置途中的工件超出可跟踪的数量；全部剔除，直到该段清空。",
    ],
    [
        "Slow the line down, or measure the shortest distance and correct timing.pitch_ms_min. What stopped the line goes on when \
         a person restarts it.",
        "降低线速，或测量最小间隔并修正 timing.pitch_ms_min。若因此停线，须由人员重新启动。",
    ],
];
pub(super) const TriggerSlow: Texts = [
    [
        "The device that announces parts was looked at more rarely than its trigger lasts: parts may have passed unseen. Where \
         pulse_ms_min is set, what is on the belt is rejected and a gap is recorded; else nobody knows how long a trigger lasts, and \
         this only warns.",
        "对触发设备的查询间隔超过触发信号的持续时间：可能有工件未被看到就通过。已设置 pulse_ms_min 时，皮带上的工件一律剔除并记录缺口；\
         未设置时触发信号的持续时间不明，只报警。",
    ],
    [
        "See why the device answers late (network, load of its gateway or of this computer), or let its trigger stay on longer; \
         set pulse_ms_min to how long it lasts at least. It ends after ten seconds without a late look.",
        "查明设备应答慢的原因（网络、网关或本机负载），或延长触发信号，并把 pulse_ms_min 设为其最短持续时间。十秒内不再发生时报警自动结束。",
    ],
];
pub(super) const Model: Texts = [
    [
        "A model could not be run, or answered nonsense; its parts are rejected.",
        "模型无法运行或输出无效，其工件一律剔除。",
    ],
    [
        "Look at the message; run `inspector model accept` on the bundle. It ends with the next part that is scored.",
        "查看消息；对该模型包运行 `inspector model accept`。下一个工件评分成功后报警自动结束。",
    ],
];
pub(super) const NoRecipe: Texts = [
    [
        "The station has no recipe yet: it rejects every part.",
        "本站还没有配方，所有工件一律剔除。",
    ],
    [
        "Teach a model from good parts on the page Teach, and use it. It ends with the first recipe.",
        "在“示教”页面用合格品示教一个模型并启用。有了第一个配方后报警自动结束。",
    ],
];
pub(super) const ThreadDied: Texts = [
    [
        "A thread of the station died; the station stops.",
        "工位的一个线程异常终止，工位停止。",
    ],
    [
        "Start the station again and send the support bundle (`inspector support-bundle`) to the maker.",
        "重新启动工位，并将支持包（`inspector support-bundle`）发给供应商。",
    ],
];
pub(super) const NotDurable: Texts = [
    [
        "Results have waited longer than record.alarm_after_ms to be stored; after record.reject_after_ms every part is rejected.",
        "检测结果等待存储的时间超过 record.alarm_after_ms；超过 record.reject_after_ms 后工件一律剔除。",
    ],
    [
        "Look at the disk (full, failing, network drive away). Nothing is lost while the station runs: results wait in memory.",
        "检查磁盘（已满、故障或网络盘断开）。工位运行期间不会丢失结果，结果暂存在内存中。",
    ],
];
pub(super) const LogFull: Texts = [
    [
        "The result log takes no more results; every part is rejected until it does.",
        "结果日志无法再接收结果，恢复前工件一律剔除。",
    ],
    [
        "Free disk space or replace the disk; the station goes on by itself.",
        "释放磁盘空间或更换磁盘；之后工位自动继续。",
    ],
];
pub(super) const LogGone: Texts = [
    [
        "The result log was deleted, replaced, moved or overwritten while the station runs; after record.reject_after_ms \
         every part is rejected.",
        "工位运行期间结果日志被删除、替换、移动或覆盖；超过 record.reject_after_ms 后工件一律剔除。",
    ],
    [
        "Move it back, and the station goes on by itself. Where it was deleted, stop the station and rename the file that \
         the message names (results-saved.sqlite, which holds everything recorded until then) to results.sqlite; else put \
         a copy back. Then start again.",
        "移回原处后工位自动继续。若已被删除，停止工位，将消息所示文件（results-saved.sqlite，包含此前全部记录）改名为 \
         results.sqlite；否则恢复备份。然后重新启动。",
    ],
];
pub(super) const TwoStations: Texts = [
    [
        "Somebody deleted the lock of the data folder, and another station writes to it now.",
        "数据文件夹的锁文件被删除，另一工位正在写入该文件夹。",
    ],
    [
        "Stop one of the two; the message has the other's process number. Give each station a data folder of its own.",
        "停止其中一个工位；消息给出了另一进程的编号。每个工位应使用各自的数据文件夹。",
    ],
];
pub(super) const DiskFull: Texts = [
    [
        "The disk of the result log is full; results wait in memory.",
        "结果日志所在磁盘已满，结果暂存在内存中。",
    ],
    [
        "Free space on that disk, or lower images.quota_bytes.",
        "释放该磁盘空间，或减小 images.quota_bytes。",
    ],
];
pub(super) const DiskReadOnly: Texts = [
    [
        "The result log may not be written; results wait in memory.",
        "结果日志不可写，结果暂存在内存中。",
    ],
    [
        "Look whether the disk was mounted read-only after an error, whose the data folder is, and whether somebody made the \
         log unchangeable; the station goes on by itself.",
        "检查磁盘是否因错误变为只读、数据文件夹的所有者，以及日志是否被设为不可更改；恢复后工位自动继续。",
    ],
];
pub(super) const DiskFailed: Texts = [
    [
        "The disk refuses to store results; they wait in memory.",
        "磁盘拒绝存储结果，结果暂存在内存中。",
    ],
    [
        "Look at the message and at the disk (`dmesg`, `smartctl`); replace a disk that fails.",
        "查看消息和磁盘（`dmesg`、`smartctl`），更换故障磁盘。",
    ],
];
pub(super) const DiskSlow: Texts = [
    [
        "A batch of results could not be stored and is tried again.",
        "一批结果未能存储，正在重试。",
    ],
    [
        "Nothing, if it ends soon; else look at the disk.",
        "若很快结束则无需处理，否则检查磁盘。",
    ],
];
pub(super) const Gap: Texts = [
    [
        "Parts passed whose number is not known, and the log could not be told yet.",
        "有数量不明的工件通过，且尚未写入日志。",
    ],
    [
        "Check the parts from that time by hand; the gap is recorded as soon as there is room.",
        "人工复查该时段的工件；一有空间即补记缺口。",
    ],
];
pub(super) const ImageStore: Texts = [
    [
        "Pictures are not stored; results are.",
        "图像未存储，结果仍在存储。",
    ],
    [
        "Look at the disk, images.quota_bytes and images.free_bytes_min; where somebody moved the folder of pictures, move it \
         back.",
        "检查磁盘、images.quota_bytes 和 images.free_bytes_min；若图像文件夹被移动，请移回原处。",
    ],
];
pub(super) const UnreviewedDeleted: Texts = [
    [
        "Pictures of rejects or drawn passes were deleted before anybody reviewed them: there is no room for more.",
        "空间不足，未经复判的剔除件或抽检合格件图像已被删除。",
    ],
    [
        "Review the oldest parts that wait, or raise images.quota_bytes. It ends an hour after the last of them went.",
        "请复判最早的待复判件，或调大 images.quota_bytes。一小时内不再删除此类图像时解除。",
    ],
];
pub(super) const ClockBehind: Texts = [
    [
        "The computer's clock is earlier than the last result in the log; new results seem older than those before.",
        "电脑时钟早于日志中最后一个结果，新结果看起来比之前的更早。",
    ],
    [
        "Set the clock (NTP, or the battery of the board). It ends when the clock has passed that result, or with the next \
         start of the station; results keep their order in any case.",
        "校准时钟（NTP 或主板电池）。时钟超过该结果的时间或工位下次启动后报警结束；结果的顺序不受影响。",
    ],
];
pub(super) const LogAltered: Texts = [
    [
        "The log is not the one that was signed: something in it was changed, removed or put back from an older copy.",
        "结果日志与已签名的内容不符：其中有内容被修改、删除，或被换成了旧副本。",
    ],
    [
        "Leave the disk as it is and copy the data folder. `inspector verify`, with the key and a checkpoint that were kept \
         elsewhere, names what was changed. Parts are recorded; the alarm ends with the run of the station.",
        "保持磁盘原样并复制数据文件夹。用保存在别处的密钥和检查点运行 `inspector verify`，可指出被修改之处。工件仍会记录；报警在工位停止时结束。",
    ],
];
pub(super) const SigningFailed: Texts = [
    [
        "The log cannot be signed at present; results are recorded all the same.",
        "目前无法为日志签名；结果仍会记录。",
    ],
    [
        "See the reason. `inspector verify` names what is wrong with the log. It ends with the next root that is signed.",
        "查看原因。`inspector verify` 会指出日志的问题。下次签名成功后报警结束。",
    ],
];
pub(super) const StampingFailed: Texts = [
    [
        "No time stamp has come for a while; results are recorded and signed all the same.",
        "一段时间以来没有收到时间戳；结果仍会记录并签名。",
    ],
    [
        "See the reason: is the time-stamp server reached, and is `proof.timestamp_url` right? The newest checkpoint is asked for \
         again and again, and the alarm ends with the next stamp.",
        "查看原因：能否连到时间戳服务器，`proof.timestamp_url` 是否正确？工位会不断为最新的检查点请求时间戳，收到后报警结束。",
    ],
];
pub(super) const WitnessFailed: Texts = [
    [
        "A witness of the log has not answered for a while; results are recorded and signed all the same.",
        "日志的见证方一段时间以来没有应答；结果仍会记录并签名。",
    ],
    [
        "See the reason: is the witness reached, does it know this log (`inspector key --plain`), and is `proof.witness` right? It \
         ends with its next cosignature.",
        "查看原因：能否连到见证方，它是否登记了本日志的公钥（`inspector key --plain`），`proof.witness` 是否正确？收到下一次联署后报警结束。",
    ],
];
pub(super) const WitnessRefused: Texts = [
    [
        "A witness refuses to cosign: the log does not go on from what it has seen, so it was rewritten or put back to an older one.",
        "见证方拒绝联署：日志与其所见不连续，即日志被改写，或被换回旧日志。",
    ],
    [
        "Leave the disk as it is and copy the data folder. Compare the log with what the witness keeps; `inspector verify` names \
         what was changed. After a restore from a backup this is to be expected: have the witness take the station's new key. It \
         ends with its next cosignature.",
        "保持磁盘原样并复制数据文件夹。将日志与见证方保存的内容比较；`inspector verify` 可指出被修改之处。若刚从备份恢复，则属正常：请见证方登记工位的新公钥。收到下一次联署后报警结束。",
    ],
];
pub(super) const ClockStepped: Texts = [
    [
        "The computer's clock was set by a second or more while the station runs, or the computer slept.",
        "工位运行期间电脑时钟被调整一秒或以上，或电脑曾休眠。",
    ],
    [
        "Nothing where it was meant; else look at NTP (`timedatectl`). The journal has from, to and by how much. It ends ten \
         minutes after the last step.",
        "若为有意调整则无需处理，否则检查 NTP（`timedatectl`）。日志记录了调整前后的时间和差值。最后一次调整十分钟后报警结束。",
    ],
];
