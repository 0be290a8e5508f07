// The edges that have one of some words in a text, or in a list of texts.
//
// access:  read
// returns: element_id, said (map)
// written: from scripts/queries/deletion/edges_with.cypher
MATCH ()
  -[thing:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT|ATTRIBUTED_TO|ASSOCIATED_WITH|CHILD_OF
    |RETRACTED_INPUT|RETRACTED_OUTPUT]->()
WHERE any(key IN keys(thing) WHERE any(word IN $words WHERE CASE
    WHEN thing[key] IS :: STRING NOT NULL THEN thing[key] CONTAINS word
    WHEN thing[key] IS :: LIST<STRING NOT NULL> NOT NULL THEN any(text IN thing[key] WHERE text CONTAINS word)
    ELSE false END))
RETURN elementId(thing) AS element_id, properties(thing) AS said;
