// How many runs and steps a pipeline has at most, and how many contexts there are; from counts alone.
//
// access:  read
// as_of:   yes
// returns: runs, steps, contexts
// written: from scripts/queries/answers/pipeline_size.cypher
MATCH (pipeline:Context {id: $context_id})
RETURN COUNT { (pipeline)<-[:CHILD_OF]-() } AS runs, COUNT { (pipeline)<-[:ASSOCIATED_WITH]-() } AS steps,
  COUNT { (:Context) } AS contexts;
