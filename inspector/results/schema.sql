-- The result log, version 11. Every column says what it means and why it may be null; what must
-- not be true is refused by a check. Times ending in `_at_us` are microseconds since
-- 1970-01-01T00:00:00Z and may step with the wall clock; `_after_us` are durations from the
-- trigger on the monotonic clock. Nothing here is updated on the hot path: rows are only added.
--
-- Each row is in a leaf of the log's tree (table feed; docs/ref/formats.md). A leaf leaves out what is null: a column that a
-- later version adds is null in the rows that are there, or their leaves would be others.
--
-- 0x494E5350, "INSP": a file of another program is refused by it.
pragma application_id = 1229869904;
-- Grows by one with each change of this file; the former text then stays in schemas/.
pragma user_version = 11;

-- A run of the station between start and stop (OPC 40100 JobId).
create table job (
  -- 1, 2, 3, … over the life of the log; never reused.
  id integer primary key autoincrement,
  started_at_us integer not null,
  -- Null while it runs. For a crashed job: when the next start found it.
  stopped_at_us integer,
  -- Null while it runs. 'crashed' is written by the next start, never by the job itself.
  ended text check (ended in ('finished', 'fault', 'crashed')),
  software_version text not null,
  -- SHA-256 of station.toml as read, lower-case hex.
  settings_sha256 text not null check (length(settings_sha256) = 64),
  -- 1 when any camera or line is simulated: such results must never pass for production.
  is_simulated integer not null check (is_simulated in (0, 1)),
  -- How many parts came: the last has this number, by its row or by a gap. Null while it runs, after a
  -- crash, and for jobs of schema versions 1 and 2.
  parts integer check (parts >= 0),
  check ((stopped_at_us is null) = (ended is null))
) strict;

-- A model as it was run. One row per content, provider and class list.
create table model (
  id integer primary key,
  name text not null,
  -- Of model.onnx, lower-case hex.
  sha256 text not null check (length(sha256) = 64),
  -- As in model.toml, e.g. 'segment', 'anomaly-map'.
  task text not null,
  -- The execution provider that really ran, e.g. 'cpu'.
  provider text not null,
  -- JSON array of class names, in the model's order.
  classes text not null check (json_valid(classes)),
  unique (sha256, provider, name, task, classes)
) strict;

-- What calibration made for one camera of this station.
create table configuration (
  id integer primary key,
  camera text not null,
  -- Of configuration/<camera>.toml, lower-case hex.
  sha256 text not null check (length(sha256) = 64),
  -- Null when only the flat field is calibrated.
  mm_per_px real check (mm_per_px > 0),
  reprojection_error_px real check (reprojection_error_px >= 0),
  unique (camera, sha256)
) strict;

-- One version of a recipe: immutable, so that a result can be explained for ever.
create table recipe_version (
  id integer primary key,
  style text not null check (length(style) > 0),
  version integer not null check (version >= 1),
  author text not null check (length(author) > 0),
  reason text not null check (length(reason) > 0),
  created_at_us integer not null,
  -- SHA-256 of the recipe file, lower-case hex: the same version with another content is refused.
  sha256 text not null check (length(sha256) = 64),
  unique (style, version)
) strict;

-- One view of a recipe version as a job ran it: the same version may run with another provider or
-- configuration in the next job.
create table recipe_view (
  id integer primary key,
  job_id integer not null references job (id),
  recipe_version_id integer not null references recipe_version (id),
  -- Index into the recipe's views, from 0.
  view integer not null check (view between 0 and 7),
  name text not null,
  camera text not null,
  model_id integer not null references model (id),
  -- Null when the camera is not calibrated.
  configuration_id integer references configuration (id),
  -- Under which acceptance the model ran: a file of this name in the bundle's folder `accepted` says that it
  -- answered on this machine as where it was made. Null in jobs of schema versions 1 to 3.
  acceptance text check (length(acceptance) > 0),
  accept_below real not null check (accept_below between 0 and 1),
  reject_above real not null check (reject_above between 0 and 1),
  unique (job_id, recipe_version_id, view),
  check (accept_below <= reject_above)
) strict;

-- The sorting rules of a recipe version, in their order.
create table lane_rule (
  recipe_version_id integer not null references recipe_version (id),
  -- From 1.
  rule integer not null check (rule >= 1),
  -- Name of the lane. A part goes there that fits every condition which is not null.
  lane text not null check (length(lane) > 0),
  -- As in result.
  verdict integer check (verdict in (1, 2, 3)),
  -- Class name of the worst finding.
  class text check (length(class) > 0),
  -- At least so much, and less than that.
  score_from real check (score_from between 0 and 1),
  score_below real check (score_below between 0 and 1),
  primary key (recipe_version_id, rule)
) strict, without rowid;

