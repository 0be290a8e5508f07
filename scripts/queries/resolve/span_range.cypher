// The artifacts of a type with spans from one number to another, the smallest first.
//
// The candidates are those of resolve.latest. A span and a version are whole numbers: the first of
// $span_keys, and of $version_keys, that holds one, be it as a text; without a version it is 0, and
// without a span the artifact is no candidate.
//
// $window counts span numbers back from the largest span that there is. Of each span it is the artifact
// with the largest version or, of these, the one created first; or all, in the order of versions.
//
// access:  read
// as_of:   yes
// returns: artifact (node), span
<<candidates.enter()>>
<<candidates.cheap()>>
  <<candidates.dear()>>
<<candidates.spans()>>
  AND span >= $first_span // optional
  AND span <= $last_span // optional
WITH artifact, span, version
ORDER BY version, artifact.create_time, artifact.id
WITH span, collect({artifact: artifact, version: version}) AS versions
WITH max(span) AS newest, collect({span: span, versions: versions}) AS spans
UNWIND spans AS one
WITH one.span AS span, one.versions AS versions, newest
WHERE true
  AND span > newest - $window // optional
WITH span, CASE WHEN $keep_all_versions THEN versions ELSE [one IN versions WHERE one.version = versions[-1].version][..1] END AS kept
UNWIND range(0, size(kept) - 1) AS place
WITH span, place, kept[place].artifact AS artifact
RETURN <<candidates.answer('artifact')>> AS artifact, span
ORDER BY span, place;
