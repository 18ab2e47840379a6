-- From schema version 5 to 6: events say who, about what and from what to what; everything that was recorded has a place
-- in one order; stored pictures are found by part and no more by time.
alter table event rename to event_5;
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

insert into event
  select id, job_id, at_us, severity, kind,
    iif(message like 'over: %', 'ended', 'began'), '', 'station',
    iif(message like 'over: %', substr(message, 7), message), null
  from event_5 order by id;
drop table event_5;
create table log (
  one integer primary key check (one = 1),
  -- Drawn when the log was made, lower-case hex.
  identity text not null check (length(identity) = 32)
) strict;
insert into log values (1, lower(hex(randomblob(16))));

-- Everything that was recorded, in the order in which it became durable: written in the transaction of the row that it
-- names. Whoever carries results on remembers the last number that he has.
create table feed (
  -- 1, 2, 3, … without holes.
  seq integer primary key,
  -- 1 a row of result, 2 of late_verdict, 3 of gap, 4 of event. A gap that grew stands here again.
  kind integer not null check (kind between 1 and 4),
  -- Id of the result; of the result of that part; of the result of the gap's first part, had it one; id of the event.
  row_id integer not null,
  -- The view of a late verdict, or the kind of a gap.
  detail text,
  check ((kind in (2, 3)) = (detail is not null))
) strict;
-- What was recorded before stands by job and part, since nobody knows its order any more.
insert into feed (kind, row_id, detail)
  select kind, row_id, detail from (
    select job_id as job, 1 as kind, id as row_id, null as detail from result
    union all
    select job_id, 2, job_id * 4294967296 + part_no, cast(view as text) from late_verdict
    union all
    select job_id, 3, job_id * 4294967296 + first_part_no, kind from gap
    union all
    select coalesce(job_id, 0), 4, id, null from event)
  order by job, row_id, kind, detail;
drop index image_age;
create index image_stored on image (job_id, part_no, view) where state = 'stored';
pragma user_version = 6;
