// Make contexts part of others; what is part already stays as it is.
//
// Refuses nothing: a cycle is found by context.find_cycle afterwards, and then the transaction is
// rolled back. The counter of contexts is locked, so that two such transactions run one after the
// other: else each could be free of cycles, and the two together not.
//
// access:  write
// returns: matched (rows whose two ends exist), known (those that were there)
// written: from scripts/queries/context/put_parents.cypher
// planned: once
MATCH (sequence:GraphstoreSequence {name: 'context'})
SET sequence.next = sequence.next
WITH sequence
UNWIND $parents AS row
MATCH (child:Context {id: row.child_id})
MATCH (parent:Context {id: row.parent_id})
WITH child, parent, EXISTS { (child)-[:CHILD_OF]->(parent) } AS known,
  datetime({epochMillis: datetime.transaction().epochMillis}) AS now
MERGE (child)-[edge:CHILD_OF]->(parent)
  ON CREATE SET edge += CASE
    WHEN coalesce(child._recorded, child.create_time) < now
      AND coalesce(parent._recorded, parent.create_time) < now
    THEN {_recorded: now, _by: $by} ELSE {} END
RETURN count(*) AS matched, sum(CASE WHEN known THEN 1 ELSE 0 END) AS known;
