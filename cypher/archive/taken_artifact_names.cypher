// Of some names and external ids, those that artifacts have already, and which ones.
//
// Names are [place, type's id, name].
//
// access:  read
// returns: id, type_id, name, external_id
// written: from scripts/queries/archive/taken_{kind}_names.cypher
// planned: once
CALL () {
  UNWIND $name_keys AS row
  MATCH (node:Artifact {type_id: row[1], name: row[2]})
  RETURN node
  UNION
  UNWIND $external_ids AS external_id
  MATCH (node:Artifact {external_id: external_id})
  RETURN node
}
RETURN node.id AS id, node.type_id AS type_id, node.name AS name, node.external_id AS external_id;
