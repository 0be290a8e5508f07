// Who stands in for the makers that are not known, of what some nodes were made from.
//
// Of a part of a history - an import without the runs before - somebody may be known who passed an
// artifact on, a CACHED execution or a resolver, and nobody who made it. There the trail goes on
// through the first who passed it on. Who read it, too, cannot have made it: that is no trail. The answer
// is [artifact, execution], for the walk of lineage.upstream. This walk follows whatever passed something
// on, to find all of these at once. With $known_at it is what was known then.
//
// access:  read
// as_of:   yes
// planned: once for $artifact_ids, $execution_ids
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
  ((here)<-[event:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT
    |RETRACTED_INPUT|RETRACTED_OUTPUT // as of $known_at // optional
  ]-(next)
    WHERE true
      AND coalesce(next._recorded, next.create_time) <= $known_at // optional
      AND coalesce(event._recorded, $known_at) <= $known_at // optional
      AND coalesce(event._until > $known_at, true) // optional
  ){0,40} (node)
WITH DISTINCT node
WHERE node:Artifact
MATCH (node)<-[event:OUTPUT|DECLARED_OUTPUT|INTERNAL_OUTPUT|PENDING_OUTPUT
  |RETRACTED_OUTPUT // as of $known_at // optional
]-(maker:Execution)
WHERE true
  AND coalesce(maker._recorded, maker.create_time) <= $known_at // optional
  AND coalesce(event._recorded, $known_at) <= $known_at // optional
  AND coalesce(event._until > $known_at, true) // optional
WITH node, maker, type(event) = 'INTERNAL_OUTPUT' AS chosen,
  CASE
    WHEN $states_then['e' + maker.id] IS NOT NULL THEN $states_then['e' + maker.id] = 'CACHED' // optional
    WHEN maker.state = 'CACHED' THEN true
    ELSE false
  END
  AS is_cached
WITH node, maker, chosen, CASE WHEN chosen OR is_cached THEN 1 ELSE 0 END AS passed_on
WHERE passed_on = 0 OR NOT EXISTS {
  MATCH (node)-[read:INPUT|DECLARED_INPUT|INTERNAL_INPUT
    |RETRACTED_INPUT // as of $known_at // optional
  ]->(maker)
  WHERE true
    AND coalesce(read._recorded, $known_at) <= $known_at // optional
    AND coalesce(read._until > $known_at, true) // optional
}
ORDER BY chosen, maker.id
WITH node, collect(maker.id)[0] AS first, min(passed_on) AS passed_on
WHERE passed_on = 1
RETURN collect([node.id, first]) AS trails;
