// Which files of cypher/schema/ were applied to this database, and whether it holds anything.
//
// access:  read
// returns: versions, is_empty
OPTIONAL MATCH (migration:GraphstoreMigration)
WITH migration ORDER BY migration.version
RETURN collect(migration.version) AS versions, NOT EXISTS { MATCH () } AS is_empty;
