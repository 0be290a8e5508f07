// What artifacts say of themselves, and what evaluations found of them: where their metrics are from.
//
// Evaluations are artifacts of the types $type_ids that came out of an execution which read the
// artifact in one of $roles, or no other of its type. The last recorded stands last.
//
// access:  read
// returns: subject_id, sources (list of {artifact, own})
// written: from scripts/queries/answers/measured.cypher
UNWIND $artifact_ids AS id
MATCH (subject:Artifact {id: id})
CALL (subject) {
  CALL (subject) {
    RETURN subject AS source, true AS own, 0 AS at
    UNION
    MATCH (subject)-[read:INPUT]->(reader:Execution)-[event:OUTPUT]->(evaluation:Artifact)
    WHERE evaluation.type_id IN $type_ids AND coalesce(evaluation.state, '') <> 'ABANDONED' AND (read.path[0] IN $roles OR COUNT {
      MATCH (other:Artifact)-[:INPUT]->(reader) WHERE other.type = subject.type RETURN DISTINCT other
    } = 1)
    RETURN evaluation AS source, false AS own, event.ordinal AS at
  }
  WITH source, max(own) AS own, min(coalesce(at, 0)) AS ordinal
  WITH source, own, ordinal
  ORDER BY coalesce(source.create_time, datetime({epochMillis: 0})), ordinal, source.id
  RETURN collect({artifact: source, own: own}) AS sources
}
RETURN id AS subject_id, sources
ORDER BY subject_id;
