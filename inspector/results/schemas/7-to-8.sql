-- From schema version 7 to 8: two kinds of a gap more. The rows stay as they are. Logs of version 7 know `trigger_gone`, or not, or
-- both new kinds already, as the program was that made them: the table is written anew, whatever its check says.
pragma writable_schema = on;
update sqlite_schema set sql = 'CREATE TABLE gap (
  job_id integer not null references job (id),
  first_part_no integer not null check (first_part_no >= 1),
  -- Null after a crash: how many came is not known.
  last_part_no integer,
  from_at_us integer not null,
  to_at_us integer not null,
  kind text not null check (kind in (''log_full'', ''camera_gone'', ''crashed'', ''overrun'', ''trigger_gone'',
    ''triggers_lost'', ''trigger_slow'')),
  -- A sentence for the audit.
  message text not null,
  primary key (job_id, first_part_no, kind),
  check (last_part_no >= first_part_no),
  check (kind <> ''crashed'' or last_part_no is null)
) strict, without rowid'
  where type = 'table' and name = 'gap';
pragma writable_schema = reset;
pragma user_version = 8;
