// Note that a file of cypher/schema/ has been applied.
//
// access:  write
// returns:
MERGE (migration:GraphstoreMigration {version: $version})
  ON CREATE SET migration.name = $migration,
    migration.applied = datetime({epochMillis: timestamp()});
