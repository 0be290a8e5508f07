// When, by whom and why the execution was deleted that has an external id; no answer if none has it that was.
//
// access:  read
// returns: id, deletion (text)
// written: from scripts/queries/{kind}/tombstone.cypher
MATCH (execution:Execution {external_id: $external_id})
WHERE execution._deleted IS NOT NULL
RETURN execution.id AS id,
  'deleted ' + left(toString(execution._deleted), 10)
      + coalesce(' by ' + execution._deleted_by, '') + coalesce(': ' + execution._deleted_why, '') AS deletion;
