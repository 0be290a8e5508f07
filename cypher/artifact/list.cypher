// Artifacts by type, context, state, time, properties and filter, a page at a time.
//
// A line marked optional is left out when nobody asks for it. The page begins after the last id
// of the page before, so that it stays put while others write; in another order than by id, the
// lines marked page and order are replaced, and with a filter the line marked so
// (graphstore/storage/lists.py). A list by a context of few begins at it; by a large one it goes
// through all in order, until the page is full: the database knows how large contexts are on average.
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is. A row has a thousand artifacts at most: a
// row costs drivers more than a node does. Nodes are [their
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
// written: from scripts/queries/{kind}/list.cypher
MATCH (artifact:Artifact) WHERE artifact.uri IN $uris OR artifact._place IN $uris WITH DISTINCT artifact // optional
MATCH (:Context {id: $context_id})<-[:ATTRIBUTED_TO]-(artifact:Artifact) WITH DISTINCT artifact // optional
MATCH (:Context {id: $context_id_then})<-[edge:ATTRIBUTED_TO]-(artifact:Artifact) WHERE coalesce(edge._recorded, $known_at) <= $known_at WITH DISTINCT artifact // optional
MATCH (artifact:Artifact)
WHERE true
  AND artifact.type = $type // optional
  AND coalesce(artifact.type_version, '') = $type_version // optional
  AND artifact.state IN $states // optional
  AND artifact.create_time >= $created_since // optional
  AND artifact.create_time < $created_before // optional
  AND all(property IN $property_values WHERE artifact[property.key] = property.value) // optional
  AND coalesce(artifact._recorded, artifact.create_time) <= $known_at // optional
  AND coalesce(artifact._deleted > $deleted_after, true)
  AND EXISTS { (artifact)-[:ATTRIBUTED_TO]->(:Context {id: $large_context_id}) } // optional
  AND EXISTS { MATCH (artifact)-[edge:ATTRIBUTED_TO]->(:Context {id: $large_context_id_then}) WHERE coalesce(edge._recorded, $known_at) <= $known_at } // optional
  AND true // filter
  AND artifact.id > $after_id // page
WITH artifact
ORDER BY artifact.id // order
LIMIT $limit
WITH collect(artifact) AS artifacts
UNWIND range(0, size(artifacts) - 1, 1000) AS first
WITH artifacts[first..first + 1000] AS chunk
CALL (chunk) {
  UNWIND range(0, size(chunk) - 1) AS place
  WITH place, chunk[place] AS node
  WITH place, node {
    .*,
    _past: [(node)<-[:REVISION_OF]-(revision:Revision) WHERE revision._until > $known_at | revision {.*}], // optional
    id: node.id
  } AS row
  WITH keys(row) AS keys, collect(place) AS places, collect(row) AS rows
  RETURN collect([
    places, keys,
    [key IN keys |
      CASE WHEN key IN ['create_time', 'last_update_time', 'start_time', 'end_time']
        THEN [row IN rows | CASE WHEN row[key] IS :: ZONED DATETIME
          THEN row[key].epochMillis ELSE row[key] END]
        ELSE [row IN rows | row[key]] END]
  ]) AS nodes
}
RETURN nodes;
