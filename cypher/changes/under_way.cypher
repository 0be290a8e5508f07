// What is under way at the server, and what time it is there.
//
// access:  read
// returns: database, began (text), metadata (map), own (whether it is this query), now (milliseconds since the epoch)
SHOW TRANSACTIONS YIELD database, startTime, metaData
RETURN database, startTime AS began, metaData AS metadata,
  coalesce(metaData.graphstore = 'changes.under_way', false) AS own,
  datetime.realtime().epochMillis AS now;
