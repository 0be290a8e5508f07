// The ways in by where an artifact is, spelled in one way, and by what it holds there.
//
// What a uri is spelled as is worked out in Python (graphstore.system.uris): of artifacts from before it is
// taken to be spelled so.
//
// access: schema
CREATE INDEX artifact_place IF NOT EXISTS
FOR (artifact:Artifact) ON (artifact.`_place`);
CREATE INDEX artifact_contents IF NOT EXISTS
FOR (artifact:Artifact) ON (artifact.`_contents`);
MATCH (artifact:Artifact)
WHERE artifact.digest IS :: STRING AND artifact.uri IS :: STRING
  AND artifact.uri <> '' AND size(artifact.digest) + size(artifact.uri) < 1000
  AND artifact.`_contents` IS NULL
CALL (artifact) {
  SET artifact.`_contents` = artifact.digest + ' ' + artifact.uri
} IN TRANSACTIONS OF 10000 ROWS;
