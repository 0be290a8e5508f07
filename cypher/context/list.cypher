// Contexts by type, time, properties and filter, a page at a time.
//
// A line marked optional is left out when nobody asks for it. The page begins after the last id
// of the page before, so that it stays put while others write; in another order than by id, the
// lines marked page and order are replaced, and with a filter the line marked so
// (graphstore/repository/filters.py).
//
// access:  read
// returns: context (node)
MATCH (context:Context)
WHERE true
  AND context.type = $type // optional
  AND coalesce(context.type_version, '') = $type_version // optional
  AND context.create_time >= $created_since // optional
  AND context.create_time < $created_before // optional
  AND all(property IN $property_values WHERE context[property.key] = property.value) // optional
  AND true // filter
  AND context.id > $after_id // page
RETURN context
ORDER BY context.id // order
LIMIT $limit;
