// Note that a file of cypher/schema/ has been applied.
//
// Who opens an empty database at the same moment may note it too: twice says no more than once.
//
// access:  write
// returns:
MERGE (migration:GraphstoreMigration {version: $version})
  ON CREATE SET migration.name = $migration,
    migration.applied = datetime({epochMillis: timestamp()});
