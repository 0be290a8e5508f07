// Artifacts side by side: who made each of what, and what it and its evaluations measured.
//
// In the order of the metric, the best first, or else as they were named; $limit at most, of `found`
// that are there. The metric is the first of $metric_keys that holds a number; of several sources one
// that is a model's own counts, else the one that was recorded last. NaN comes after all numbers.
//
// access:  read
// as_of:   yes
// planned: once for $artifact_ids
// returns: found, subject (node), sources (list of {artifact, own}), executions (list of maps)
// written: from scripts/queries/answers/compare_artifacts.cypher
//
// Its sources of metrics, the last recorded last, are the artifact, whose numbers are its own, and its
// evaluations: artifacts of the types $type_ids that came out of an execution which read it in one of
// $roles, or no other of its type. Its execution is the first that made it, and did not only pass it
// on.
UNWIND range(0, size($artifact_ids) - 1) AS position
MATCH (subject:Artifact {id: $artifact_ids[position]})
WHERE true
  AND coalesce(subject._recorded, subject.create_time) <= $known_at // optional
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
  WITH own, ordinal, source.id AS id, coalesce(source.create_time, datetime({epochMillis: 0})) AS time,
    head([value IN [key IN $metric_keys |
      coalesce(
        COLLECT { MATCH (source)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r[key] IS NOT NULL RETURN r[key] ORDER BY r._until LIMIT 1 }[0], // optional
        source[key])
    ] WHERE value IS :: INTEGER NOT NULL OR value IS :: FLOAT NOT NULL]) AS value
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
RETURN found, subject {
  _past: [(subject)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
  .*
} AS subject, sources, COLLECT {
  MATCH (subject)<-[event:OUTPUT|DECLARED_OUTPUT|PENDING_OUTPUT
    |RETRACTED_OUTPUT // as of $known_at // optional
  ]-(execution:Execution)
  WHERE coalesce(
    COLLECT { MATCH (execution)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r.state IS NOT NULL RETURN r.state ORDER BY r._until LIMIT 1 }[0], // optional
    execution.state, 'UNKNOWN') <> 'CACHED'
    AND coalesce(execution._recorded, execution.create_time) <= $known_at // optional
    AND coalesce(event._recorded, $known_at) <= $known_at // optional
    AND coalesce(event._until > $known_at, true) // optional
  WITH execution
  ORDER BY execution.id
  LIMIT 1
  RETURN {
    execution: execution {
      _past: [(execution)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
      .*
    },
    inputs: COLLECT {
      MATCH (execution)<-[event:INPUT|DECLARED_INPUT
        |RETRACTED_INPUT // as of $known_at // optional
      ]-(artifact:Artifact)
      WHERE true
        AND coalesce(artifact._recorded, artifact.create_time) <= $known_at // optional
        AND coalesce(event._recorded, $known_at) <= $known_at // optional
        AND coalesce(event._until > $known_at, true) // optional
      WITH artifact, event, []
        + COLLECT { MATCH (artifact)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
        AS past
      RETURN {id: artifact.id, type: artifact.type, path: event.path, digest: nullIf(coalesce(
        head([r IN past WHERE r.digest IS NOT NULL | r.digest]),
        properties(artifact).digest), [false])}
    },
    outputs: COLLECT {
      MATCH (execution)-[event:OUTPUT
        |RETRACTED_OUTPUT // as of $known_at // optional
      ]->(artifact:Artifact)
      WHERE true
        AND coalesce(artifact._recorded, artifact.create_time) <= $known_at // optional
        AND coalesce(event._recorded, $known_at) <= $known_at // optional
        AND coalesce(event._until > $known_at, true) // optional
      RETURN artifact.id
    },
    environments: COLLECT {
      MATCH (execution)<-[event:INTERNAL_INPUT]-(artifact:Artifact {type: 'Environment'})
      WHERE true
        AND coalesce(artifact._recorded, artifact.create_time) <= $known_at // optional
        AND coalesce(event._recorded, $known_at) <= $known_at // optional
        AND coalesce(event._until > $known_at, true) // optional
      RETURN artifact.id
    },
    runs: COLLECT {
      MATCH (execution)-[edge:ASSOCIATED_WITH]->(context:Context)
      WHERE true
        AND coalesce(context._recorded, context.create_time) <= $known_at // optional
        AND coalesce(edge._recorded, $known_at) <= $known_at // optional
        AND context.type IN $types
      RETURN context {
        _past: [(context)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
        .*
      }
    }
  }
  ORDER BY execution.id
} AS executions
ORDER BY place;
