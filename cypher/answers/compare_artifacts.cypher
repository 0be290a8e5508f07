// Artifacts side by side: who made each of what, and what it and its evaluations measured.
//
// In the order of the metric, the best first, or else as they were named; $limit at most, of `found`
// that are there. The metric is the first of $metric_keys that holds a number; of several sources one
// that is a model's own counts, else the one that was recorded last. NaN comes after all numbers.
//
// access:  read
// returns: found, subject (node), sources (list of {artifact, own}), executions (list of maps)
// written: from scripts/queries/answers/compare_artifacts.cypher
//
// Its sources of metrics, the last recorded last, are the artifact, whose numbers are its own, and its
// evaluations: artifacts of the types $type_ids that came out of an execution which read it in one of
// $roles, or no other of its type. Its execution is the first that made it, and did not only pass it
// on.
UNWIND range(0, size($artifact_ids) - 1) AS position
MATCH (subject:Artifact {id: $artifact_ids[position]})
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
  WITH own, ordinal, source.id AS id, coalesce(source.create_time, datetime({epochMillis: 0})) AS time,
    head([key IN $metric_keys WHERE source[key] IS :: INTEGER NOT NULL OR source[key] IS :: FLOAT NOT NULL | source[key]]) AS value
  WHERE value IS NOT NULL
  WITH own, ordinal, id, time, value
  ORDER BY own DESC, time DESC, ordinal DESC, id DESC
  LIMIT 1
  RETURN head(collect(value)) AS value
}
WITH position, subject, value
ORDER BY value IS NULL, isNaN(value), CASE WHEN $smallest THEN value END, CASE WHEN NOT $smallest THEN value END DESC, position
WITH collect(subject) AS ranked
WITH size(ranked) AS found, ranked[..$limit] AS best
UNWIND range(0, size(best) - 1) AS place
// Collected, so that rows which are sorted do not carry the list along: Neo4j counts it in each.
WITH found, place, head(collect(best[place])) AS subject
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
RETURN found, subject, sources, COLLECT {
  MATCH (subject)<-[:OUTPUT|DECLARED_OUTPUT|PENDING_OUTPUT]-(execution:Execution)
  WHERE coalesce(execution.state, 'UNKNOWN') <> 'CACHED'
  WITH execution
  ORDER BY execution.id
  LIMIT 1
  RETURN {
    execution: execution,
    inputs: COLLECT {
      MATCH (execution)<-[event:INPUT|DECLARED_INPUT]-(artifact:Artifact)
      RETURN {id: artifact.id, type: artifact.type, digest: artifact.digest, path: event.path}
    },
    outputs: COLLECT { MATCH (execution)-[:OUTPUT]->(artifact:Artifact) RETURN artifact.id },
    environments: COLLECT {
      MATCH (execution)<-[:INTERNAL_INPUT]-(artifact:Artifact {type: 'Environment'})
      RETURN artifact.id
    },
    runs: COLLECT {
      MATCH (execution)-[:ASSOCIATED_WITH]->(run:Context) WHERE run.type IN $types RETURN run
    }
  }
  ORDER BY execution.id
} AS executions
ORDER BY place;
