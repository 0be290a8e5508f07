// How much belongs to a context at most, and how much there is in all; from counts alone.
//
// access:  read
// as_of:   yes
// returns: artifacts, all_artifacts, executions, all_executions, children, all_contexts
MATCH (context:Context {id: $context_id})
RETURN
  COUNT { (context)<-[:ATTRIBUTED_TO]-() } AS artifacts, COUNT { (:Artifact) } AS all_artifacts,
  COUNT { (context)<-[:ASSOCIATED_WITH]-() } AS executions, COUNT { (:Execution) } AS all_executions,
  COUNT { (context)<-[:CHILD_OF]-() } AS children, COUNT { (:Context) } AS all_contexts;
