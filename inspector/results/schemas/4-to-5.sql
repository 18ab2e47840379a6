-- From schema version 4 to 5: a part may have 8 views, which were 4. Only what is allowed changes, not one row, so
-- the tables need not be written anew (sqlite.org/lang_altertable.html, "simpler and faster procedure").
pragma writable_schema = on;
update sqlite_schema set sql = replace(sql, 'check (view between 0 and 3)', 'check (view between 0 and 7)')
  where type = 'table' and name in ('recipe_view', 'view_result', 'late_verdict', 'image');
pragma writable_schema = reset;
pragma user_version = 5;
