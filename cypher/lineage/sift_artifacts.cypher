// The ids of those of some artifacts that a filter lets through.
//
// The line marked filter is replaced by what the user wrote (graphstore/filters). The
// artifacts are collected before it is asked, and about them only: else the planner may look up all
// that it lets through.
//
// access:  read
// returns: ids
// written: from scripts/queries/lineage/sift_{member}s.cypher
UNWIND $artifact_ids AS id
MATCH (artifact:Artifact {id: id})
WITH collect(artifact) AS artifacts
UNWIND artifacts AS artifact
WITH artifact
WHERE true
  AND true // filter
RETURN collect(artifact.id) AS ids;
