// Artifacts by type, context, state, time, properties and filter, a page at a time.
//
// A line marked optional is left out when nobody asks for it. The page begins after the last id
// of the page before, so that it stays put while others write; in another order than by id, the
// lines marked page and order are replaced, and with a filter the line marked so
// (graphstore/storage/lists.py).
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is. A row has a thousand artifacts at most: a
// row costs drivers more than a node does.
//
// Of what was deleted there is only what was deleted after $deleted_after: nothing, or what was there then.
//
// With $known_at the answer is what the store said then, and `_past` of a node what was changed of it
// since, which is to be taken back; what is asked of values that may change is to be asked then.
//
// access:  read
// as_of:   yes
// returns: artifacts (lists of maps)
// written: from scripts/queries/{kind}/list.cypher
MATCH (artifact:Artifact) WHERE artifact.uri IN $uris OR artifact._place IN $uris // optional
MATCH (:Context {id: $context_id})<-[:ATTRIBUTED_TO]-(artifact:Artifact) // optional
MATCH (:Context {id: $context_id_then})<-[edge:ATTRIBUTED_TO]-(artifact) WHERE coalesce(edge._recorded, $known_at) <= $known_at // optional
MATCH (artifact:Artifact)
WHERE true
  AND artifact.type = $type // optional
  AND coalesce(artifact.type_version, '') = $type_version // optional
  AND artifact.state IN $states // optional
  AND artifact.create_time >= $created_since // optional
  AND artifact.create_time < $created_before // optional
  AND all(property IN $property_values WHERE artifact[property.key] = property.value) // optional
  AND coalesce(artifact._recorded, artifact.create_time) <= $known_at // optional
  AND coalesce(artifact._deleted > $deleted_after, true)
  AND true // filter
  AND artifact.id > $after_id // page
WITH artifact
ORDER BY artifact.id // order
LIMIT $limit
WITH collect(artifact) AS artifacts
UNWIND range(0, size(artifacts) - 1, 1000) AS first
RETURN [artifact IN artifacts[first..first + 1000] |
  artifact {
    .*,
    _past: [(artifact)<-[:REVISION_OF]-(revision:Revision) WHERE revision._until > $known_at | revision {.*}], // optional
    create_time: CASE WHEN artifact.create_time IS :: ZONED DATETIME
      THEN artifact.create_time.epochMillis ELSE artifact.create_time END,
    last_update_time: CASE WHEN artifact.last_update_time IS :: ZONED DATETIME
      THEN artifact.last_update_time.epochMillis ELSE artifact.last_update_time END
  }
] AS artifacts;
