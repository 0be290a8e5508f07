// Create those edges of <<part>>s that are not there: two ends, a type and a path are one edge.
//
// They are by the kind of the other end and the way that they lead: [id of the <<part>>, id of the other end,
// type, properties]. The <<part>>s ($ids, in order) are locked, as by all that adds an edge.
//
// access:  write
// returns: matched (how many have both ends), created
// planned: once
CALL () {
  UNWIND $ids AS id
  MATCH (node:<<Part>> {id: id})
  SET node.id = node.id
}
CALL () {
{% for other in archives.parts[archives.parts.index(part):] %}
{% for way, left, right in [('to', '-', '->'), ('from', '<-', '-')] %}
{% if other != part or way == 'to' %}
{% if not loop.first or other != part %}
  UNION ALL
{% endif %}
  UNWIND $edges.<<other>>_<<way>> AS row
  MATCH (node:<<Part>> {id: row[0]})
  MATCH (other:<<other | capitalize>> {id: row[1]})
  <<archives.is_there(part, other, left, right)>>
  FOREACH (_ IN CASE WHEN is_there THEN [] ELSE [1] END |
    CREATE (node)<<left>>[edge:$(row[2])]<<right>>(other)
    SET edge = row[3]
  )
  RETURN is_there
{% endif %}
{% endfor %}
{% endfor %}
}
RETURN count(*) AS matched, sum(CASE WHEN is_there THEN 0 ELSE 1 END) AS created;
