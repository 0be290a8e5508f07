// How many series of metrics there are: no table has them.
//
// access:  read
// returns: series
RETURN COUNT { MATCH (:GraphstoreSeries) } AS series;
