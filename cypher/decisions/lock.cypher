// Let nobody else deploy or retire anything until the transaction ends, and tell what time it is.
//
// The lock is that of the type of deployments: who deploys is rare, and must see what others did. The
// time is told when the lock is there, so that those who waited come later.
//
// access:  write
// returns: now (milliseconds since the epoch)
MATCH (type:Type {kind: 'artifact', name: 'Deployment', version: ''})
SET type.id = type.id
RETURN datetime.realtime().epochMillis AS now;
