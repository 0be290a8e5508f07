// The latest artifacts of a type that others, made from them, speak for: a blessing, a push.
//
// The candidates are those of resolve.latest, tested one after the other until there are enough. An
// execution counts that read the artifact in one of $roles or, if $alone, read no other of its type.
// What speaks for the artifact came out of that execution, or (the bound, here 40 events, is set by
// the code) of a later one, on a way that does not lead through others of the type in other roles.
// Of each of $approvals it takes one, and the last created is in the answer: of one of the types, and
// the first of its keys that the node has holds one of the values, or it has none and unsaid is one.
//
// access:  read
// as_of:   yes
// returns: artifact (node), approvals (nodes)
<<candidates.enter()>>
<<candidates.cheap()>>
WITH artifact
<<candidates.newest_first()>>
WHERE true
  <<candidates.dear()>>
CALL (artifact) {
  <<candidates.reader()>>
  MATCH (reader)
    ((here)-[event:<<revisions.events_then('INPUT|OUTPUT')>>->(next)
      WHERE next.create_time <= $on AND (here:Execution OR here.type <> $type OR event.path[0] IN $roles)
        <<revisions.known('next')>>
        <<revisions.event_known('event')>>
    ){0,40} (made:Artifact)
  WHERE any(approval IN $approvals WHERE made.type IN approval.types)
    AND made._deleted IS NULL
    <<candidates.counts('made')>>
  WITH DISTINCT made
  ORDER BY made.create_time DESC, made.id DESC
  RETURN collect(made) AS all_made
}
WITH artifact, [approval IN $approvals | head([made IN all_made
  WHERE made.type IN approval.types
    AND <<candidates.speaks('approval')>>
  | <<candidates.answer('made')>>
])] AS approvals
WHERE none(approval IN approvals WHERE approval IS NULL)
<<candidates.first(', approvals')>>
