// The artifacts of a type with the largest spans, the smallest of these first.
//
// The candidates are those of resolve.latest. A span and a version are whole numbers: the first of
// $span_keys, and of $version_keys, that holds one, be it as a text; without a version it is 0, and
// without a span the artifact is no candidate.
//
// $skip of the largest spans are passed over, and $limit spans are taken. Of each it is the
// artifact with the largest version or, of these, the last created; or all, the best last.
//
// access:  read
// as_of:   yes
// returns: artifact (node), span
<<candidates.enter()>>
<<candidates.cheap()>>
  <<candidates.dear()>>
<<candidates.spans()>>
  AND span >= $min_span // optional
WITH artifact, span, version
ORDER BY version, artifact.create_time, artifact.id
WITH span, collect(artifact) AS versions
ORDER BY span DESC
SKIP $skip
LIMIT $limit
WITH span, CASE WHEN $keep_all_versions THEN versions ELSE versions[-1..] END AS kept
UNWIND range(0, size(kept) - 1) AS place
WITH span, place, kept[place] AS artifact
RETURN <<candidates.answer('artifact')>> AS artifact, span
ORDER BY span, place;
