// A model, who made it, and all that was done with it: what its passport is written from.
//
// Makers are executions that it came out of; uses are executions that read it, the newest first,
// each with its contexts, and as events all that it read and made: artifact, type and path.
//
// access:  read
// as_of:   yes
// returns: model (node), makers (list of maps), uses (list of maps)
{% macro contexts() %}
COLLECT {
  MATCH (execution)-[edge:ASSOCIATED_WITH]->(context:Context)
  <<revisions.where_known('edge', 'context')>>
  RETURN <<revisions.node('context')>>
}
{%- endmacro %}
MATCH (model:Artifact {id: $artifact_id})
WHERE true
  <<revisions.known('model')>>
RETURN <<revisions.node('model')>> AS model, COLLECT {
  MATCH (execution:Execution)-[made:<<revisions.events_then('OUTPUT')>>->(model)
  <<revisions.where_stood('made', 'execution')>>
  WITH DISTINCT execution
  RETURN {execution: <<revisions.node('execution')>>, contexts: <<contexts()>>}
  ORDER BY execution.id
} AS makers, COLLECT {
  MATCH (model)-[read:<<revisions.events_then('INPUT')>>->(execution:Execution)
  <<revisions.where_stood('read', 'execution')>>
  WITH DISTINCT execution
  ORDER BY execution.id DESC
  LIMIT $limit
  RETURN {execution: <<revisions.node('execution')>>, contexts: <<contexts()>>, events: COLLECT {
    MATCH (artifact:Artifact)-[event:<<revisions.events_then('INPUT|DECLARED_INPUT|INTERNAL_INPUT|OUTPUT|DECLARED_OUTPUT|INTERNAL_OUTPUT|PENDING_OUTPUT')>>-(execution)
    <<revisions.where_stood('event', 'artifact')>>
    RETURN {artifact: <<revisions.node('artifact')>>, path: event.path, type:
      <<revisions.was_then('event')>>
    }
  }}
} AS uses;
