// The ids of those of some <<member>>s that a filter lets through.
//
// The line marked filter is replaced by what the user wrote (graphstore/filters). The
// <<member>>s are collected before it is asked, and about them only: else the planner may look up all
// that it lets through.
//
// access:  read
// returns: ids
<<nodes.by_id(member)>>
WITH collect(<<member>>) AS <<member>>s
UNWIND <<member>>s AS <<member>>
WITH <<member>>
WHERE true
  AND true // filter
RETURN collect(<<member>>.id) AS ids;