-- One row per trigger.
create table result (
  -- The job above, the part below, so that it grows with time and is known before it is durable;
  -- pages are cut by it.
  id integer primary key check (id = job_id * 4294967296 + part_no),
  job_id integer not null references job (id),
  -- 1, 2, 3, … in the job without gaps, but for those in table gap.
  part_no integer not null check (part_no >= 1),
  part_id text not null check (length(part_id) > 0),
  -- Null when the line did not say.
  style text,
  -- Null when the style has no recipe.
  recipe_version_id integer references recipe_version (id),
  -- OPC 40001-101 ResultEvaluation: 1 OK, 2 NotOK, 3 NotDecidable.
  verdict integer not null check (verdict in (1, 2, 3)),
  -- Why it is not 1: one of station::verdict::Cause::ALL.
  cause text check (cause in ('defect', 'uncertain', 'deadline', 'overrun', 'frame_lost',
    'frame_incomplete', 'frame_ambiguous', 'camera_gone', 'unknown_style', 'model_error',
    'model_output', 'shut_down', 'log_full', 'ejector_fault', 'no_identity', 'not_acknowledged',
    'trigger_missed', 'position_lost', 'line_fault', 'not_aligned')),
  -- What the ejector was told.
  disposition text not null check (disposition in ('accept', 'reject')),
  -- The largest score of its views. Null when no model ran in time.
  score real check (score between 0 and 1),
  -- Class name of the worst finding, for filters. Null when nothing was found.
  defect text,
  triggered_at_us integer not null,
  -- Null when not every view had a verdict in time.
  decided_after_us integer check (decided_after_us >= 0),
  acted_after_us integer not null check (acted_after_us >= 0),
  -- Where the ID came from: our own counter, the trigger, or a reader. Null in rows of schema versions 1 to 6, as is
  -- the lane.
  identity text check (identity in ('counter', 'trigger', 'reader')),
  -- Name of the lane to which the part was sent.
  lane text check (length(lane) > 0),
  -- The answer of the device or PLC to the command. Null where none is expected or none came.
  acknowledged_after_us integer check (acknowledged_after_us >= 0),
  -- What the sensor of the lane said. Null where the lane has none.
  confirm text check (confirm in ('seen', 'missing', 'elsewhere')),
  -- When a sensor saw the part, in whichever lane.
  confirmed_after_us integer check (confirmed_after_us >= 0),
  -- Why to that lane: the usual one of its disposition or the safe one, told with its identity, or by a sorting rule.
  lane_by text check (lane_by in ('usual', 'look_up', 'rule')),
  -- Which rule of its recipe version, from 1.
  lane_rule integer check (lane_rule >= 1),
  -- What became of a challenge part: judged as expected or not. Null of every other part.
  challenge text check (challenge in ('passed', 'failed')),
  -- A pass that was drawn at random for review, out of which share of all passes. Null of every other part, and in rows of
  -- schema versions 1 to 10, as is the next.
  drawn real check (drawn > 0 and drawn <= 1),
  -- A pass in which the score of a view was within so much of its threshold.
  near real check (near > 0 and near <= 1) check (verdict = 1 or (drawn is null and near is null)),
  -- Makes a repeated batch harmless when its first commit was not known to have succeeded.
  unique (job_id, part_no),
  check ((verdict = 1) = (cause is null)),
  check ((verdict = 2) = (cause is 'defect')),
  -- A pass is accepted and nothing else is (law 2).
  check ((verdict = 1) = (disposition = 'accept'))
) strict;

-- Each ends in the row id implicitly, so every list "newest first" is one backward walk.
create index result_disposition on result (disposition);
create index result_verdict on result (disposition, verdict);
create index result_style on result (disposition, style);
create index result_cause on result (disposition, cause);
create index result_defect on result (disposition, defect);
create index result_lane on result (disposition, lane);
create index result_part on result (part_id);
create index result_time on result (triggered_at_us);
-- Where a sensor confirms: for those that it did not.
create index result_confirm on result (confirm) where confirm is not null;
create index result_recipe on result (style, id) where score is not null;

-- What one view said in time.
create table view_result (
  result_id integer not null references result (id),
  view integer not null check (view between 0 and 7),
  verdict integer not null check (verdict in (1, 2, 3)),
  cause text,
  -- Null when no model ran, as after an overrun.
  score real check (score between 0 and 1),
  -- The thresholds the score was held against, not those of the recipe today.
  accept_below real,
  reject_above real,
  -- Found, kept or not; at most 8 rows stand in table finding.
  findings_total integer not null check (findings_total >= 0),
  -- Null when no frame came.
  block_id integer,
  -- Raw, as sent; null where the device sends none. Bits of an unsigned 64-bit number.
  device_timestamp_ns integer,
  width integer check (width > 0),
  height integer check (height > 0),
  -- PFNC name.
  pixel_format text check (pixel_format in ('Mono8', 'RGB8')),
  exposed_after_us integer not null,
  received_after_us integer not null,
  started_after_us integer not null,
  correct_us integer not null,
  preprocess_us integer not null,
  run_us integer not null,
  findings_us integer not null,
  decided_after_us integer not null,
  primary key (result_id, view),
  check ((verdict = 1) = (cause is null)),
  check ((accept_below is null) = (reject_above is null)),
  check ((width is null) = (height is null) and (width is null) = (pixel_format is null))
) strict, without rowid;

