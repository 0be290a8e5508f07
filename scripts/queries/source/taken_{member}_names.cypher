// Of some names and external ids, those that <<member>>s from elsewhere have already.
//
// access:  read
// returns: type_id, name, external_id
CALL () {
  UNWIND $names AS row
  MATCH (<<member>>:<<Member>> {type_id: row.type_id, name: row.name})
  RETURN <<member>>
  UNION
  UNWIND $external_ids AS external_id
  MATCH (<<member>>:<<Member>> {external_id: external_id})
  RETURN <<member>>
}
WITH <<member>>
WHERE coalesce(<<member>>.source, '') <> $source
RETURN <<member>>.type_id AS type_id, <<member>>.name AS name, <<member>>.external_id AS external_id;
