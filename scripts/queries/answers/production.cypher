// What was in production at a moment: models deployed or pushed by then that nothing had replaced.
//
// Deployments (`store.decisions`) and pushes of TFX's alike, in the order of their own times, the last
// first: when the execution ended, or else when the store learnt of the artifact. A deployment serves
// until it is retired or replaced, a push until a later one goes to the same folder. If $live asks for
// what is there now, what was deleted since is left out, and deployments that are yet to come are. Of
// tombstones deployments of the past are told, whose target nobody knows any more; of a push nobody knows
// whether it put anything there. With $most only the last so many that came into question are looked at: all
// that is in the answer is right then, and what was before them is not in it.
//
// access:  read
// as_of:   yes
// returns: place, target, artifact (node), model (node), execution (node), since, user
<<history.in_production(past=true, bounded=true)>>
WITH place, target, artifact, model, execution, since
WHERE true
  AND target = $target // optional
  AND model.id IN $model_ids // optional
WITH place, target, artifact, model, execution, since
ORDER BY since DESC, artifact.id DESC
LIMIT $limit // optional
RETURN place, target, <<revisions.node('artifact')>> AS artifact,
  <<revisions.node('model')>> AS model,
  <<revisions.node('execution')>> AS execution,
  since, <<history.user_of(past=true)>> AS user
ORDER BY since DESC, artifact.id DESC;
