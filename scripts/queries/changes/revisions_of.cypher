// What was changed of some nodes from one time on and before another, from what and to what.
//
<<revisions.said_of_changes()>>
//
// access:  read
// returns: changes (lists)
CALL () {
  <<revisions.named()>>
}
MATCH (node)<-[:REVISION_OF]-(revision:Revision)
WHERE $since <= revision._until < $until
<<revisions.changes()>>
