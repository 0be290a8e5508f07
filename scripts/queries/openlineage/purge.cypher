// Remove the artifacts that stood for what nobody is known to have written, and that nothing reads any more.
//
// What read one of them reads what somebody wrote, of whom the store has heard since. A GraphstoreDeletion
// tells which went.
//
// access:  write
// returns: ids
MATCH (artifact:Artifact WHERE artifact.id IN $artifact_ids)
WHERE artifact.type = 'openlineage.Dataset' AND artifact.written_by IS NULL AND artifact._deleted IS NULL
  AND NOT EXISTS { (artifact)-[:<<events.every>>]-(:Execution) }
WITH artifact, datetime({epochMillis: datetime.transaction().epochMillis}) AS now
ORDER BY artifact.id
WITH now, collect(artifact) AS artifacts, collect(artifact.id) AS ids
WHERE size(ids) > 0
CALL (artifacts) {
  UNWIND artifacts AS node
  <<tombstones.unhang('node')>>
  DETACH DELETE node
}
CREATE (deletion:GraphstoreDeletion {
  _deleted: now, _deleted_by: $by, kind: 'artifact', ids: ids, _deleted_why: 'what read it reads what somebody wrote'
})
RETURN ids;
