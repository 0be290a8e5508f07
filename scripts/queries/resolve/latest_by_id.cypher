// The artifacts of a type with the last ids, the last first.
//
// The candidates are those of resolve.latest. Ids are given in the order of recording, which after an
// import is not the order of time.
//
// access:  read
// as_of:   yes
// returns: artifact (node)
<<candidates.enter()>>
<<candidates.cheap('artifact.id > 0')>>
WITH artifact
ORDER BY artifact.type DESC, artifact.id DESC
WHERE true
  <<candidates.dear()>>
WITH artifact AS node
ORDER BY node.type DESC, node.id DESC
LIMIT $limit
RETURN <<candidates.answer('node')>> AS artifact
ORDER BY node.type DESC, node.id DESC;
