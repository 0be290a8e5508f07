// Create contexts just as their source has them, times and all; rows have all of their properties.
//
// access:  write
// returns: written
// planned: once for $rows
<<sources.created('context')>>
RETURN count(*) AS written;
