// <<Kind>>s by type,<<' context, state,' if kind != 'context' else ''>> time, properties and filter, a page at a time.
//
// A line marked optional is left out when nobody asks for it. The page begins after the last id
// of the page before, so that it stays put while others write; in another order than by id, the
// lines marked page and order are replaced, and with a filter the line marked so
// (graphstore/storage/lists.py).<<" A list by a context of few begins at it; by a large one it goes
// through all in order, until the page is full: the database knows how large contexts are on average." if kind != 'context'>>
//
<<times.said_of_rows(kind)>> Nodes are [their
// places in the row, keys, a column for each key], a list for all that have the same keys.
//
// Of what was deleted there is only what was deleted after $deleted_after: nothing, or what was there then.
//
// With $known_at the answer is what the store said then, and `_past` of a node what was changed of it
// since, which is to be taken back; what is asked of values that may change is to be asked then.
//
// access:  read
// as_of:   yes
// returns: nodes (columns)
{% if kind == 'artifact' %}
MATCH (artifact:Artifact) WHERE artifact.uri IN $uris OR artifact._place IN $uris WITH DISTINCT artifact // optional
{% endif %}
{% set belongs = {'artifact': 'ATTRIBUTED_TO', 'execution': 'ASSOCIATED_WITH'}.get(kind) %}
{% if belongs %}
MATCH (:Context {id: $context_id})<-[:<<belongs>>]-(<<kind>>:<<Kind>>) WITH DISTINCT <<kind>> // optional
MATCH (:Context {id: $context_id_then})<-[edge:<<belongs>>]-(<<kind>>:<<Kind>>) WHERE coalesce(edge._recorded, $known_at) <= $known_at WITH DISTINCT <<kind>> // optional
{% endif %}
MATCH (<<kind>>:<<Kind>>)
WHERE true
  AND <<kind>>.type = $type // optional
  AND coalesce(<<kind>>.type_version, '') = $type_version // optional
{% if kind != 'context' %}
  AND <<kind>>.state IN $states // optional
{% endif %}
  AND <<kind>>.create_time >= $created_since // optional
  AND <<kind>>.create_time < $created_before // optional
  AND all(property IN $property_values WHERE <<kind>>[property.key] = property.value) // optional
  <<revisions.known(kind)>>
  AND coalesce(<<kind>>._deleted > $deleted_after, true)
{% if belongs %}
  AND EXISTS { (<<kind>>)-[:<<belongs>>]->(:Context {id: $large_context_id}) } // optional
  AND EXISTS { MATCH (<<kind>>)-[edge:<<belongs>>]->(:Context {id: $large_context_id_then}) WHERE coalesce(edge._recorded, $known_at) <= $known_at } // optional
{% endif %}
  AND true // filter
  AND <<kind>>.id > $after_id // page
WITH <<kind>>
ORDER BY <<kind>>.id // order
LIMIT $limit
WITH collect(<<kind>>) AS <<kind>>s
UNWIND range(0, size(<<kind>>s) - 1, 1000) AS first
WITH <<kind>>s[first..first + 1000] AS chunk
<<nodes.columns()>>
RETURN nodes;
