// What some artifacts and executions <<'led to next' if direction == 'downstream' else 'came from'>>, by events<<', and what belongs to some contexts' if direction == 'downstream' else ''>>.
//
{% if direction == 'downstream' %}
// Of artifacts these are the executions that read them, of executions the artifacts that they made, of contexts
// the executions and contexts that belong to them. A row has a thousand at most. One is [kind, id, kind of these,
// their ids].
{% else %}
// Of artifacts these are the executions that made them, of executions the artifacts that they read. A row has a
// thousand at most. One is [kind, id, kind of these, their ids].
{% endif %}
//
// access:  read
// returns: next (lists)
{% set downstream = [
  ('artifact', '-[:' + tombstones.read + ']->', 'execution'),
  ('execution', '-[:' + tombstones.made + ']->', 'artifact'),
  ('context', '<-[:ASSOCIATED_WITH]-', 'execution'),
  ('context', '<-[:CHILD_OF]-', 'context'),
] %}
{% set upstream = [
  ('artifact', '<-[:' + tombstones.made + ']-', 'execution'),
  ('execution', '<-[:' + tombstones.read + ']-', 'artifact'),
] %}
CALL () {
{% for kind, pattern, next in (downstream if direction == 'downstream' else upstream) %}
  UNWIND $<<kind>>_ids AS id
  MATCH (:<<kind | capitalize>> {id: id})<<pattern>>(next:<<next | capitalize>>)
  RETURN '<<kind>>' AS kind, id, '<<next>>' AS next_kind, collect(DISTINCT next.id) AS next_ids
{% if not loop.last %}
  UNION ALL
{% endif %}
{% endfor %}
}
WITH collect([kind, id, next_kind, next_ids]) AS next
UNWIND range(0, size(next) - 1, 1000) AS first
RETURN next[first..first + 1000] AS next;
