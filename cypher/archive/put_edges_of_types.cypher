// Create those edges of types that are not there: two ends, a type and a path are one edge.
//
// They are by the kind of the other end and the way that they lead: [id of the type, id of the other end,
// type, properties]. The types ($ids, in order) are locked, as by all that adds an edge.
//
// access:  write
// returns: matched (how many have both ends), created
// written: from scripts/queries/archive/put_edges_of_{part}s.cypher
// planned: once
CALL () {
  UNWIND $ids AS id
  MATCH (node:Type {id: id})
  SET node.id = node.id
}
CALL () {
  UNWIND $edges.type_to AS row
  MATCH (node:Type {id: row[0]})
  MATCH (other:Type {id: row[1]})
  CALL (node, other, row) {
    MATCH (node)-[same*1..1]->(end)
    WITH head(same) AS same, end, other AS far, row
    WHERE end = far AND type(same) = row[2] AND coalesce(same.path, []) = coalesce(row[3].path, [])
      AND coalesce(same._until = row[3]._until, row[3]._until IS NULL) // of events that were taken back
    RETURN count(*) > 0 AS is_there
  }
  FOREACH (_ IN CASE WHEN is_there THEN [] ELSE [1] END |
    CREATE (node)-[edge:$(row[2])]->(other)
    SET edge = row[3]
  )
  RETURN is_there
}
RETURN count(*) AS matched, sum(CASE WHEN is_there THEN 0 ELSE 1 END) AS created;
