// What artifacts say of themselves, and what evaluations found of them: where their metrics are from.
//
// Evaluations are artifacts of the types $type_ids that came out of an execution which read the
// artifact in one of $roles, or no other of its type. The last recorded stands last.
//
// access:  read
// as_of:   yes
// planned: once for $artifact_ids
// returns: subject_id, sources (list of {artifact, own})
// written: from scripts/queries/answers/measured.cypher
UNWIND $artifact_ids AS id
MATCH (subject:Artifact {id: id})
CALL (subject) {
  CALL (subject) {
    RETURN subject AS source, true AS own, 0 AS at
    UNION
    MATCH (subject)-[read:INPUT
      |RETRACTED_INPUT // as of $known_at // optional
    ]->(reader:Execution)-[event:OUTPUT
      |RETRACTED_OUTPUT // as of $known_at // optional
    ]->(evaluation:Artifact)
    WHERE evaluation.type_id IN $type_ids
      AND coalesce(
        COLLECT { MATCH (evaluation)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r.state IS NOT NULL RETURN r.state ORDER BY r._until LIMIT 1 }[0], // optional
        evaluation.state, '') <> 'ABANDONED'
      AND coalesce(reader._recorded, reader.create_time) <= $known_at // optional
      AND coalesce(evaluation._recorded, evaluation.create_time) <= $known_at // optional
      AND coalesce(read._recorded, $known_at) <= $known_at // optional
      AND coalesce(read._until > $known_at, true) // optional
      AND coalesce(event._recorded, $known_at) <= $known_at // optional
      AND coalesce(event._until > $known_at, true) // optional
      AND (read.path[0] IN $roles OR COUNT {
        MATCH (other:Artifact)-[edge:INPUT
          |RETRACTED_INPUT // as of $known_at // optional
        ]->(reader)
        WHERE other.type = subject.type
          AND coalesce(edge._recorded, $known_at) <= $known_at // optional
          AND coalesce(edge._until > $known_at, true) // optional
        RETURN DISTINCT other
      } = 1)
    RETURN evaluation AS source, false AS own, event.ordinal AS at
  }
  WITH source, max(own) AS own, min(coalesce(at, 0)) AS ordinal
  WITH source, own, ordinal
  ORDER BY coalesce(source.create_time, datetime({epochMillis: 0})), ordinal, source.id
  WITH source AS artifact, own
  RETURN collect({own: own, artifact: artifact {
    _past: [(artifact)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
    .*
  }}) AS sources
}
RETURN id AS subject_id, sources
ORDER BY subject_id;
