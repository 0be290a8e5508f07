// What a store says of itself as one that is copied: its node, its counters, how many nodes it has.
//
// access:  read
// returns: store (map), next_ids (list of [name, next]), migrations, counts (map)
RETURN head(COLLECT { MATCH (store:GraphstoreStore) RETURN properties(store) }) AS store,
  COLLECT { MATCH (sequence:GraphstoreSequence) RETURN [sequence.name, sequence.next] } AS next_ids,
  COLLECT {
    MATCH (migration:GraphstoreMigration)
    RETURN DISTINCT migration.version AS version ORDER BY version
  } AS migrations,
  {
    artifact: COUNT { MATCH (:Artifact) },
    execution: COUNT { MATCH (:Execution) },
    context: COUNT { MATCH (:Context) },
    type: COUNT { MATCH (:Type) }
  } AS counts;
