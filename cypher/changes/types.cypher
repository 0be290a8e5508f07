// Types that were recorded from one time on and before another.
//
// One is [time in milliseconds since the epoch, who recorded it, id, kind, name].
//
// access:  read
// returns: types (lists)
MATCH (type:Type)
WHERE $since <= type.create_time < $until
WITH type, type.create_time AS time
RETURN collect([time.epochMillis, type._by, type.id, type.kind + ' type', type.name]) AS types;
