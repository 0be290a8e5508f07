// The nodes whose name, place, external id or digest begins with one of some texts, so many of each way.
//
// Each way in is the prefix of an index that is there for other reasons, so that an answer takes as long in
// a large store as in a small one, and writing takes no longer. Names are looked for within each type.
//
// access:  read
// as_of:   yes
// planned: once for $begins, $digests
// returns: kind, node (map), way
CALL () {
{% for kind, label in [('artifact', 'Artifact'), ('execution', 'Execution'), ('context', 'Context')] %}
  UNWIND $begins AS begin
  MATCH (type:<<label>>Type)
  MATCH (<<kind>>:<<label>> {type_id: type.id})
  WHERE <<kind>>.name STARTS WITH begin
    <<revisions.known(kind)>>
  RETURN '<<kind>>' AS kind, <<revisions.node(kind)>> AS node, 'name' AS way
  LIMIT $limit
  UNION ALL
  UNWIND $begins AS begin
  MATCH (<<kind>>:<<label>>)
  WHERE <<kind>>.external_id STARTS WITH begin
    <<revisions.known(kind)>>
  RETURN '<<kind>>' AS kind, <<revisions.node(kind)>> AS node, 'external id' AS way
  LIMIT $limit
  UNION ALL
{% endfor %}
{% for key, way, begins in [('uri', 'uri', 'begins'), ('_place', 'uri', 'begins'), ('_contents', 'digest', 'digests')] %}
  UNWIND $<<begins>> AS begin
  MATCH (artifact:Artifact)
  WHERE artifact.<<key>> STARTS WITH begin
    <<revisions.known('artifact')>>
  RETURN 'artifact' AS kind, <<revisions.node('artifact')>> AS node, '<<way>>' AS way
  LIMIT $limit
{% if not loop.last %}
  UNION ALL
{% endif %}
{% endfor %}
}
RETURN kind, node, way;
