// Artifacts by their ids in somebody else's system, ordered by id.
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is. A row has a thousand artifacts at most: a
// row costs drivers more than a node does.
//
// access:  read
// returns: artifacts (lists of maps)
// written: from scripts/queries/{kind}/get_by_external_id.cypher
UNWIND $external_ids AS external_id
MATCH (artifact:Artifact {external_id: external_id})
WITH artifact
ORDER BY artifact.id
WITH collect(artifact) AS artifacts
UNWIND range(0, size(artifacts) - 1, 1000) AS first
RETURN [artifact IN artifacts[first..first + 1000] |
  artifact {
    .*,
    create_time: CASE WHEN artifact.create_time IS :: ZONED DATETIME
      THEN artifact.create_time.epochMillis ELSE artifact.create_time END,
    last_update_time: CASE WHEN artifact.last_update_time IS :: ZONED DATETIME
      THEN artifact.last_update_time.epochMillis ELSE artifact.last_update_time END
  }
] AS artifacts;
