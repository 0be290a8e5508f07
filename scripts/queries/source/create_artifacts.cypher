// Create artifacts just as their source has them, times and all, in the contexts they belong to.
//
// Rows have all of an artifact's properties, and its attributions: [place in $context_ids, number].
// The source is locked, so that two imports of it take turns. If it does not have $known artifacts of
// the ids from one to another, there is no answer, and nothing happens; null if it may have any number.
//
// access:  write
// returns: attributions (the numbers of those that were created)
// planned: once for $rows, $context_ids
<<sources.unless_others_wrote('artifact')>>
CALL (contexts) {
  <<sources.created('artifact')>>
  WITH contexts, artifact, row
  UNWIND row.attributions AS member
  WITH artifact, member, contexts[member[0]][0] AS context WHERE context IS NOT NULL
  CREATE (artifact)-[:ATTRIBUTED_TO]->(context)
  RETURN collect(member[1]) AS attributions
}
RETURN attributions;
