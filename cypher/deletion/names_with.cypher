// Where one of some words stands that no erasure writes over: types, labels, keys of properties.
//
// access:  read
// returns: what, name
CALL () {
  MATCH (type:Type)
  WHERE any(word IN $words WHERE type.name CONTAINS word
    OR any(name IN type.property_names WHERE name CONTAINS word))
  RETURN 'type' AS what, type.name AS name
  UNION
  MATCH (node:Artifact|Execution|Context)
  UNWIND keys(node) AS key
  WITH DISTINCT key WHERE any(word IN $words WHERE key CONTAINS word)
  RETURN 'property' AS what, key AS name
}
RETURN what, name
ORDER BY what, name;
