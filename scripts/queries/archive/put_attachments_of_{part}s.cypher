// Hang nodes on <<part>>s, and write over some that hang there.
//
// Those to hang are, by the way of their edge, [id of the <<part>>, labels, properties, type of the edge, its
// properties]; those to write over are [what Neo4j calls them, properties].
//
// access:  write
// returns: created
// planned: once
CALL () {
  UNWIND $attachments.to AS row
  MATCH (node:<<Part>> {id: row[0]})
  <<archives.hang('node', 'to')>>
  RETURN count(*) AS hang_to
}
CALL () {
  UNWIND $attachments.from AS row
  MATCH (node:<<Part>> {id: row[0]})
  <<archives.hang('node', 'from')>>
  RETURN count(*) AS hang_from
}
CALL () {
  UNWIND $attachments.over AS row
  MATCH (other) WHERE elementId(other) = row[0]
  SET other = row[1]
}
RETURN hang_to + hang_from AS created;
