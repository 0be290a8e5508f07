// How many nodes the neighbours have that a filter tells of, counted as far as it matters.
//
// The line marked near is replaced by the pattern and the condition of the filter
// (graphstore/repository/filters.py).
//
// access:  read
// returns: found
MATCH (filter_near:Artifact)-[:ATTRIBUTED_TO]->(:Context {id: $context_id}) // near
WITH filter_near
LIMIT 10001
RETURN count(filter_near) AS found;
