// Which contexts a stretch of contexts is part of.
//
// A row has a thousand at most. One is [context's id, id of what it is part of, when that was recorded, by whom], the
// time in milliseconds since the epoch.
//
// access:  read
// returns: edges (list of lists)
<<tables.stretch('context')>>
MATCH (context)-[edge:CHILD_OF]->(parent:Context)
<<tables.edges('context', 'parent', 'context.id, parent.id', 'context.id, parent.id')>>
