// Of some names and external ids, those that <<kind>>s from elsewhere have already.
//
// access:  read
// returns: type_id, name, external_id
// planned: once for $names, $external_ids
CALL () {
  UNWIND $names AS row
  MATCH (<<kind>>:<<Kind>> {type_id: row.type_id, name: row.name})
  RETURN <<kind>>
  UNION
  UNWIND $external_ids AS external_id
  MATCH (<<kind>>:<<Kind>> {external_id: external_id})
  RETURN <<kind>>
}
WITH <<kind>>
WHERE coalesce(<<kind>>.source, '') <> $source
RETURN <<kind>>.type_id AS type_id, <<kind>>.name AS name, <<kind>>.external_id AS external_id;
