// The artifacts that have some contents at some place, one of each: what is read from outside.
//
// Where there is none of the type asked for, artifact_id is null, and types says which others there are.
// What was made comes before what was only read, what a step that did not complete left (ABANDONED)
// last, and then the last, as in execution.publish; of any type, or of one.
//
// access:  read
// returns: place, artifact_id, types
UNWIND $wanted AS row
MATCH (artifact:Artifact {`_contents`: row.contents})
WITH row, artifact,
  EXISTS { (artifact)<-[:OUTPUT|DECLARED_OUTPUT|PENDING_OUTPUT]-(:Execution) } AS made
ORDER BY coalesce(artifact.state, '') = 'ABANDONED', made DESC, artifact.create_time DESC, artifact.id DESC
WITH row.place AS place, collect(DISTINCT artifact.type) AS types,
  collect(CASE WHEN coalesce(row.of_type, artifact.type) = artifact.type THEN artifact.id END) AS ids
RETURN place, ids[0] AS artifact_id, types;
