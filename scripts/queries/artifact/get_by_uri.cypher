// Artifacts whose thing is at one of some places, in the order of the places, then by id.
//
// A place is a list of uris: an artifact has one of them, or its own spelled in one way is one of
// them (_place, which there is only where that is another one).
//
<<times.said_of_rows('artifact')>>
//
// access:  read
// returns: artifacts (lists of maps)
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
<<nodes.rows('artifact')>>
