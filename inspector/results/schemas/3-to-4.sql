-- From schema version 3 to 4: under which acceptance each model ran.
alter table recipe_view add column acceptance text check (length(acceptance) > 0);
pragma user_version = 4;
