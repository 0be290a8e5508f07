// The ways in to the events that were taken back, by when that was.
//
// access: schema
CREATE INDEX retracted_input_until IF NOT EXISTS
FOR ()-[event:RETRACTED_INPUT]-() ON (event._until);
CREATE INDEX retracted_output_until IF NOT EXISTS
FOR ()-[event:RETRACTED_OUTPUT]-() ON (event._until);
