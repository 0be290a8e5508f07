// Create contexts just as their source has them, times and all; rows have all of their properties.
//
// access:  write
// returns: written
// written: from scripts/queries/source/create_contexts.cypher
// planned: once for $rows
UNWIND $rows AS row
CREATE (context:Context:$(row.label))
SET context = row.properties,
  context.create_time = datetime({epochMillis: row.create_time}),
  context.last_update_time = datetime({epochMillis: row.last_update_time}),
  context._recorded = datetime({epochMillis: datetime.transaction().epochMillis}),
  context._by = $by
RETURN count(*) AS written;
