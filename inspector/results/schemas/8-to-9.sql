-- From schema version 8 to 9: the log gets a tree. `upgrade.rs` then gives all that is there its leaves, and drops
-- `feed_before`.
alter table feed rename to feed_before;
create table feed (
  -- 1, 2, 3, … without holes.
  seq integer primary key,
  -- 1 a row of result, 2 of late_verdict, 3 of gap, 4 of event, 5 of image as it was stored, 6 as it was deleted, 7 of job
  -- as it began, 8 as it ended, 9 of recipe_version, 10 of recipe_view, 11 the log. A gap that grew stands here again.
  kind integer not null check (kind between 1 and 11),
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

create table tile (
  -- On level n over 256 hashes of the level below; leaves are level 0 and stand in table feed.
  level integer not null check (level between 1 and 7),
  tile integer not null check (tile >= 0),
  hash blob not null check (length(hash) = 32),
  primary key (level, tile)
) strict, without rowid;

create table checkpoint (
  -- Over so many leaves.
  size integer primary key check (size >= 1),
  -- A signed note (c2sp.org/signed-note): origin, size and root in base64, and the signature of the station's key.
  note text not null
) strict;

