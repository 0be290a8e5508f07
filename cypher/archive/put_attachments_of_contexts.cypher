// Hang nodes on contexts, and write over some that hang there.
//
// Those to hang are, by the way of their edge, [id of the context, labels, properties, type of the edge, its
// properties]; those to write over are [what Neo4j calls them, properties].
//
// access:  write
// returns: created
// written: from scripts/queries/archive/put_attachments_of_{part}s.cypher
// planned: once
CALL () {
  UNWIND $attachments.to AS row
  MATCH (node:Context {id: row[0]})
  CREATE (other:$(row[1]))
  SET other = row[2]
  CREATE (node)-[edge:$(row[3])]->(other)
  SET edge = row[4]
  RETURN count(*) AS hang_to
}
CALL () {
  UNWIND $attachments.from AS row
  MATCH (node:Context {id: row[0]})
  CREATE (other:$(row[1]))
  SET other = row[2]
  CREATE (node)<-[edge:$(row[3])]-(other)
  SET edge = row[4]
  RETURN count(*) AS hang_from
}
CALL () {
  UNWIND $attachments.over AS row
  MATCH (other) WHERE elementId(other) = row[0]
  SET other = row[1]
}
RETURN hang_to + hang_from AS created;
