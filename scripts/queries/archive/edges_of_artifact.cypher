// The edges of one artifact as archive.page_artifacts has them, one a row: of those that have very many.
//
// With $known_at it is what was recorded by then.
//
// access:  read
// returns: edge
MATCH (node:Artifact {id: $id})
<<archives.edges('artifact')>>
RETURN <<archives.edge_columns()>> AS edge;
