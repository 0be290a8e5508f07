// Some leaves of a seal, in order; with the optional line those of what was recorded at a time only.
//
// access:  read
// returns: leaves (node)
MATCH (leaves:GraphstoreLeaves {seal: $number})
WHERE leaves.number > $after_id
  AND leaves.since <= $known_at < leaves.until // optional
RETURN leaves
ORDER BY leaves.number
LIMIT $limit;
