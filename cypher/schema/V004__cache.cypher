// The way from a fingerprint to the executions that have it, to see whether one can be skipped.
//
// access: schema
CREATE INDEX execution_fingerprint IF NOT EXISTS
FOR (execution:Execution) ON (execution.fingerprint);
