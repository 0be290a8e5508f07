// Edges between what was there already that were recorded from one time on and before another.
//
// access:  read
// returns: type, start_kind, start_id, end_kind, end_id, properties
CALL () {
{% for type in revisions.edges.split('|') %}
  MATCH (one)-[edge:<<type>>]->(other) WHERE $since <= edge._recorded < $until
  RETURN one, edge, other
{% if not loop.last %}
  UNION ALL
{% endif %}
{% endfor %}
}
RETURN type(edge) AS type,
  <<revisions.kind('one')>> AS start_kind,
  one.id AS start_id,
  <<revisions.kind('other')>> AS end_kind,
  other.id AS end_id,
  properties(edge) AS properties;
