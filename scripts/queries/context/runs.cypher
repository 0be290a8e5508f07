// Which runs there are, the newest first: a page of all.
//
// Of each type of $types the index is read from the last that was created on, so that no more are looked
// at than a page has, and those that a condition leaves out. The lines marked page and filter are replaced
// (graphstore/storage/lists.py). Deleted ones are left out, but for what was deleted after $deleted_after.
//
// access:  read
// as_of:   yes
// returns: id, create_time
<<runs.newest()>>;