-- One defect seen in time, worst first.
create table finding (
  result_id integer not null,
  view integer not null,
  -- From 0, in the order of the score.
  rank integer not null check (rank between 0 and 7),
  -- The model's class name; '#<index>' when the model named fewer.
  class text not null,
  score real not null check (score between 0 and 1),
  -- Bounding box in pixels of the frame as the camera gave it.
  left_px integer not null,
  top_px integer not null,
  width_px integer not null,
  height_px integer not null,
  area_px real not null check (area_px >= 0),
  -- Null where the camera is not calibrated, as are the four below.
  area_mm2 real check (area_mm2 >= 0),
  -- Middle of the box on the part plane, from the calibration board's first corner.
  x_mm real,
  y_mm real,
  -- Size of the box on the part plane.
  width_mm real check (width_mm >= 0),
  height_mm real check (height_mm >= 0),
  primary key (result_id, view, rank),
  foreign key (result_id, view) references view_result (result_id, view)
) strict, without rowid;

-- A verdict that came after its part had left. It changed nothing. It names the part and not the
-- result's id, because nothing promises which of the two is recorded first.
create table late_verdict (
  job_id integer not null references job (id),
  part_no integer not null check (part_no >= 1),
  view integer not null check (view between 0 and 7),
  verdict integer not null check (verdict in (1, 2, 3)),
  cause text,
  score real check (score between 0 and 1),
  decided_after_us integer not null check (decided_after_us >= 0),
  primary key (job_id, part_no, view)
) strict, without rowid;

-- What became of each stored picture. Names the part, because a picture may be stored before its
-- result. A view without a row here was not kept when its part passed, and was dropped (the disk was
-- too slow or full, which is an alarm in table event) when its part was rejected.
create table image (
  job_id integer not null references job (id),
  part_no integer not null check (part_no >= 1),
  view integer not null check (view between 0 and 7),
  state text not null check (state in ('stored', 'dropped', 'not_kept', 'deleted_by_quota')),
  -- Below the data folder; kept after deletion by quota. Null when never stored.
  path text,
  -- Of the file, lower-case hex.
  sha256 text check (length(sha256) = 64),
  -- Of the file and its map together: what the quota counts.
  bytes integer not null check (bytes >= 0),
  -- The score map beside it. Null when no model ran.
  map_path text,
  map_sha256 text check (length(map_sha256) = 64),
  stored_at_us integer not null,
  primary key (job_id, part_no, view),
  check ((state in ('stored', 'deleted_by_quota')) = (path is not null)),
  check ((path is null) = (sha256 is null)),
  check ((map_path is null) = (map_sha256 is null))
) strict, without rowid;

-- The quota deletes the oldest first: by this order, which a clock that was set cannot disturb.
create index image_stored on image (job_id, part_no, view) where state = 'stored';

-- Parts that were rejected without a row of their own, or may have passed without one.
create table gap (
  job_id integer not null references job (id),
  first_part_no integer not null check (first_part_no >= 1),
  -- Null after a crash: how many came is not known.
  last_part_no integer,
  from_at_us integer not null,
  to_at_us integer not null,
  kind text not null check (kind in ('log_full', 'camera_gone', 'crashed', 'overrun', 'trigger_gone',
    'triggers_lost', 'trigger_slow')),
  -- A sentence for the audit.
  message text not null,
  primary key (job_id, first_part_no, kind),
  check (last_part_no >= first_part_no),
  check (kind <> 'crashed' or last_part_no is null)
) strict, without rowid;

