// Of some names and external ids, those that executions from elsewhere have already.
//
// access:  read
// returns: type_id, name, external_id
// written: from scripts/queries/source/taken_{kind}_names.cypher
// planned: once for $names, $external_ids
CALL () {
  UNWIND $names AS row
  MATCH (execution:Execution {type_id: row.type_id, name: row.name})
  RETURN execution
  UNION
  UNWIND $external_ids AS external_id
  MATCH (execution:Execution {external_id: external_id})
  RETURN execution
}
WITH execution
WHERE coalesce(execution.source, '') <> $source
RETURN execution.type_id AS type_id, execution.name AS name, execution.external_id AS external_id;
