-- From schema version 1 to 2: findings in millimetres on the part plane. Older ones were not measured.
alter table finding add column x_mm real;
alter table finding add column y_mm real;
alter table finding add column width_mm real check (width_mm >= 0);
alter table finding add column height_mm real check (height_mm >= 0);
pragma user_version = 2;
