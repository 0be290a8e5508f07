// Store what becomes of OpenLineage's events: nodes, new ones and changed ones, events, and who belongs to what.
//
// Nodes are known by their ids, contexts by type and name. $new_events and $retractions name executions and
// artifacts by id. An event that turns out to be another one is taken back: it becomes a RETRACTED_INPUT or
// a RETRACTED_OUTPUT, which no lineage follows, with `_until` and `_retracted_by`.
//
// access:  write
// returns: executions, artifacts, contexts, events, retracted (counts)
WITH <<times.now>> AS now
<<nodes.contexts(rows='$taken_in.contexts')>>
{% for kind in ['context', 'execution', 'artifact'] %}
CALL (now<<', contexts' if kind == 'context' else ''>>) {
{% if kind == 'context' %}
  UNWIND range(0, size(contexts) - 1) AS place
  WITH now, contexts[place] AS context, $taken_in.contexts[place] AS row
  WITH now, context, row.properties AS properties, properties(context) AS before
  WHERE row.said AND context._deleted IS NULL
{% else %}
  UNWIND $taken_in.<<kind>>s AS row
  MERGE (<<kind>>:<<kind | capitalize>> {id: row.id})
    <<nodes.on_create(kind, 'now')>>
  WITH now, <<kind>>, row.properties AS properties, properties(<<kind>>) AS before
  WHERE <<kind>>._deleted IS NULL
{% endif %}
    AND any(key IN keys(before) + keys(properties) WHERE NOT key IN <<revisions.lasting>>
      AND <<revisions.differ('before[key]', 'properties[key]')>>)
  <<revisions.replaced(kind, 'properties')>>
  SET <<kind>>.last_update_time = <<times.growing('before.last_update_time')>>
  <<revisions.left(kind, kind)>>
  RETURN count(*) AS <<kind>>s_changed
}
{% endfor %}
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
  SET <<events.stored()>>,
    <<revisions.joined('event', 'artifact', 'execution')>>
  RETURN count(*) AS events
}
CALL (now, contexts) {
  UNWIND $taken_in.associations AS row
  MATCH (execution:Execution {id: row.execution})
  WITH execution, now, contexts[row.context] AS context
  <<members.joins('execution')>>
  RETURN count(*) AS associations
}
CALL (now, contexts) {
  UNWIND $taken_in.attributions AS row
  MATCH (artifact:Artifact {id: row.artifact})
  WITH artifact, now, contexts[row.context] AS context
  <<members.joins('artifact')>>
  RETURN count(*) AS attributions
}
CALL (now, contexts) {
  UNWIND $taken_in.parents AS row
  // A call for each, which sees what those before it made: the parents of one batch may go round in a circle.
  CALL (row, now, contexts) {
    WITH contexts[row.child] AS child, contexts[row.parent] AS parent, now
    WHERE NOT EXISTS { (child)-[:CHILD_OF]->(parent) } AND NOT EXISTS { (parent)-[:CHILD_OF*0..]->(child) }
    CREATE (child)-[edge:CHILD_OF]->(parent)
    SET <<revisions.joined('edge', 'child', 'parent')>>
    RETURN count(*) AS joined
  }
  RETURN sum(joined) AS parts
}
RETURN executions_changed, artifacts_changed, contexts_changed, events, retracted;
