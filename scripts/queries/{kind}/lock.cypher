// <<Kind>>s by id, locked until the transaction ends.
//
// So nobody changes them between this read and the write that depends on it.
//
<<times.said()>>
//
// access:  write
// returns: <<kind>>s (list of maps)
// planned: once
<<nodes.locked(kind)>>
<<nodes.row(kind)>>
