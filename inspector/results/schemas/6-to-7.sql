-- From schema version 6 to 7: who identified a part, to which lane it was sent and why, who answered and what its sensor saw; five
-- causes and a kind of gap more. The rows stay as they are: only the text of the check grows, which the schema table allows.
alter table result add column identity text check (identity in ('counter', 'trigger', 'reader'));
alter table result add column lane text check (length(lane) > 0);
alter table result add column acknowledged_after_us integer check (acknowledged_after_us >= 0);
alter table result add column confirm text check (confirm in ('seen', 'missing', 'elsewhere'));
alter table result add column confirmed_after_us integer check (confirmed_after_us >= 0);
alter table result add column lane_by text check (lane_by in ('usual', 'look_up', 'rule'));
alter table result add column lane_rule integer check (lane_rule >= 1);
alter table result add column challenge text check (challenge in ('passed', 'failed'));
create index result_lane on result (disposition, lane);
create index result_confirm on result (confirm) where confirm is not null;
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
pragma writable_schema = on;
update sqlite_schema set sql = replace(sql, '''ejector_fault''))',
  '''ejector_fault'', ''no_identity'', ''not_acknowledged'', ''trigger_missed'', ''position_lost'', ''line_fault''))')
  where type = 'table' and name = 'result';
update sqlite_schema set sql = replace(sql, '''overrun''))', '''overrun'', ''trigger_gone''))')
  where type = 'table' and name = 'gap';
pragma writable_schema = reset;
pragma user_version = 7;
