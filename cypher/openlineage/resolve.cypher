// What inputs of OpenLineage's runs mean, and what has to be looked at again since versions are new or otherwise.
//
// $asked.holders are external ids of executions, with the id of a run: `events` has those of its events that are
// that run's. $asked.versions are what is about to be written or changed: who read the version that was the
// newest before it, itself, or one that is said to be the same, is in `readers`, and may mean another one
// now. $asked.reads are inputs; `sources` has by their places, and then by those of `readers`, the version that is
// meant, but for those of $asked.changing, of which the caller knows more than the store. An input means the
// version that it names or else the newest that was written before, by another run.
// The newest is looked for in the order of the index, all of whose keys ORDER BY names: a dataset has
// as many versions as it was written over.
//
// An event that is a run's own has a path of one; if an execution stands for a part of it or for its
// parent, the path goes on with the run's id. A third is the version that was named.
//
// access:  read
// returns: artifacts (maps), executions (maps), events (maps), readers (maps), sources (maps, or null)
// written: from scripts/queries/openlineage/resolve.cypher
CALL () {
  UNWIND $asked.external_ids AS external_id
  MATCH (artifact:Artifact {external_id: external_id})
  RETURN collect(artifact {.id, .external_id, .`_deleted`}) AS artifacts
}
CALL () {
  UNWIND $asked.holders AS row
  MATCH (execution:Execution {external_id: row.execution})
  RETURN collect(DISTINCT execution {.id, .external_id, .`_deleted`}) AS executions
}
CALL () {
  UNWIND $asked.holders AS row
  MATCH (execution:Execution {external_id: row.execution})-[event:INPUT|OUTPUT]-(artifact:Artifact)
  WHERE coalesce(event.path[1], execution.external_id) = row.run
  RETURN collect({
    execution: execution.external_id, artifact: artifact.external_id, artifact_id: artifact.id, path: event.path,
    type: type(event), millis: CASE WHEN event.time IS :: ZONED DATETIME
      THEN event.time.epochMillis ELSE event.time END, deleted: artifact._deleted IS NOT NULL
  }) AS events
}
CALL () {
  UNWIND $asked.versions AS version
  CALL (version) {
    MATCH (artifact:Artifact {external_id: version.external_id})
    RETURN artifact, false AS later
    UNION
    MATCH (artifact:Artifact {namespace: version.namespace, dataset: version.dataset, dataset_version: version.said})
    RETURN artifact, false AS later
    UNION
    CALL (version) {
      OPTIONAL MATCH (before:Artifact {namespace: version.namespace, dataset: version.dataset})
      WHERE before.written <= version.written AND before.external_id <> version.external_id
      RETURN before
      ORDER BY before.namespace DESC, before.dataset DESC, before.written DESC, before.written_by DESC
      LIMIT 1
    }
    MATCH (artifact:Artifact {external_id: coalesce(before.external_id, version.unwritten)})
    RETURN artifact, true AS later
  }
  MATCH (artifact)-[event:INPUT]->(execution:Execution {type: 'openlineage.Run'})
  WHERE artifact._deleted IS NULL AND execution._deleted IS NULL
    AND (NOT later OR event.time >= datetime(version.written))
  RETURN collect(DISTINCT {
    execution: execution.external_id, execution_id: execution.id, artifact: artifact.external_id, artifact_id: artifact.id,
    path: event.path, millis: CASE WHEN event.time IS :: ZONED DATETIME
      THEN event.time.epochMillis ELSE event.time END, run: coalesce(event.path[1], execution.external_id),
    namespace: version.namespace, dataset: version.dataset, said: event.path[2],
    until: toString(date(event.time)) + 'T' + right('0' + event.time.hour, 2) + ':' + right('0' + event.time.minute, 2)
      + ':' + right('0' + event.time.second, 2) + '.' + right('00' + event.time.millisecond, 3) + 'Z'
  }) AS readers
}
RETURN artifacts, executions, events, readers, COLLECT {
  WITH $asked.reads + readers AS inputs
  UNWIND range(0, size(inputs) - 1) AS place
  WITH place, inputs[place] AS read
  CALL (read) {
    OPTIONAL MATCH (source:Artifact {namespace: read.namespace, dataset: read.dataset})
    WHERE read.said IS NULL AND source.written <= read.until AND source.written_by <> read.run
      AND NOT source.external_id IN $asked.changing
    RETURN source
    ORDER BY source.namespace DESC, source.dataset DESC, source.written DESC, source.written_by DESC
    LIMIT 1
  }
  CALL (read) {
    OPTIONAL MATCH (named:Artifact {namespace: read.namespace, dataset: read.dataset, dataset_version: read.said})
    USING INDEX SEEK named:Artifact(namespace, dataset, dataset_version)
    WHERE named.written_by <> read.run AND NOT named.external_id IN $asked.changing
    RETURN named
    ORDER BY coalesce(named.written, '') DESC, named.written_by DESC
    LIMIT 1
  }
  WITH place, coalesce(named, source) AS meant
  RETURN meant {.id, .external_id, .written, .written_by}
  ORDER BY place
} AS sources;
