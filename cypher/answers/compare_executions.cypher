// Executions side by side: what each was told and read, and what that which it made measured.
//
// In the order of the metric, the best first, or else as they were named; $limit at most, of `found`
// that are there. The metric is the first of $metric_keys that holds a number in the first of the
// sources.
//
// access:  read
// returns: found, subject (node), sources (nodes), executions (list of maps)
//
// Its sources of metrics are what it made, then the evaluations of that, the newest first, as in
// answers.compare_artifacts.
UNWIND range(0, size($execution_ids) - 1) AS position
MATCH (subject:Execution {id: $execution_ids[position]})
CALL (subject) {
  MATCH (subject)-[:OUTPUT]->(made:Artifact)
  CALL (made) {
    RETURN made AS source, 0 AS after
    UNION
    MATCH (made)-[read:INPUT]->(reader:Execution)-[:OUTPUT]->(evaluation:Artifact)
    WHERE evaluation.type_id IN $type_ids AND (read.path[0] IN $roles OR COUNT {
      MATCH (other:Artifact)-[:INPUT]->(reader) WHERE other.type = made.type RETURN DISTINCT other
    } = 1)
    RETURN evaluation AS source, 1 AS after
  }
  WITH source, after, head([key IN $metric_keys
    WHERE source[key] IS :: INTEGER NOT NULL OR source[key] IS :: FLOAT NOT NULL | source[key]]) AS value
  WHERE value IS NOT NULL AND NOT isNaN(value)
  ORDER BY after, source.create_time DESC, source.id DESC
  LIMIT 1
  RETURN head(collect(value)) AS value
}
WITH position, subject, value
ORDER BY value IS NULL, CASE WHEN $smallest THEN value END, CASE WHEN NOT $smallest THEN value END DESC, position
WITH collect(subject) AS ranked
WITH size(ranked) AS found, ranked[..$limit] AS best
UNWIND range(0, size(best) - 1) AS place
// Collected, so that rows which are sorted do not carry the list along: Neo4j counts it in each.
WITH found, place, head(collect(best[place])) AS subject
CALL (subject) {
  MATCH (subject)-[:OUTPUT]->(made:Artifact)
  CALL (made) {
    RETURN made AS source, 0 AS after
    UNION
    MATCH (made)-[read:INPUT]->(reader:Execution)-[:OUTPUT]->(evaluation:Artifact)
    WHERE evaluation.type_id IN $type_ids AND (read.path[0] IN $roles OR COUNT {
      MATCH (other:Artifact)-[:INPUT]->(reader) WHERE other.type = made.type RETURN DISTINCT other
    } = 1)
    RETURN evaluation AS source, 1 AS after
  }
  WITH source, min(after) AS after
  ORDER BY after, source.create_time DESC, source.id DESC
  RETURN collect(source) AS sources
}
RETURN found, subject, sources, COLLECT {
  WITH subject AS execution
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
