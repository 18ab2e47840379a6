//! What each event means and what to do: `[[meaning, 含义], [remedy, 处理]]`, by the code's name.

#![allow(
    non_upper_case_globals,
    reason = "named like the codes that they explain"
)]

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
        "The result log was deleted, replaced or moved while the station runs; every part is rejected.",
        "工位运行期间结果日志被删除、替换或移动，工件一律剔除。",
    ],
    [
        "Stop the station, copy the data folder of the last backup back, and start again.",
        "停止工位，将最近备份的数据文件夹复制回来，然后重新启动。",
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
        "Look whether the disk was mounted read-only after an error, and whose the data folder is.",
        "检查磁盘是否因错误变为只读，以及数据文件夹的所有者。",
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
        "Look at the disk, images.quota_bytes and images.free_bytes_min.",
        "检查磁盘、images.quota_bytes 和 images.free_bytes_min。",
    ],
];
pub(super) const ClockBehind: Texts = [
    [
        "The computer's clock is earlier than the last result in the log; times of new results will be wrong.",
        "电脑时钟早于日志中最后一个结果，新结果的时间将不正确。",
    ],
    [
        "Set the clock (NTP, or the battery of the board), then restart the station.",
        "校准时钟（NTP 或主板电池），然后重新启动工位。",
    ],
];
pub(super) const ClockStepped: Texts = [
    [
        "The computer's clock was set while the station runs.",
        "工位运行期间电脑时钟被调整。",
    ],
    [
        "None where it was meant; else look at NTP.",
        "若为有意调整则无需处理，否则检查 NTP。",
    ],
];
pub(super) const StationStarted: Texts = [
    ["A job has begun.", "作业开始。"],
    ["Nothing to do.", "无需处理。"],
];
pub(super) const StationStopping: Texts = [
    [
        "The station was told to stop; parts in flight are seen through.",
        "工位收到停止指令，在途工件将处理完毕。",
    ],
    ["Nothing to do.", "无需处理。"],
];
pub(super) const StationStopped: Texts = [
    [
        "The job has ended, and every result is stored.",
        "作业结束，全部结果已存储。",
    ],
    ["Nothing to do.", "无需处理。"],
];
pub(super) const StationFailed: Texts = [
    [
        "The station could not start, or ended with an error.",
        "工位无法启动或异常结束。",
    ],
    [
        "The message says what was expected, what was found and what to do.",
        "消息说明了期望、实际情况和处理方法。",
    ],
];
pub(super) const JobInterrupted: Texts = [
    [
        "The job before did not stop by itself (power cut, kill); parts may have passed without a record.",
        "上一个作业未正常停止（断电或被终止），可能有工件未留记录通过。",
    ],
    [
        "Check the parts after the named number by hand.",
        "人工复查所示编号之后的工件。",
    ],
];
pub(super) const ModelLoaded: Texts = [
    ["A model is loaded and warm.", "模型已加载并预热。"],
    ["Nothing to do.", "无需处理。"],
];
pub(super) const PriorityRealTime: Texts = [
    [
        "What decides runs before all other programs.",
        "判定线程优先于所有其他程序运行。",
    ],
    ["Nothing to do.", "无需处理。"],
];
pub(super) const PriorityNormal: Texts = [
    [
        "The station has no real-time priority, so other programs can delay verdicts.",
        "工位没有实时优先级，其他程序可能延迟判定。",
    ],
    [
        "Allow it as docs/guide/install.md says (LimitRTPRIO).",
        "按 docs/guide/install.md 设置（LimitRTPRIO）。",
    ],
];
pub(super) const StrayFile: Texts = [
    [
        "A file lies where only recipes or pictures belong, and is not used.",
        "配方或图像文件夹中有无关文件，未被使用。",
    ],
    [
        "Remove it, or give it the right name.",
        "删除该文件或改为正确的名称。",
    ],
];
pub(super) const CameraReopened: Texts = [
    ["A camera answers again.", "相机恢复应答。"],
    [
        "Check the parts that passed meanwhile, as the log's gap says.",
        "按日志中的缺口复查其间通过的工件。",
    ],
];
pub(super) const PicturesDeleted: Texts = [
    [
        "The oldest pictures were deleted to keep within images.quota_bytes.",
        "为不超过 images.quota_bytes，已删除最旧的图像。",
    ],
    [
        "Nothing, or raise the quota; results stay.",
        "无需处理，或提高限额；结果仍保留。",
    ],
];
pub(super) const Panic: Texts = [
    ["The program met a bug.", "程序遇到错误。"],
    [
        "Send the support bundle (`inspector support-bundle`) to the maker.",
        "请将支持包（`inspector support-bundle`）发给供应商。",
    ],
];
pub(super) const LinesDropped: Texts = [
    [
        "Lines of this log were dropped, because the terminal or the disk did not take them.",
        "终端或磁盘未接收，部分日志行被丢弃。",
    ],
    [
        "Nothing for the line; look at the terminal or the disk.",
        "不影响产线；检查终端或磁盘。",
    ],
];
pub(super) const PartRejected: Texts = [
    ["A part was rejected.", "一个工件被剔除。"],
    ["Look at it on the page Rejects.", "在“剔除记录”页面查看。"],
];
pub(super) const RecipeApplied: Texts = [
    [
        "A new version of a recipe judges parts from now on.",
        "配方的新版本开始用于判定。",
    ],
    ["Nothing to do.", "无需处理。"],
];
pub(super) const ModelTaught: Texts = [
    ["A model was taught.", "模型示教完成。"],
    [
        "Look at its evidence before it is used.",
        "使用前查看其依据。",
    ],
];
pub(super) const AlarmEnded: Texts = [
    ["The cause of an alarm is gone.", "报警原因已消除。"],
    ["Nothing to do.", "无需处理。"],
];
pub(super) const AlarmAcknowledged: Texts = [
    ["Somebody has seen an alarm.", "有人已确认报警。"],
    [
        "Nothing to do; the alarm ends with its cause.",
        "无需处理；原因消除后报警结束。",
    ],
];
pub(super) const LogExported: Texts = [
    ["The log was exported.", "日志已导出。"],
    ["Nothing to do.", "无需处理。"],
];
pub(super) const LogRestored: Texts = [
    [
        "The result log was put back from a backup; what was recorded after the backup is not in it.",
        "结果日志已从备份恢复；备份之后的记录不在其中。",
    ],
    [
        "Keep what is left of the former data folder: it may hold the missing results.",
        "保留原数据文件夹的剩余内容，其中可能有缺失的结果。",
    ],
];
pub(super) const RequestAccepted: Texts = [
    [
        "Somebody changed something over the page or the API.",
        "有人通过网页或接口做了更改。",
    ],
    ["Nothing to do.", "无需处理。"],
];
pub(super) const RequestRefused: Texts = [
    ["A request was refused.", "一个请求被拒绝。"],
    [
        "The message says why and by whom it came.",
        "消息说明了原因和来源。",
    ],
];
pub(super) const RequestFailed: Texts = [
    [
        "A request failed inside the station.",
        "工位内部处理请求失败。",
    ],
    [
        "The message says why; the line is not affected.",
        "消息说明了原因；产线不受影响。",
    ],
];
pub(super) const RecipeInUse: Texts = [
    [
        "A job begins with this version of a recipe.",
        "本次作业以该配方版本开始。",
    ],
    [
        "Nothing to do: it says by which models and thresholds parts are judged from here on.",
        "无需处理：此后的工件按这些模型和阈值判定。",
    ],
];
pub(super) const SettingsChanged: Texts = [
    [
        "The station started with other settings than the time before.",
        "工位本次启动的设置与上次不同。",
    ],
    [
        "If nobody meant to change station.toml, compare it with your copy.",
        "如无人有意更改 station.toml，请与备份比较。",
    ],
];
pub(super) const EntriesLost: Texts = [
    [
        "Entries of the journal are missing: the disk took none for too long.",
        "日志条目缺失：磁盘长时间无法写入。",
    ],
    [
        "See to the disk; the alarms around this time say what was wrong with it.",
        "请检查磁盘；同一时段的报警说明了故障原因。",
    ],
];
pub(super) const RecipeFinished: Texts = [
    [
        "A version of a recipe was being made when the station was killed; it had been recorded, and is in use now.",
        "工位被强制终止时正在生成一个配方版本；该版本已记录在案，现已启用。",
    ],
    [
        "See on the Tuning page whether it is the version that is wanted.",
        "请在调参页面确认这是否是需要的版本。",
    ],
];
pub(super) const RecipeDiscarded: Texts = [
    [
        "A version of a recipe was being made when the station was killed; nobody was told of it, and it was not made.",
        "工位被强制终止时正在生成一个配方版本；该版本从未告知任何人，也未生成。",
    ],
    ["Make it again if it is wanted.", "如仍需要，请重新生成。"],
];
pub(super) const RecipeUnfinished: Texts = [
    [
        "A new version of a recipe is recorded and in use, but its file still has its preliminary name.",
        "新的配方版本已记录并启用，但其文件仍为临时名称。",
    ],
    [
        "See to the disk of the recipes folder; the next start gives the file its name.",
        "请检查配方文件夹所在磁盘；下次启动时会改为正式名称。",
    ],
];
