// The nodes that have one of some words in a text, or in a list of texts. Types are left out.
//
// access:  read
// returns: element_id, labels, said (map)
// written: from scripts/queries/deletion/nodes_with.cypher
MATCH (thing)
WHERE NOT thing:Type AND any(key IN keys(thing) WHERE any(word IN $words WHERE CASE
    WHEN thing[key] IS :: STRING NOT NULL THEN thing[key] CONTAINS word
    WHEN thing[key] IS :: LIST<STRING NOT NULL> NOT NULL THEN any(text IN thing[key] WHERE text CONTAINS word)
    ELSE false END))
RETURN elementId(thing) AS element_id, labels(thing) AS labels, properties(thing) AS said;
