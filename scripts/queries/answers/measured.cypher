// What artifacts say of themselves, and what evaluations found of them: where their metrics are from.
//
// Evaluations are artifacts of the types $type_ids that came out of an execution which read the
// artifact in one of $roles, or no other of its type. The last recorded stands last.
//
// access:  read
// as_of:   yes
// planned: once for $artifact_ids
// returns: subject_id, sources (list of {artifact, own})
UNWIND $artifact_ids AS id
MATCH (subject:Artifact {id: id})
CALL (subject) {
  <<metrics.of_artifact()>>
  <<metrics.gathered()>>
}
RETURN id AS subject_id, sources
ORDER BY subject_id;
