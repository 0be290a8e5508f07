// One seal of a number, and the way in to what it sealed.
//
// access: schema
CREATE CONSTRAINT seal_number IF NOT EXISTS
FOR (seal:GraphstoreSeal) REQUIRE seal.number IS UNIQUE;
CREATE CONSTRAINT leaves_number IF NOT EXISTS
FOR (leaves:GraphstoreLeaves) REQUIRE (leaves.seal, leaves.number) IS UNIQUE;
