// Store what becomes of OpenLineage's events: nodes, new ones and changed ones, events, and who belongs to what.
//
// Nodes are known by their ids, contexts by type and name. $new_events and $retractions name executions and
// artifacts by id. An event that turns out to be another one is taken back: it becomes a RETRACTED_INPUT or
// a RETRACTED_OUTPUT, which no lineage follows, with `_until` and `_retracted_by`.
//
// access:  write
// returns: executions, artifacts, contexts, events, retracted (counts)
// written: from scripts/queries/openlineage/write.cypher
WITH datetime({epochMillis: datetime.transaction().epochMillis}) AS now
CALL (now) {
  UNWIND $taken_in.contexts AS row
  MERGE (context:Context {type_id: row.type_id, name: row.name})
    ON CREATE SET context:$(row.label), context += row.properties,
      context.create_time = now,
      context.last_update_time = now,
      context._by = $by
  RETURN collect(context) AS contexts
}
CALL (now, contexts) {
  UNWIND range(0, size(contexts) - 1) AS place
  WITH now, contexts[place] AS context, $taken_in.contexts[place] AS row
  WITH now, context, row.properties AS properties, properties(context) AS before
  WHERE row.said AND context._deleted IS NULL
    AND any(key IN keys(before) + keys(properties) WHERE NOT key IN ['id', 'create_time', 'last_update_time', '_by', '_recorded', '_since', '_erased']
      AND (valueType(before[key]) <> valueType(properties[key]) OR before[key] <> properties[key]))
  FOREACH (key IN [
    key IN keys(before) + [key IN keys(properties) WHERE before[key] IS NULL]
    WHERE NOT key IN ['id', 'create_time', 'last_update_time', '_by', '_recorded', '_since', '_erased']
        AND (valueType(before[key]) <> valueType(properties[key]) OR before[key] <> properties[key])
  ] | SET context[key] = properties[key])
  SET context.last_update_time = CASE WHEN before.last_update_time >= now
    THEN before.last_update_time + duration({milliseconds: 1}) ELSE now END
  WITH *
  CALL (*) {
    WITH context, before, now, properties(context) AS after
    WITH context, before, now,
      [key IN keys(before) WHERE NOT key IN ['_by', '_recorded', '_since', '_erased']
        AND (valueType(before[key]) <> valueType(after[key]) OR before[key] <> after[key])
        AND NOT coalesce(before[key] <> before[key] AND after[key] <> after[key], false)]
      + [key IN keys(after) WHERE NOT key IN ['_by', '_recorded', '_since', '_erased'] AND before[key] IS NULL] AS changed
    WHERE any(key IN changed WHERE key <> 'last_update_time')
      AND CASE WHEN before._deleted IS NULL THEN true
        ELSE date('graphstore tombstone: context ' + before.id + ' ' + 'deleted ' + left(toString(before._deleted), 10)
            + coalesce(' by ' + before._deleted_by, '') + coalesce(': ' + before._deleted_why, '')) IS NOT NULL
      END
    SET context._since = CASE WHEN coalesce(before._since, before._recorded, before.create_time) >= now
        THEN coalesce(before._since, before._recorded, before.create_time) + duration({milliseconds: 1}) ELSE now END
    CREATE (revision:Revision {_until: context._since, _by: $by})-[:REVISION_OF]->(context)
    FOREACH (key IN changed | SET revision[key] = coalesce(before[key], [false]))
  }
  RETURN count(*) AS contexts_changed
}
CALL (now) {
  UNWIND $taken_in.executions AS row
  MERGE (execution:Execution {id: row.id})
    ON CREATE SET execution:$(row.label), execution += row.properties,
      execution.create_time = now,
      execution.last_update_time = now,
      execution._by = $by
  WITH now, execution, row.properties AS properties, properties(execution) AS before
  WHERE execution._deleted IS NULL
    AND any(key IN keys(before) + keys(properties) WHERE NOT key IN ['id', 'create_time', 'last_update_time', '_by', '_recorded', '_since', '_erased']
      AND (valueType(before[key]) <> valueType(properties[key]) OR before[key] <> properties[key]))
  FOREACH (key IN [
    key IN keys(before) + [key IN keys(properties) WHERE before[key] IS NULL]
    WHERE NOT key IN ['id', 'create_time', 'last_update_time', '_by', '_recorded', '_since', '_erased']
        AND (valueType(before[key]) <> valueType(properties[key]) OR before[key] <> properties[key])
  ] | SET execution[key] = properties[key])
  SET execution.last_update_time = CASE WHEN before.last_update_time >= now
    THEN before.last_update_time + duration({milliseconds: 1}) ELSE now END
  WITH *
  CALL (*) {
    WITH execution, before, now, properties(execution) AS after
    WITH execution, before, now,
      [key IN keys(before) WHERE NOT key IN ['_by', '_recorded', '_since', '_erased']
        AND (valueType(before[key]) <> valueType(after[key]) OR before[key] <> after[key])
        AND NOT coalesce(before[key] <> before[key] AND after[key] <> after[key], false)]
      + [key IN keys(after) WHERE NOT key IN ['_by', '_recorded', '_since', '_erased'] AND before[key] IS NULL] AS changed
    WHERE any(key IN changed WHERE key <> 'last_update_time')
      AND CASE WHEN before._deleted IS NULL THEN true
        ELSE date('graphstore tombstone: execution ' + before.id + ' ' + 'deleted ' + left(toString(before._deleted), 10)
            + coalesce(' by ' + before._deleted_by, '') + coalesce(': ' + before._deleted_why, '')) IS NOT NULL
      END
    SET execution._since = CASE WHEN coalesce(before._since, before._recorded, before.create_time) >= now
        THEN coalesce(before._since, before._recorded, before.create_time) + duration({milliseconds: 1}) ELSE now END
    CREATE (revision:Revision {_until: execution._since, _by: $by})-[:REVISION_OF]->(execution)
    FOREACH (key IN changed | SET revision[key] = coalesce(before[key], [false]))
  }
  RETURN count(*) AS executions_changed
}
CALL (now) {
  UNWIND $taken_in.artifacts AS row
  MERGE (artifact:Artifact {id: row.id})
    ON CREATE SET artifact:$(row.label), artifact += row.properties,
      artifact.create_time = now,
      artifact.last_update_time = now,
      artifact._by = $by
  WITH now, artifact, row.properties AS properties, properties(artifact) AS before
  WHERE artifact._deleted IS NULL
    AND any(key IN keys(before) + keys(properties) WHERE NOT key IN ['id', 'create_time', 'last_update_time', '_by', '_recorded', '_since', '_erased']
      AND (valueType(before[key]) <> valueType(properties[key]) OR before[key] <> properties[key]))
  FOREACH (key IN [
    key IN keys(before) + [key IN keys(properties) WHERE before[key] IS NULL]
    WHERE NOT key IN ['id', 'create_time', 'last_update_time', '_by', '_recorded', '_since', '_erased']
        AND (valueType(before[key]) <> valueType(properties[key]) OR before[key] <> properties[key])
  ] | SET artifact[key] = properties[key])
  SET artifact.last_update_time = CASE WHEN before.last_update_time >= now
    THEN before.last_update_time + duration({milliseconds: 1}) ELSE now END
  WITH *
  CALL (*) {
    WITH artifact, before, now, properties(artifact) AS after
    WITH artifact, before, now,
      [key IN keys(before) WHERE NOT key IN ['_by', '_recorded', '_since', '_erased']
        AND (valueType(before[key]) <> valueType(after[key]) OR before[key] <> after[key])
        AND NOT coalesce(before[key] <> before[key] AND after[key] <> after[key], false)]
      + [key IN keys(after) WHERE NOT key IN ['_by', '_recorded', '_since', '_erased'] AND before[key] IS NULL] AS changed
    WHERE any(key IN changed WHERE key <> 'last_update_time')
      AND CASE WHEN before._deleted IS NULL THEN true
        ELSE date('graphstore tombstone: artifact ' + before.id + ' ' + 'deleted ' + left(toString(before._deleted), 10)
            + coalesce(' by ' + before._deleted_by, '') + coalesce(': ' + before._deleted_why, '')) IS NOT NULL
      END
    SET artifact._since = CASE WHEN coalesce(before._since, before._recorded, before.create_time) >= now
        THEN coalesce(before._since, before._recorded, before.create_time) + duration({milliseconds: 1}) ELSE now END
    CREATE (revision:Revision {_until: artifact._since, _by: $by})-[:REVISION_OF]->(artifact)
    FOREACH (key IN changed | SET revision[key] = coalesce(before[key], [false]))
  }
  RETURN count(*) AS artifacts_changed
}
CALL (now) {
  UNWIND $taken_in.retractions AS row
  MATCH (execution:Execution {id: row.execution})-[event:INPUT|OUTPUT]-(artifact:Artifact {id: row.artifact})
  WHERE type(event) = row.type AND event.path = row.path
  CALL (execution, event, artifact, row) {
    WITH * WHERE row.type = 'INPUT'
    CREATE (artifact)-[past:RETRACTED_INPUT]->(execution)
    SET past = properties(event)
    RETURN past
    UNION
    WITH * WHERE row.type = 'OUTPUT'
    CREATE (execution)-[past:RETRACTED_OUTPUT]->(artifact)
    SET past = properties(event)
    RETURN past
  }
  SET past._until = now, past._retracted_by = $by
  DELETE event
  RETURN count(*) AS retracted
}
CALL (now) {
  UNWIND $taken_in.events AS row
  MATCH (execution:Execution {id: row.execution})
  MATCH (artifact:Artifact {id: row.artifact})
  CALL (execution, artifact, row) {
    WITH * WHERE row.type = 'INPUT'
    CREATE (artifact)-[event:INPUT {path: row.path}]->(execution)
    RETURN event
    UNION
    WITH * WHERE row.type = 'OUTPUT'
    CREATE (execution)-[event:OUTPUT {path: row.path}]->(artifact)
    RETURN event
  }
  SET event.time = CASE WHEN row.time IS NULL THEN now ELSE datetime({epochMillis: row.time}) END, event.ordinal = row.ordinal,
    event += CASE
      WHEN coalesce(artifact._recorded, artifact.create_time) < now
        AND coalesce(execution._recorded, execution.create_time) < now
      THEN {_recorded: now, _by: $by} ELSE {} END
  RETURN count(*) AS events
}
CALL (now, contexts) {
  UNWIND $taken_in.associations AS row
  MATCH (execution:Execution {id: row.execution})
  WITH execution, now, contexts[row.context] AS context
  WHERE NOT EXISTS { (execution)-[:ASSOCIATED_WITH]->(context) }
  CREATE (execution)-[edge:ASSOCIATED_WITH]->(context)
  SET edge += CASE
    WHEN coalesce(execution._recorded, execution.create_time) < now
      AND coalesce(context._recorded, context.create_time) < now
    THEN {_recorded: now, _by: $by} ELSE {} END
  RETURN count(*) AS associations
}
CALL (now, contexts) {
  UNWIND $taken_in.attributions AS row
  MATCH (artifact:Artifact {id: row.artifact})
  WITH artifact, now, contexts[row.context] AS context
  WHERE NOT EXISTS { (artifact)-[:ATTRIBUTED_TO]->(context) }
  CREATE (artifact)-[edge:ATTRIBUTED_TO]->(context)
  SET edge += CASE
    WHEN coalesce(artifact._recorded, artifact.create_time) < now
      AND coalesce(context._recorded, context.create_time) < now
    THEN {_recorded: now, _by: $by} ELSE {} END
  RETURN count(*) AS attributions
}
CALL (now, contexts) {
  UNWIND $taken_in.parents AS row
  // A call for each, which sees what those before it made: the parents of one batch may go round in a circle.
  CALL (row, now, contexts) {
    WITH contexts[row.child] AS child, contexts[row.parent] AS parent, now
    WHERE NOT EXISTS { (child)-[:CHILD_OF]->(parent) } AND NOT EXISTS { (parent)-[:CHILD_OF*0..]->(child) }
    CREATE (child)-[edge:CHILD_OF]->(parent)
    SET edge += CASE
      WHEN coalesce(child._recorded, child.create_time) < now
        AND coalesce(parent._recorded, parent.create_time) < now
      THEN {_recorded: now, _by: $by} ELSE {} END
    RETURN count(*) AS joined
  }
  RETURN sum(joined) AS parts
}
RETURN executions_changed, artifacts_changed, contexts_changed, events, retracted;
