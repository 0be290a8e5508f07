// The latest artifacts of a type that others name by id and speak for: TFX's older blessings.
//
// The candidates are those of resolve.latest; $approvals are those of resolve.latest_approved. What was
// imported names the id in its source, and the artifact is looked for there.
//
// access:  read
// as_of:   yes
// returns: artifact (node), approvals (nodes)
UNWIND $approvals AS approval
UNWIND approval.types AS type
MATCH (made:Artifact)
WHERE made.type = type AND made.create_time <= $on AND made.id IS NOT NULL
  AND made._deleted IS NULL
  <<candidates.counts('made')>>
WITH made, approval, head([value IN [key IN $reference_keys |
  <<revisions.then('made', '[key]')>>
] WHERE value <> [false]]) AS named, head([key IN $source_reference_keys WHERE made[key] IS NOT NULL | made[key]]) AS original
WHERE named IS NOT NULL
  AND <<candidates.speaks('approval')>>
CALL (made, named, original) {
  WITH *
  WHERE made.source IS NULL OR original IS NOT NULL
  MATCH (artifact:Artifact {id: named})
  RETURN artifact
  UNION
  WITH *
  WHERE original IS NULL
  MATCH (artifact:Artifact {source: made.source, source_id: named})
  RETURN artifact
}
WITH artifact, made
<<candidates.cheap('')>>
  <<candidates.dear()>>
WITH artifact, made
ORDER BY made.create_time DESC, made.id DESC
WITH artifact, collect(made)[..1] AS approvals
WITH artifact, approvals
<<candidates.newest_first()>>
LIMIT $limit
RETURN <<candidates.answer('artifact')>> AS artifact, [made IN approvals | <<candidates.answer('made')>>] AS approvals
<<candidates.newest_first()>>;
