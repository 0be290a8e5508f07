// When, by whom and why the <<kind>> was deleted that has an external id; no answer if none has it that was.
//
// access:  read
// returns: id, deletion (text)
MATCH (<<kind>>:<<Kind>> {external_id: $external_id})
WHERE <<kind>>._deleted IS NOT NULL
RETURN <<kind>>.id AS id,
  <<tombstones.deletion(kind)>> AS deletion;
