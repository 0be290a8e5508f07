// The ids of the nodes that a way into a filter leads to, in no order, unless they are too many.
//
// The lines with a mark are replaced by parts of the filter (graphstore/storage/lists.py). The ways are neighbours
// of which it tells, whose edges the database counts without a look at each, or the nodes themselves, by an index.
// Too many are more than $few, and so are a third of all: then a walk through all in order fills a page sooner.
//
// access:  read
// returns: too_many, ids
MATCH (filter_way:Context {id: $context_id}) // way
WITH filter_way
LIMIT 10001
WITH collect(filter_way) AS ways
  , sum(1 + COUNT { ()-[:ATTRIBUTED_TO]->(filter_way) }) AS count // count
WITH CASE WHEN count <= $few AND (count <= 100
  OR 3 * count <= COUNT { (:Artifact) } // all
  ) THEN ways END AS ways
RETURN ways IS NULL AS too_many, COLLECT {
  UNWIND ways AS filter_way
  MATCH (artifact:Artifact)-[:ATTRIBUTED_TO]->(filter_way) // step
  WHERE true // where
  RETURN DISTINCT artifact.id // id
} AS ids;
