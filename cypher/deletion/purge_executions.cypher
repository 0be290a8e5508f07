// Remove executions from the graph, with their edges, revisions and series; a GraphstoreDeletion tells which went.
//
// What something else was made from than $beside_ids is left.
// There is no answer, and nothing is written, if somebody else has the lease.
//
// access:  write
// returns: ids (of those that went), left (ids of those that are left)
// written: from scripts/queries/deletion/purge_{kind}s.cypher
MATCH (lease:GraphstoreLease {name: 'deletion'})
SET lease.name = lease.name
WITH lease, datetime({epochMillis: datetime.transaction().epochMillis}) AS now
WHERE lease.holder = $holder
SET lease.until = datetime({epochMillis: datetime.realtime().epochMillis + $lease_seconds * 1000})
WITH now
CALL () {
  MATCH (node:Execution WHERE node.id IN $ids)
  SET node.id = node.id
  WITH node, NOT EXISTS {
    MATCH (node)-[:OUTPUT|DECLARED_OUTPUT|INTERNAL_OUTPUT|PENDING_OUTPUT]->(other:Artifact) WHERE NOT other.id IN $beside_ids
  } AS free
  WITH collect(CASE WHEN free THEN node END) AS nodes, collect(CASE WHEN NOT free THEN node.id END) AS left
  WITH nodes, left, [node IN nodes | node.id] AS ids
  CALL (nodes) {
    UNWIND nodes AS node
    CALL (node) {
      MATCH (node)-[:REVISION_OF|LOGGED]-(hanging:Revision|GraphstoreSeries)
      DETACH DELETE hanging
    }
    DETACH DELETE node
  }
  RETURN ids, left
}
CALL (now, ids) {
  WITH now, ids
  WHERE size(ids) > 0
  CREATE (deletion:GraphstoreDeletion {_deleted: now, _deleted_by: $by, kind: 'execution', ids: ids})
  SET deletion._deleted_why = $reason
}
RETURN ids, left;
