// Make contexts part of others, unless one would become part of itself.
//
// The rows close no circle among themselves; with what the store has besides, they might. A row may have
// the properties that a new edge gets.
//
// access:  write
// returns: matched (the numbers of the rows whose two ends are joined now), circular, created
// written: from scripts/queries/source/put_parents.cypher
// planned: once for $rows
UNWIND $rows AS row
MATCH (child:Context {id: row.context})
MATCH (parent:Context {id: row.parent_context})
WITH row, child, parent,
  EXISTS { (parent)-[:CHILD_OF*0..]->(child) } AS circular,
  NOT EXISTS { (child)-[:CHILD_OF]->(parent) } AS is_new
WITH collect([row.number, child, parent, circular, is_new, row.properties]) AS pairs
CALL (pairs) {
  UNWIND pairs AS pair
  WITH pair[1] AS child, pair[2] AS parent, pair[5] AS properties, datetime({epochMillis: datetime.transaction().epochMillis}) AS now
  WHERE NOT pair[3]
  MERGE (child)-[edge:CHILD_OF]->(parent)
    ON CREATE SET edge += coalesce(properties, CASE
      WHEN coalesce(child._recorded, child.create_time) < now
        AND coalesce(parent._recorded, parent.create_time) < now
      THEN {_recorded: now, _by: $by} ELSE {} END)
}
RETURN
  [pair IN pairs WHERE NOT pair[3] | pair[0]] AS matched,
  [pair IN pairs WHERE pair[3] | pair[0]] AS circular,
  size([pair IN pairs WHERE NOT pair[3] AND pair[4]]) AS created;
