// The counters that ids are leased from, and the base types.
//
// The base types have the names and ids that ML Metadata gives its system types.
//
// access: schema
UNWIND [
  {name: 'type', next: 10},
  {name: 'artifact', next: 1},
  {name: 'execution', next: 1},
  {name: 'context', next: 1}
] AS row
MERGE (sequence:GraphstoreSequence {name: row.name})
  ON CREATE SET sequence.next = row.next;
UNWIND [
  {id: 1, name: 'mlmd.Dataset'},
  {id: 2, name: 'mlmd.Model'},
  {id: 3, name: 'mlmd.Metrics'},
  {id: 4, name: 'mlmd.Statistics'}
] AS row
MERGE (type:Type {kind: 'artifact', name: row.name, version: ''})
  ON CREATE SET type:ArtifactType, type.id = row.id, type.property_names = [],
    type.property_kinds = [], type.create_time = datetime({epochMillis: timestamp()});
UNWIND [
  {id: 5, name: 'mlmd.Train'},
  {id: 6, name: 'mlmd.Transform'},
  {id: 7, name: 'mlmd.Process'},
  {id: 8, name: 'mlmd.Evaluate'},
  {id: 9, name: 'mlmd.Deploy'}
] AS row
MERGE (type:Type {kind: 'execution', name: row.name, version: ''})
  ON CREATE SET type:ExecutionType, type.id = row.id, type.property_names = [],
    type.property_kinds = [], type.create_time = datetime({epochMillis: timestamp()});
