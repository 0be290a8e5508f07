{% set member = members.of(belonging) | string %}
{% set Member = member | capitalize %}
// Make <<member>>s that were imported from a source, named by their ids there, belong to contexts.
//
// access:  write
// returns: matched (the numbers of the rows whose two ends exist), created
// planned: once for $rows
UNWIND $rows AS row
MATCH (<<member>>:<<Member>> {source: $source, source_id: row.<<member>>_id})
MATCH (context:Context {id: row.context})
WITH row, <<member>>, context, datetime({epochMillis: datetime.transaction().epochMillis}) AS now,
  NOT EXISTS { (<<member>>)-[:<<members.belongs(member)>>]->(context) } AS is_new
MERGE (<<member>>)-[edge:<<members.belongs(member)>>]->(context)
  ON CREATE SET <<revisions.joined('edge', member, 'context')>>
RETURN collect(row.number) AS matched, sum(toInteger(is_new)) AS created;
