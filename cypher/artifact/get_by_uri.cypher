// Artifacts whose thing is at one of some places, in the order of the places, then by id.
//
// A place is a list of uris: an artifact has one of them, or its own spelled in one way is one of
// them (_place, which there is only where that is another one).
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is. A row has a thousand artifacts at most: a
// row costs drivers more than a node does.
//
// access:  read
// returns: artifacts (lists of maps)
// written: from scripts/queries/artifact/get_by_uri.cypher
UNWIND range(0, size($places) - 1) AS place
CALL (place) {
  UNWIND $places[place] AS uri
  MATCH (artifact:Artifact {uri: uri})
  RETURN artifact
  UNION
  UNWIND $places[place] AS uri
  MATCH (artifact:Artifact {`_place`: uri})
  WHERE NOT $exact
  RETURN artifact
}
WITH artifact, min(place) AS place
ORDER BY place, artifact.id
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
