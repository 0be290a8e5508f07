// The edges that have one of some words in a text, or in a list of texts.
//
// access:  read
// returns: element_id, said (map)
MATCH ()
  -[thing:<<revisions.recorded_edges>>]->()
WHERE any(key IN keys(thing) WHERE <<tombstones.has_words('thing[key]')>>)
RETURN elementId(thing) AS element_id, properties(thing) AS said;
