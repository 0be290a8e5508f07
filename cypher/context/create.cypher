// Create contexts, all or none.
//
// The ids were leased beforehand, so that a client that lost the answer can ask again: what is
// there already stays as it is.
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is.
//
// access:  write
// returns: contexts (list of maps)
// written: from scripts/queries/{kind}/create.cypher
// planned: once
UNWIND $contexts AS row
MERGE (context:Context {id: row.id})
  ON CREATE SET context:$(row.label), context += row.properties,
    context.create_time = datetime({epochMillis: datetime.transaction().epochMillis}),
    context.last_update_time = datetime({epochMillis: datetime.transaction().epochMillis}),
    context._by = $by
RETURN collect(
  context {
    .*,
    create_time: CASE WHEN context.create_time IS :: ZONED DATETIME
      THEN context.create_time.epochMillis ELSE context.create_time END,
    last_update_time: CASE WHEN context.last_update_time IS :: ZONED DATETIME
      THEN context.last_update_time.epochMillis ELSE context.last_update_time END
  }
) AS contexts;
