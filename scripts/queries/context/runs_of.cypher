// Which runs of a pipeline there are, the newest first: a page, found among all of that pipeline.
//
// The lines marked page and filter are replaced (graphstore/storage/lists.py). Deleted ones are left out,
// but for what was deleted after $deleted_after.
//
// access:  read
// as_of:   yes
// returns: id, create_time
<<runs.of_pipeline('context')>>
WITH context
WHERE coalesce(context._deleted > $deleted_after, true)
  AND true // filter
  AND context.id > $after_id // page
<<runs.page()>>;
