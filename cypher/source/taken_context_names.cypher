// Of some names and external ids, those that contexts from elsewhere have already.
//
// access:  read
// returns: type_id, name, external_id
// written: from scripts/queries/source/taken_{kind}_names.cypher
// planned: once for $names, $external_ids
CALL () {
  UNWIND $names AS row
  MATCH (context:Context {type_id: row.type_id, name: row.name})
  RETURN context
  UNION
  UNWIND $external_ids AS external_id
  MATCH (context:Context {external_id: external_id})
  RETURN context
}
WITH context
WHERE coalesce(context.source, '') <> $source
RETURN context.type_id AS type_id, context.name AS name, context.external_id AS external_id;
