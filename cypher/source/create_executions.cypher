// Create executions just as their source has them, times and all, with their contexts, events and metrics.
//
// Rows have all of an execution's properties, its associations: [place in $context_ids, number], and
// its inputs and outputs: [artifact's id in the source, type, path, time in milliseconds, number], and
// its series: [properties, number]. The numbers of events are the order in which they were recorded there.
// The source is locked, so that two imports of it take turns. If it does not have $known executions of
// the ids from one to another, there is no answer, and nothing happens; null if it may have any number.
//
// access:  write
// returns: associations, inputs, outputs, series (the numbers of those that were created)
// written: from scripts/queries/source/create_executions.cypher
// planned: once for $rows, $context_ids
MATCH (source:GraphstoreSource {name: $source})
SET source.name = source.name
WITH source
CALL (source) {
  MATCH (execution:Execution {source: $source})
  WHERE $first_id <= execution.source_id <= $last_id
  RETURN count(*) AS known
}
WITH known WHERE known = coalesce($known, known)
CALL () {
  UNWIND $context_ids AS id
  OPTIONAL MATCH (context:Context {id: id})
  RETURN collect([context]) AS contexts
}
CALL () {
  UNWIND $rows AS row
  CREATE (execution:Execution:$(row.label))
  SET execution = row.properties,
    execution.create_time = datetime({epochMillis: row.create_time}),
    execution.last_update_time = datetime({epochMillis: row.last_update_time}),
    execution._recorded = datetime({epochMillis: datetime.transaction().epochMillis}),
    execution._by = $by
  RETURN collect([execution, row]) AS created
}
CALL (created, contexts) {
  UNWIND created AS one
  UNWIND one[1].associations AS member
  WITH one[0] AS execution, member, contexts[member[0]][0] AS context WHERE context IS NOT NULL
  CREATE (execution)-[:ASSOCIATED_WITH]->(context)
  RETURN collect(member[1]) AS associations
}
CALL (created) {
  UNWIND created AS one
  UNWIND one[1].inputs AS event
  MATCH (artifact:Artifact {source: $source, source_id: event[0]})
  WITH one[0] AS execution, event, artifact
  CREATE (artifact)-[:$(event[1]) {path: event[2], ordinal: event[4], time:
    CASE WHEN event[3] IS NOT NULL THEN datetime({epochMillis: event[3]}) END
  }]->(execution)
  RETURN collect(event[4]) AS inputs
}
CALL (created) {
  UNWIND created AS one
  UNWIND one[1].outputs AS event
  MATCH (artifact:Artifact {source: $source, source_id: event[0]})
  WITH one[0] AS execution, event, artifact
  CREATE (execution)-[:$(event[1]) {path: event[2], ordinal: event[4], time:
    CASE WHEN event[3] IS NOT NULL THEN datetime({epochMillis: event[3]}) END
  }]->(artifact)
  RETURN collect(event[4]) AS outputs
}
CALL (created) {
  UNWIND created AS one
  UNWIND one[1].series AS logged
  WITH one[0] AS execution, logged
  CREATE (execution)-[:LOGGED]->(series:GraphstoreSeries)
  SET series = logged[0]
  RETURN collect(logged[1]) AS series
}
RETURN associations, inputs, outputs, series;
