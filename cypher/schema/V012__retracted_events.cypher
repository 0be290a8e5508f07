// The ways in to events that were taken back by when they were recorded, as to all others.
//
// access: schema
CREATE INDEX retracted_input_recorded IF NOT EXISTS
FOR ()-[event:RETRACTED_INPUT]-() ON (event.`_recorded`);
CREATE INDEX retracted_output_recorded IF NOT EXISTS
FOR ()-[event:RETRACTED_OUTPUT]-() ON (event.`_recorded`);
