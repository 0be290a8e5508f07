{% set member = members.of(belonging) | string %}
{% set Member = member | capitalize %}
// Make <<member>>s belong to contexts; what belongs already stays as it is.
//
// The <<member>>s are locked first, in the order of the rows, so that the test holds until the end.
//
// access:  write
// returns: matched (rows whose two ends exist)
// planned: once
UNWIND $<<belonging>> AS row
MATCH (<<member>>:<<Member>> {id: row.<<member>>_id})
MATCH (context:Context {id: row.context_id})
SET <<member>>.id = <<member>>.id
WITH collect({<<member>>: <<member>>, context: context}) AS pairs
CALL (pairs) {
  UNWIND pairs AS pair
  WITH pair.<<member>> AS <<member>>, pair.context AS context
  WHERE NOT EXISTS { (<<member>>)-[:<<members.belongs(member)>>]->(context) }
  CREATE (<<member>>)-[edge:<<members.belongs(member)>>]->(context)
  WITH *, datetime({epochMillis: datetime.transaction().epochMillis}) AS now
  SET <<revisions.joined('edge', member, 'context')>>
}
RETURN size(pairs) AS matched;
