// Edges between what was there already that were recorded from one time on and before another.
//
<<revisions.said_of_edges()>>
//
// access:  read
// returns: edges (lists)
CALL () {
{% for type in revisions.edges.split('|') %}
  MATCH (one)-[edge:<<type>>]->(other) WHERE $since <= edge._recorded < $until
  RETURN one, edge, other
{% if not loop.last %}
  UNION ALL
{% endif %}
{% endfor %}
}
WITH one, edge, other, edge._recorded AS time, edge._by AS by, true AS noted
<<revisions.as_edges()>>
