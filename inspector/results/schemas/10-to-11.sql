-- From schema version 10 to 11: reviews, the parts that wait for one, and which passes were drawn or near. The rows stay as they are:
-- rejects and parts that were not decided wait from now on, also those of before, but for challenge parts.
alter table result add column drawn real check (drawn > 0 and drawn <= 1);
alter table result add column near real check (near > 0 and near <= 1) check (verdict = 1 or (drawn is null and near is null));
pragma writable_schema = on;
update sqlite_schema set sql = replace(sql, 'between 1 and 11', 'between 1 and 12')
  where type = 'table' and name = 'feed';
pragma writable_schema = reset;
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
insert into waiting select id, iif(verdict = 2, 'reject', 'not_decided'), style from result
  where verdict <> 1 and challenge is null;
pragma user_version = 11;
