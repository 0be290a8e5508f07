// The nodes that have one of some words in a text, or in a list of texts. Types are left out.
//
// access:  read
// returns: element_id, labels, said (map)
MATCH (thing)
WHERE NOT thing:Type AND any(key IN keys(thing) WHERE <<tombstones.has_words('thing[key]')>>)
RETURN elementId(thing) AS element_id, labels(thing) AS labels, properties(thing) AS said;
