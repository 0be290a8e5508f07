// Lock what a batch refers to, until the transaction ends: artifacts, then executions, by id.
//
// Who creates an event, an attribution or an association holds the lock of its artifact or
// execution; all of them are taken first, in the order given, so that no two writers wait for each
// other. Contexts are only looked for: everybody writes into the same ones.
//
// access:  write
// returns: artifacts, executions, contexts (lists of [id, type, create_time in milliseconds])
// planned: once
CALL () {
  <<nodes.locked('artifact')>>
  RETURN collect(<<nodes.recorded('artifact')>>) AS artifacts
}
CALL () {
  <<nodes.locked('execution')>>
  RETURN collect(<<nodes.recorded('execution')>>) AS executions
}
CALL () {
  <<nodes.by_id('context')>>
  RETURN collect(<<nodes.recorded('context')>>) AS contexts
}
RETURN artifacts, executions, contexts;
