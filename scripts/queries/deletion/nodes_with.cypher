// The nodes that have one of some words in a text, or in a list of texts.
//
// Of types there is only who recorded them, and how they are described.
//
// access:  read
// returns: element_id, labels, said (map)
MATCH (thing)
WHERE any(key IN keys(thing) WHERE (NOT thing:Type OR key IN ['_by', 'description']) AND <<tombstones.has_words('thing[key]')>>)
RETURN elementId(thing) AS element_id, labels(thing) AS labels, properties(thing) AS said;
