-- From schema version 6 to 7: who identified a part, to which lane it was sent, who answered and what its sensor saw; five
-- causes more. The rows stay as they are: only the text of the check grows, which the schema table allows.
alter table result add column identity text check (identity in ('counter', 'trigger', 'reader'));
alter table result add column lane text check (length(lane) > 0);
alter table result add column acknowledged_after_us integer check (acknowledged_after_us >= 0);
alter table result add column confirm text check (confirm in ('seen', 'missing', 'elsewhere'));
alter table result add column confirmed_after_us integer check (confirmed_after_us >= 0);
pragma writable_schema = on;
update sqlite_schema set sql = replace(sql, '''ejector_fault''))',
  '''ejector_fault'', ''no_identity'', ''not_acknowledged'', ''trigger_missed'', ''position_lost'', ''line_fault''))')
  where type = 'table' and name = 'result';
pragma writable_schema = reset;
pragma user_version = 7;
