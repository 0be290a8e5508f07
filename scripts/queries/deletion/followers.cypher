// What was made next from some artifacts and executions, and what belongs to some contexts.
//
// Of artifacts these are the executions that read them, of executions the artifacts that they made, of contexts
// the executions and contexts that belong to them. A row has a thousand at most. One is [kind, id, kind of these,
// their ids].
//
// access:  read
// returns: followers (lists)
CALL () {
{% for kind, pattern, next in [
  ('artifact', '-[:' + tombstones.read + ']->', 'execution'),
  ('execution', '-[:' + tombstones.made + ']->', 'artifact'),
  ('context', '<-[:ASSOCIATED_WITH]-', 'execution'),
  ('context', '<-[:CHILD_OF]-', 'context'),
] %}
  UNWIND $<<kind>>_ids AS id
  MATCH (:<<kind | capitalize>> {id: id})<<pattern>>(next:<<next | capitalize>>)
  RETURN '<<kind>>' AS kind, id, '<<next>>' AS next_kind, collect(DISTINCT next.id) AS next_ids
{% if not loop.last %}
  UNION ALL
{% endif %}
{% endfor %}
}
WITH collect([kind, id, next_kind, next_ids]) AS followers
UNWIND range(0, size(followers) - 1, 1000) AS first
RETURN followers[first..first + 1000] AS followers;
