// Artifacts by id, ordered by id; ids that nothing has are left out.
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is. A row has a thousand artifacts at most: a
// row costs drivers more than a node does.
//
// A line marked optional is left out when nobody asks for it: with $known_at the answer is what the store
// said then, and `_past` of a node what was changed of it since, which is to be taken back.
//
// access:  read
// as_of:   yes
// returns: artifacts (lists of maps)
// written: from scripts/queries/{kind}/get.cypher
UNWIND $artifact_ids AS id
MATCH (artifact:Artifact {id: id})
WHERE true
  AND coalesce(artifact._recorded, artifact.create_time) <= $known_at // optional
WITH artifact
ORDER BY artifact.id
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
