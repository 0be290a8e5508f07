// Let nobody else deploy or retire anything until the transaction ends, and tell what time it is.
//
// The lock is that of the type of deployments: who deploys is rare, and must see what others did. The
// time is told when the lock is there, so that those who waited come later; and so is which execution
// has the external id of what is to be recorded: null if that is new. A query that writes locks what it
// seeks by a constraint, there or not: nobody else gets that external id until the transaction ends.
//
// access:  write
// returns: now (milliseconds since the epoch), execution_id
MATCH (type:Type {kind: 'artifact', name: 'Deployment', version: ''})
SET type.id = type.id
WITH datetime.realtime().epochMillis AS now
OPTIONAL MATCH (execution:Execution {external_id: $external_id})
RETURN now, execution.id AS execution_id;
