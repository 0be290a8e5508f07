// Remove <<kind>>s from the graph, with their edges, revisions and series; a GraphstoreDeletion tells which went.
//
{% if kind == 'context' %}
// What still has members, or parts that are none of $ids, is left.
{% else %}
// What something else was made from than $beside_ids is left.
{% endif %}
// There is no answer, and nothing is written, if somebody else has the lease.
//
// access:  write
// returns: ids (of those that went), left (ids of those that are left)
<<tombstones.holding()>>
CALL () {
  <<tombstones.going(kind)>>
{% if kind == 'artifact' %}
  WITH node, NOT EXISTS {
    MATCH (node)-[:<<tombstones.read>>]->(other:Execution) WHERE NOT other.id IN $beside_ids
  } AS free
{% elif kind == 'execution' %}
  WITH node, NOT EXISTS {
    MATCH (node)-[:<<tombstones.made>>]->(other:Artifact) WHERE NOT other.id IN $beside_ids
  } AS free
{% else %}
  WITH node, NOT EXISTS { (node)<-[:ASSOCIATED_WITH]-(:Execution) }
    AND NOT EXISTS { MATCH (node)<-[:CHILD_OF]-(other:Context) WHERE NOT other.id IN $ids } AS free
{% endif %}
  WITH collect(CASE WHEN free THEN node END) AS nodes, collect(CASE WHEN NOT free THEN node.id END) AS left
  WITH nodes, left, [node IN nodes | node.id] AS ids
  CALL (nodes) {
    UNWIND nodes AS node
    <<tombstones.unhang('node')>>
    DETACH DELETE node
  }
  RETURN ids, left
}
CALL (now, ids) {
  WITH now, ids
  WHERE size(ids) > 0
  CREATE (deletion:GraphstoreDeletion {_deleted: now, _deleted_by: $by, kind: '<<kind>>', ids: ids})
  SET deletion._deleted_why = $reason
}
RETURN ids, left;
