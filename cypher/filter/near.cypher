// The ids of the nodes that the neighbours have of which a filter tells, as far as they matter.
//
// The line marked near is replaced by the pattern and the condition of the filter
// (graphstore/storage/lists.py).
//
// access:  read
// returns: ids
MATCH (filter_near:Artifact)-[:ATTRIBUTED_TO]->(:Context {id: $context_id}) // near
WITH filter_near
LIMIT 10001
RETURN collect(filter_near.id) AS ids;
