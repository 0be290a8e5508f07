// Who stands in for the makers that are not known, of what events connect some nodes with.
//
// Of a part of a history - an import without the runs before - somebody may be known who passed an
// artifact on, a CACHED execution or a resolver, and nobody who made it. There the trail goes on
// through the first who passed it on. Who read it, too, cannot have made it: that is no trail. The answer
// is [artifact, execution], for the walk of lineage.connected. This walk follows whatever passed something
// on, to find all of these at once.
//
// access:  read
// returns: trails
// written: from scripts/queries/lineage/trails_{way}.cypher
CALL () {
  UNWIND $artifact_ids AS id
  MATCH (start:Artifact {id: id})
  WHERE true
    AND coalesce(start._recorded, start.create_time) <= $known_at // optional
  RETURN start
  UNION
  UNWIND $execution_ids AS id
  MATCH (start:Execution {id: id})
  WHERE true
    AND coalesce(start._recorded, start.create_time) <= $known_at // optional
  RETURN start
}
MATCH (start)
  ((here)-[:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT]-(next)){0,40} (node)
WITH DISTINCT node
WHERE node:Artifact
MATCH (node)<-[event:OUTPUT|DECLARED_OUTPUT|INTERNAL_OUTPUT|PENDING_OUTPUT]-(maker:Execution)
WITH node, maker, type(event) = 'INTERNAL_OUTPUT' AS chosen,
  CASE WHEN maker.state = 'CACHED' OR type(event) = 'INTERNAL_OUTPUT' THEN 1 ELSE 0 END AS passed_on
WHERE passed_on = 0 OR NOT EXISTS { (node)-[:INPUT|DECLARED_INPUT|INTERNAL_INPUT]->(maker) }
ORDER BY chosen, maker.id
WITH node, collect(maker.id)[0] AS first, min(passed_on) AS passed_on
WHERE passed_on = 1
RETURN collect([node.id, first]) AS trails;