-- What somebody said of a part after looking at it. Rows are only added: several people may say different things, and who
-- takes back what was said says so in a row of its own.
create table review (
  id integer primary key,
  result_id integer not null references result (id),
  at_us integer not null,
  -- A person's name as it was told.
  author text not null check (length(author) > 0),
  -- Null in a row that takes another back.
  judgement text check (judgement in ('defect', 'good', 'cannot_tell')),
  -- Class name of the defect, of those of the part's models. Null where nobody said.
  class text check (length(class) > 0),
  -- Where it is: a view, as in view_result, and a box in pixels of its picture. Null where nobody drew one.
  view integer check (view between 0 and 7),
  left_px integer check (left_px >= 0),
  top_px integer check (top_px >= 0),
  width_px integer check (width_px >= 1),
  height_px integer check (height_px >= 1),
  -- Why. Null where nobody said.
  reason text check (length(reason) > 0),
  -- The review that this row takes back.
  undoes integer unique references review (id),
  check ((judgement is null) = (undoes is not null)),
  check (class is null or judgement is 'defect'),
  check ((view is null) = (left_px is null) and (view is null) = (top_px is null)
    and (view is null) = (width_px is null) and (view is null) = (height_px is null)),
  check (view is null or undoes is null),
  check (undoes < id)
) strict;
create index review_part on review (result_id);
create index review_author on review (author);

-- Parts that wait for a review: rejects, parts that were not decided, and passes that were drawn or near. Follows from the
-- tables result and review, and is kept so that the first of a million is found at once.
create table waiting (
  result_id integer primary key references result (id),
  -- The first of these that it is.
  why text not null check (why in ('reject', 'not_decided', 'drawn', 'near')),
  -- As in result.
  style text
) strict;
create index waiting_why on waiting (why);
create index waiting_style on waiting (why, style);

-- What people and the station did, and alarms, each end of them a row.
create table event (
  id integer primary key,
  -- Null when it was done while no job ran.
  job_id integer references job (id),
  at_us integer not null,
  -- 'error' where parts are rejected, or go unrecorded, as long as it lasts.
  severity text not null check (severity in ('info', 'warning', 'error')),
  -- Which kind of thing: a stable name.
  code text not null check (length(code) > 0),
  -- A moment, or one end of something that lasts.
  phase text not null check (phase in ('happened', 'began', 'ended', 'acknowledged')),
  -- What it is about, such as a camera or a style; empty for the station as a whole. In rows of schema versions 1 to
  -- 5 it stands in the message.
  subject text not null,
  -- Who did it: a person's name as it was told, or 'station'.
  actor text not null check (length(actor) > 0),
  -- A sentence for the audit.
  message text not null,
  -- From what to what, and why: a JSON object of texts. Null where there is no more to say.
  details text check (json_type(details) = 'object')
) strict;

-- Which log this is, so that a cursor into another one is noticed. A copy is the same log.
create table log (
  one integer primary key check (one = 1),
  -- Drawn when the log was made, lower-case hex.
  identity text not null check (length(identity) = 32)
) strict;
insert into log values (1, lower(hex(randomblob(16))));

-- Everything that was recorded, in the order in which it became durable: written in the transaction of the row that it
-- names. Whoever carries results on remembers the last number that he has. The leaf with index seq - 1 of the log's tree.
create table feed (
  -- 1, 2, 3, … without holes.
  seq integer primary key,
  -- 1 a row of result, 2 of late_verdict, 3 of gap, 4 of event, 5 of image as it was stored, 6 as it was deleted, 7 of job
  -- as it began, 8 as it ended, 9 of recipe_version, 10 of recipe_view, 11 the log, 12 of review. A gap that grew stands here again.
  kind integer not null check (kind between 1 and 12),
  -- Id of the result; of the result of that part; of the result of the gap's first part, had it one; id of the row.
  row_id integer not null,
  -- The view of a late verdict or of a picture, or the kind of a gap.
  detail text,
  -- SHA-256 over a zero byte and the canonical form of what it stands for (RFC 6962).
  leaf blob not null check (length(leaf) = 32),
  -- The canonical form, where the rows do not say it for ever: of a gap as it was then, and of the log.
  body text,
  check ((kind in (2, 3, 5, 6)) = (detail is not null)),
  check ((kind in (3, 11)) = (body is not null))
) strict;

-- Hashes of full tiles, so that a root needs few of them: computed from the leaves, and never the only place of anything.
create table tile (
  -- On level n over 256 hashes of the level below; leaves are level 0 and stand in table feed.
  level integer not null check (level between 1 and 7),
  tile integer not null check (tile >= 0),
  hash blob not null check (length(hash) = 32),
  primary key (level, tile)
) strict, without rowid;

-- Signed roots (c2sp.org/tlog-checkpoint), one a minute while anything is recorded and at the end of a shift and a job.
create table checkpoint (
  -- Over so many leaves.
  size integer primary key check (size >= 1),
  -- A signed note (c2sp.org/signed-note): origin, size and root in base64, and the signature of the station's key.
  note text not null
) strict;

-- What the simulator knows of a part. Only jobs with is_simulated = 1 have it; no verdict reads it.
create table simulated_truth (
  result_id integer primary key references result (id),
  is_defective integer not null check (is_defective in (0, 1)),
  defect text,
  check (is_defective = 1 or defect is null)
) strict;
