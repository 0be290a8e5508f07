// The nodes that have one of some words in a text, or in a list of texts.
//
// Of types there is only who recorded them, and how they are described.
//
// access:  read
// returns: element_id, labels, said (map)
// written: from scripts/queries/deletion/nodes_with.cypher
MATCH (thing)
WHERE any(key IN keys(thing) WHERE (NOT thing:Type OR key IN ['_by', 'description']) AND any(word IN $words WHERE CASE
    WHEN thing[key] IS :: STRING NOT NULL THEN thing[key] CONTAINS word
    WHEN thing[key] IS :: LIST<STRING NOT NULL> NOT NULL THEN any(text IN thing[key] WHERE text CONTAINS word)
    ELSE false END))
RETURN elementId(thing) AS element_id, labels(thing) AS labels, properties(thing) AS said;
