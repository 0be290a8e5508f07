// Executions side by side: what each was told and read, and what that which it made measured.
//
// In the order of the metric, the best first, or else as they were named; $limit at most, of `found`
// that are there. The metric is the first of $metric_keys that holds a number; of several sources one
// that is a model's own counts, else the one that was recorded last. NaN comes after all numbers.
//
// access:  read
// as_of:   yes
// planned: once for $execution_ids
// returns: found, subject (node), sources (list of {artifact, own}), executions (list of maps)
// written: from scripts/queries/answers/compare_executions.cypher
//
// Its sources of metrics, the last recorded last, are what it made - own is what a model says of
// itself: one of the types $model_type_ids, or an output `model` of a type of which nobody knows what
// it is - and the evaluations of that, as in answers.compare_artifacts.
UNWIND range(0, size($execution_ids) - 1) AS position
MATCH (subject:Execution {id: $execution_ids[position]})
WHERE true
  AND coalesce(subject._recorded, subject.create_time) <= $known_at // optional
CALL (subject) {
  CALL (subject) {
    CALL (subject) {
      MATCH (subject)-[event:OUTPUT
        |RETRACTED_OUTPUT // as of $known_at // optional
      ]->(source:Artifact)
      WHERE true
        AND coalesce(source._recorded, source.create_time) <= $known_at // optional
        AND coalesce(event._recorded, $known_at) <= $known_at // optional
        AND coalesce(event._until > $known_at, true) // optional
      RETURN source, coalesce(source.type_id IN $model_type_ids
        OR event.path[0] = 'model' AND NOT source.type_id IN $kind_type_ids, false) AS own, event.ordinal AS at
      UNION
      MATCH (subject)-[making:OUTPUT
        |RETRACTED_OUTPUT // as of $known_at // optional
      ]->(made:Artifact)
      WHERE true
        AND coalesce(made._recorded, made.create_time) <= $known_at // optional
        AND coalesce(making._recorded, $known_at) <= $known_at // optional
        AND coalesce(making._until > $known_at, true) // optional
      MATCH (made)-[read:INPUT
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
          WHERE other.type = made.type
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
    RETURN own, ordinal, id, time, value
    UNION ALL
    MATCH (subject)-[:LOGGED]->(node:GraphstoreSeries)
    WITH properties(node) AS series
    WHERE series.metric = $metric
      AND series.times[0] <= $known_at.epochMillis // optional
      AND (series.count = size(series.times) OR series.times[-1] <= $known_at.epochMillis) // optional
    WITH series, coalesce(
      [i IN range(size(series.times) - 1, 0, -1) WHERE series.times[i] <= $known_at.epochMillis | i][0], // optional
      -1) AS at
    RETURN false AS own, 0 AS ordinal, 0 AS id, datetime({epochMillis: series.times[at]}) AS time, series.values[at] AS value
  }
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
    MATCH (subject)-[event:OUTPUT
      |RETRACTED_OUTPUT // as of $known_at // optional
    ]->(source:Artifact)
    WHERE true
      AND coalesce(source._recorded, source.create_time) <= $known_at // optional
      AND coalesce(event._recorded, $known_at) <= $known_at // optional
      AND coalesce(event._until > $known_at, true) // optional
    RETURN source, coalesce(source.type_id IN $model_type_ids
      OR event.path[0] = 'model' AND NOT source.type_id IN $kind_type_ids, false) AS own, event.ordinal AS at
    UNION
    MATCH (subject)-[making:OUTPUT
      |RETRACTED_OUTPUT // as of $known_at // optional
    ]->(made:Artifact)
    WHERE true
      AND coalesce(made._recorded, made.create_time) <= $known_at // optional
      AND coalesce(making._recorded, $known_at) <= $known_at // optional
      AND coalesce(making._until > $known_at, true) // optional
    MATCH (made)-[read:INPUT
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
        WHERE other.type = made.type
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
  WITH subject AS execution
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
