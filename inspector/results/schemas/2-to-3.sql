-- From schema version 2 to 3: how many parts a finished job had, so that rows missing at its end are known.
alter table job add column parts integer check (parts >= 0);
pragma user_version = 3;
