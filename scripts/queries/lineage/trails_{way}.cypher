// Who stands in for the makers that are not known, of what <<walks.what(way)>>.
//
// Of a part of a history - an import without the runs before - somebody may be known who passed an
// artifact on, a CACHED execution or a resolver, and nobody who made it. There the trail goes on
// through the first who passed it on. Who read it, too, cannot have made it: that is no trail. The answer
// is [artifact, execution], for the walk of lineage.<<way>>. This walk follows whatever passed something
// on, to find all of these at once. With $known_at it is what was known then.
//
// access:  read
// as_of:   yes
// planned: once for $artifact_ids, $execution_ids
// returns: trails
<<walks.starts()>>
MATCH <<walks.whole_walk(way)>>
WITH DISTINCT node
WHERE node:Artifact
<<walks.makers()>>
WITH node, maker, type(event) = 'INTERNAL_OUTPUT' AS chosen,
  <<walks.passed_on('maker')>>
  AS is_cached
WITH node, maker, chosen, CASE WHEN chosen OR is_cached THEN 1 ELSE 0 END AS passed_on
WHERE passed_on = 0 OR NOT EXISTS {
  MATCH (node)-[read:<<revisions.events_then(events.inputs)>>->(maker)
  WHERE true
    <<revisions.event_known('read')>>
}
ORDER BY chosen, maker.id
WITH node, collect(maker.id)[0] AS first, min(passed_on) AS passed_on
WHERE passed_on = 1
RETURN collect([node.id, first]) AS trails;
