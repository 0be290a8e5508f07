// The states that nodes were in at a time, of those that have been in another one since.
//
// access:  read
// as_of:   yes
// returns: is_artifact, id, state
// written: from scripts/queries/lineage/states_then.cypher
//
// A state is '' where there was none.
MATCH (revision:Revision)
WHERE revision._until > $known_at AND revision.state IS NOT NULL
MATCH (revision)-[:REVISION_OF]->(node:Artifact|Execution)
WHERE coalesce(node._recorded, node.create_time) <= $known_at
WITH node, revision ORDER BY revision._until
WITH node, collect(revision.state)[0] AS state
WITH node, CASE WHEN state = [false] THEN '' ELSE state END AS state
WHERE state <> coalesce(node.state, '')
RETURN node:Artifact AS is_artifact, node.id AS id, state;
