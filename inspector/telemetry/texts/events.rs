//! Texts of what happens once.

#![allow(
    non_upper_case_globals,
    reason = "named like the codes that they explain"
)]

use super::Texts;

pub(in crate::telemetry) const StationStarted: Texts = [
    ["A job has begun.", "作业开始。"],
    ["Nothing to do.", "无需处理。"],
];
pub(in crate::telemetry) const StationStopping: Texts = [
    [
        "The station was told to stop; parts in flight are seen through.",
        "工位收到停止指令，在途工件将处理完毕。",
    ],
    ["Nothing to do.", "无需处理。"],
];
pub(in crate::telemetry) const StationStopped: Texts = [
    [
        "The job has ended, and every result is stored.",
        "作业结束，全部结果已存储。",
    ],
    ["Nothing to do.", "无需处理。"],
];
pub(in crate::telemetry) const StationFailed: Texts = [
    [
        "The station could not start, or ended with an error.",
        "工位无法启动或异常结束。",
    ],
    [
        "The message says what was expected, what was found and what to do.",
        "消息说明了期望、实际情况和处理方法。",
    ],
];
pub(in crate::telemetry) const JobInterrupted: Texts = [
    [
        "The job before did not stop by itself (power cut, kill); parts may have passed without a record.",
        "上一个作业未正常停止（断电或被终止），可能有工件未留记录通过。",
    ],
    [
        "Check the parts after the named number by hand.",
        "人工复查所示编号之后的工件。",
    ],
];
pub(in crate::telemetry) const JobNumbersSkipped: Texts = [
    [
        "There are pictures of jobs that the result log does not know, as after an older copy of it was put back; jobs are \
         numbered on behind them.",
        "存在结果日志中没有的作业的图像（例如恢复了较旧的日志副本）；作业编号从其后继续。",
    ],
    [
        "Find the log that has the results of these jobs. The pictures count as left-over files and go first when room is \
         needed: copy them away if they may be asked for.",
        "查找含有这些作业结果的日志。这些图像视为遗留文件，空间不足时最先删除；如需留存请先复制。",
    ],
];
pub(in crate::telemetry) const ModelLoaded: Texts = [
    ["A model is loaded and warm.", "模型已加载并预热。"],
    ["Nothing to do.", "无需处理。"],
];
pub(in crate::telemetry) const PriorityRealTime: Texts = [
    [
        "What decides runs before all other programs.",
        "判定线程优先于所有其他程序运行。",
    ],
    ["Nothing to do.", "无需处理。"],
];
pub(in crate::telemetry) const PriorityNormal: Texts = [
    [
        "The station has no real-time priority, so other programs can delay verdicts.",
        "工位没有实时优先级，其他程序可能延迟判定。",
    ],
    [
        "Allow it as docs/guide/install.md says (LimitRTPRIO).",
        "按 docs/guide/install.md 设置（LimitRTPRIO）。",
    ],
];
pub(in crate::telemetry) const StrayFile: Texts = [
    [
        "A file lies where only recipes or pictures belong, and is not used.",
        "配方或图像文件夹中有无关文件，未被使用。",
    ],
    [
        "Remove it, or give it the right name.",
        "删除该文件或改为正确的名称。",
    ],
];
pub(in crate::telemetry) const CameraReopened: Texts = [
    ["A camera answers again.", "相机恢复应答。"],
    [
        "Check the parts that passed meanwhile, as the log's gap says.",
        "按日志中的缺口复查其间通过的工件。",
    ],
];
pub(in crate::telemetry) const PicturesDeleted: Texts = [
    [
        "The oldest pictures were deleted to keep within images.quota_bytes.",
        "为不超过 images.quota_bytes，已删除最旧的图像。",
    ],
    [
        "Nothing, or raise the quota; results stay.",
        "无需处理，或提高限额；结果仍保留。",
    ],
];
pub(in crate::telemetry) const Panic: Texts = [
    ["The program met a bug.", "程序遇到错误。"],
    [
        "Send the support bundle (`inspector support-bundle`) to the maker.",
        "请将支持包（`inspector support-bundle`）发给供应商。",
    ],
];
pub(in crate::telemetry) const LinesDropped: Texts = [
    [
        "Lines of this log were dropped, because the terminal or the disk did not take them.",
        "终端或磁盘未接收，部分日志行被丢弃。",
    ],
    [
        "Nothing for the line; look at the terminal or the disk.",
        "不影响产线；检查终端或磁盘。",
    ],
];
pub(in crate::telemetry) const PartRejected: Texts = [
    ["A part was rejected.", "一个工件被剔除。"],
    ["Look at it on the page Parts.", "在“工件记录”页面查看。"],
];
pub(in crate::telemetry) const RecipeApplied: Texts = [
    [
        "A new version of a recipe judges parts from now on.",
        "配方的新版本开始用于判定。",
    ],
    ["Nothing to do.", "无需处理。"],
];
pub(in crate::telemetry) const ModelTaught: Texts = [
    ["A model was taught.", "模型示教完成。"],
    [
        "Look at its evidence before it is used.",
        "使用前查看其依据。",
    ],
];
pub(in crate::telemetry) const AlarmEnded: Texts = [
    ["The cause of an alarm is gone.", "报警原因已消除。"],
    ["Nothing to do.", "无需处理。"],
];
pub(in crate::telemetry) const AlarmAcknowledged: Texts = [
    ["Somebody has seen an alarm.", "有人已确认报警。"],
    [
        "Nothing to do; the alarm ends with its cause.",
        "无需处理；原因消除后报警结束。",
    ],
];
pub(in crate::telemetry) const LogExported: Texts = [
    ["The log was exported.", "日志已导出。"],
    ["Nothing to do.", "无需处理。"],
];
pub(in crate::telemetry) const LogRestored: Texts = [
    [
        "The result log was put back from a backup; what was recorded after the backup is not in it.",
        "结果日志已从备份恢复；备份之后的记录不在其中。",
    ],
    [
        "Keep what is left of the former data folder: it may hold the missing results.",
        "保留原数据文件夹的剩余内容，其中可能有缺失的结果。",
    ],
];
pub(in crate::telemetry) const SigningKeyMade: Texts = [
    [
        "The key by which the log is signed was made, or used for the first time.",
        "已生成或首次使用日志签名密钥。",
    ],
    [
        "Run `inspector key`, and give what it prints to whoever will check the log.",
        "运行 `inspector key`，并将输出交给将来核查日志的人。",
    ],
];
pub(in crate::telemetry) const SigningKeyChanged: Texts = [
    [
        "From now on the log is signed by another key: the former is gone, was replaced, or the log was restored.",
        "日志从现在起由另一密钥签名：原密钥已丢失、已更换，或日志已恢复。",
    ],
    [
        "Find out why; run `inspector key`, and give what it prints to whoever has the former key.",
        "查明原因；运行 `inspector key`，并将输出交给持有原密钥的人。",
    ],
];
pub(in crate::telemetry) const SigningKeyUnusable: Texts = [
    [
        "The key by which the log is signed cannot be read or made; results are recorded and not signed.",
        "日志签名密钥无法读取或生成；结果仍会记录，但没有签名。",
    ],
    [
        "See the reason; let the station's user read and write its data folder, then restart it.",
        "查看原因；使工位的用户可读写其数据文件夹，然后重新启动。",
    ],
];
pub(in crate::telemetry) const CheckpointStamped: Texts = [
    [
        "A time-stamp server confirmed that a signed root of the log was there at this time.",
        "时间戳服务器确认日志的一个签名根在该时间已存在。",
    ],
    ["Nothing to do.", "无需处理。"],
];
pub(in crate::telemetry) const SignedNoteGone: Texts = [
    [
        "What the key of the log signed last is not beside it any more.",
        "密钥旁边已没有它最后一次签名的记录。",
    ],
    [
        "Somebody removed journal.signed, or it was lost with the disk. Verify the log with a checkpoint that was kept elsewhere.",
        "journal.signed 被人删除，或随磁盘丢失。请用保存在别处的检查点核查日志。",
    ],
];
pub(in crate::telemetry) const RequestAccepted: Texts = [
    [
        "Somebody changed something over the page or the API.",
        "有人通过网页或接口做了更改。",
    ],
    ["Nothing to do.", "无需处理。"],
];
pub(in crate::telemetry) const RequestRefused: Texts = [
    ["A request was refused.", "一个请求被拒绝。"],
    [
        "The message says why and by whom it came.",
        "消息说明了原因和来源。",
    ],
];
pub(in crate::telemetry) const RequestFailed: Texts = [
    [
        "A request failed inside the station.",
        "工位内部处理请求失败。",
    ],
    [
        "The message says why; the line is not affected.",
        "消息说明了原因；产线不受影响。",
    ],
];
pub(in crate::telemetry) const RecipeInUse: Texts = [
    [
        "A job begins with this version of a recipe.",
        "本次作业以该配方版本开始。",
    ],
    [
        "Nothing to do: it says by which models and thresholds parts are judged from here on.",
        "无需处理：此后的工件按这些模型和阈值判定。",
    ],
];
pub(in crate::telemetry) const SettingsChanged: Texts = [
    [
        "The station started with other settings than the time before.",
        "工位本次启动的设置与上次不同。",
    ],
    [
        "If nobody meant to change station.toml, compare it with your copy.",
        "如无人有意更改 station.toml，请与备份比较。",
    ],
];
pub(in crate::telemetry) const EntriesLost: Texts = [
    [
        "Entries of the journal are missing: the disk took none for too long.",
        "日志条目缺失：磁盘长时间无法写入。",
    ],
    [
        "See to the disk; the alarms around this time say what was wrong with it.",
        "请检查磁盘；同一时段的报警说明了故障原因。",
    ],
];
pub(in crate::telemetry) const RecipeFinished: Texts = [
    [
        "A version of a recipe was being made when the station was killed; it had been recorded, and is in use now.",
        "工位被强制终止时正在生成一个配方版本；该版本已记录在案，现已启用。",
    ],
    [
        "See on the Tuning page whether it is the version that is wanted.",
        "请在调参页面确认这是否是需要的版本。",
    ],
];
pub(in crate::telemetry) const RecipeDiscarded: Texts = [
    [
        "A version of a recipe was being made when the station was killed; nobody was told of it, and it was not made.",
        "工位被强制终止时正在生成一个配方版本；该版本从未告知任何人，也未生成。",
    ],
    ["Make it again if it is wanted.", "如仍需要，请重新生成。"],
];
pub(in crate::telemetry) const RecipeUnfinished: Texts = [
    [
        "A new version of a recipe is recorded and in use, but its file still has its preliminary name.",
        "新的配方版本已记录并启用，但其文件仍为临时名称。",
    ],
    [
        "See to the disk of the recipes folder; the next start gives the file its name.",
        "请检查配方文件夹所在磁盘；下次启动时会改为正式名称。",
    ],
];
pub(in crate::telemetry) const LockTakenAgain: Texts = [
    [
        "Somebody deleted the lock of the data folder; the station has taken it again.",
        "数据文件夹的锁文件被删除，工位已重新加锁。",
    ],
    [
        "Leave station.lock where it is: it keeps a second station from writing to the same log.",
        "请勿删除 station.lock：它防止另一工位写入同一日志。",
    ],
];
pub(in crate::telemetry) const AccountChanged: Texts = [
    [
        "An account or a token was added, changed or removed.",
        "账户或令牌已添加、更改或删除。",
    ],
    [
        "If nobody meant to, see who can write to the data folder.",
        "如无人有意更改，请检查谁可写入数据文件夹。",
    ],
];
pub(in crate::telemetry) const AccountsUnreadable: Texts = [
    [
        "The file of accounts cannot be read; those that were read before stay.",
        "账户文件无法读取；沿用此前读取的账户。",
    ],
    [
        "See the reason; run `inspector account list`.",
        "查看原因；运行 `inspector account list`。",
    ],
];
pub(in crate::telemetry) const LoggedIn: Texts = [
    ["Somebody logged in.", "有人登录。"],
    ["Nothing to do.", "无需处理。"],
];
pub(in crate::telemetry) const LoggedOut: Texts = [
    ["Somebody logged out.", "有人退出登录。"],
    ["Nothing to do.", "无需处理。"],
];
pub(in crate::telemetry) const LogInFailed: Texts = [
    [
        "A log-in failed: name or password were wrong, or the account is disabled.",
        "登录失败：名称或密码错误，或账户已停用。",
    ],
    [
        "If it goes on, find out who tries from this address.",
        "如持续发生，请查明谁从该地址尝试登录。",
    ],
];
pub(in crate::telemetry) const AccessRefused: Texts = [
    [
        "Somebody asked for what his role does not allow.",
        "有人请求其角色不允许的操作。",
    ],
    [
        "If he needs it, give the account another role: `inspector account role`.",
        "如确有需要，请更改该账户的角色：`inspector account role`。",
    ],
];
pub(in crate::telemetry) const CertificateTaken: Texts = [
    [
        "The page is served with this certificate.",
        "页面使用此证书提供服务。",
    ],
    [
        "Compare its SHA-256 with what a browser shows the first time.",
        "首次访问时，请将其 SHA-256 与浏览器显示的比对。",
    ],
];
pub(in crate::telemetry) const CertificateUnreadable: Texts = [
    [
        "Certificate or key cannot be used; those that were read before stay.",
        "证书或密钥无法使用；沿用此前读取的证书。",
    ],
    [
        "See the reason, and put a pair there that belongs together.",
        "查看原因，并放入相互匹配的证书和密钥。",
    ],
];
pub(in crate::telemetry) const CertificateEnds: Texts = [
    [
        "The certificate of the page ends soon, or has ended: browsers will refuse it.",
        "页面证书即将到期或已到期：浏览器将拒绝访问。",
    ],
    [
        "Put a new certificate and its key in place; the station takes them without a restart.",
        "请放入新证书及其密钥；工位无需重启即可采用。",
    ],
];
