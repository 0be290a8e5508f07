// One of the events that were known at a time and have been taken back since; no answer if there is none.
//
// access:  read
// as_of:   yes
// returns: artifact_id, execution_id
CALL () {
{% for type in ['RETRACTED_INPUT', 'RETRACTED_OUTPUT'] %}
  MATCH (artifact:Artifact)-[event:<<type>>]-(execution:Execution)
  WHERE event._until > $known_at
    <<revisions.edge_known('event')>>
    <<revisions.known('artifact')>>
    <<revisions.known('execution')>>
  RETURN artifact.id AS artifact_id, execution.id AS execution_id
  LIMIT 1
{% if not loop.last %}
  UNION ALL
{% endif %}
{% endfor %}
}
RETURN artifact_id, execution_id
LIMIT 1;
