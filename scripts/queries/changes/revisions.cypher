// What was changed from one time on and before another, from what and to what.
//
<<revisions.said_of_changes()>>
//
// access:  read
// returns: changes (lists)
MATCH (revision:Revision)
WHERE $since <= revision._until < $until
MATCH (revision)-[:REVISION_OF]->(node)
<<revisions.changes()>>
