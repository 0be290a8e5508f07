// Begin to copy an archive into an empty store, whose ids then go on after those of the archive.
//
// A store is empty if no id was ever leased from its counters: whoever holds a lease may use it yet. There is
// no answer if it is not. $copied_from are stores, and the other lists say up to which ids it has theirs.
//
// access:  write
// returns: store (node)
MATCH (sequence:GraphstoreSequence)
SET sequence.next = sequence.next
WITH collect(sequence) AS sequences
WHERE all(one IN sequences WHERE one.next = CASE one.name WHEN 'type' THEN 10 ELSE 1 END)
  AND NOT EXISTS { MATCH (:Artifact|Execution|Context) }
  AND NOT EXISTS { MATCH (:GraphstoreSource) }
  AND NOT EXISTS { MATCH (type:Type) WHERE type.id >= 10 }
MERGE (store:GraphstoreStore)
  ON CREATE SET store.id = $store_id, store.create_time = datetime({epochMillis: timestamp()})
SET store.importing = $archive, store.line = 0, store.copied_from = $copied_from,
  store.copied_artifacts = $copied_ids.artifact, store.copied_executions = $copied_ids.execution,
  store.copied_contexts = $copied_ids.context
FOREACH (one IN sequences | SET one.next = coalesce($next_ids[one.name], one.next))
RETURN store;
