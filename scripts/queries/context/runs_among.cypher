// Which runs of a pipeline there are, the newest first: a page, found among the newest of all.
//
// Of each type of $types the index is read from the last that was created on, so that no more are looked
// at than a page has, and those that a condition leaves out. The lines marked page and filter are replaced
// (graphstore/storage/lists.py). Deleted ones are left out, but for what was deleted after $deleted_after.
// It serves for a pipeline of many runs; context.runs_of for one of few.
//
// access:  read
// as_of:   yes
// returns: id, create_time
MATCH (pipeline:Context {id: $context_id})
<<runs.newest('pipeline', runs.is_of_pipeline())>>;
