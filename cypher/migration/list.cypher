// The files of cypher/schema/ that were applied to this database, in order, and whether it holds
// anything.
//
// access:  read
// returns: versions, is_empty
OPTIONAL MATCH (migration:GraphstoreMigration)
WITH migration ORDER BY migration.version
RETURN collect(migration.version) AS versions, NOT EXISTS { MATCH () } AS is_empty;
