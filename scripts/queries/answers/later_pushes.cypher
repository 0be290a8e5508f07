// Which pushes of TFX's were followed by another one to the same place, by which, and when.
//
// A place is the folder that the Pusher makes a folder for each version in. Pushes are in the order of
// their own times: when the execution ended, or else when the store learnt of the artifact. The id
// that is not null lets the index of types and times be entered.
//
// access:  read
// as_of:   yes
// planned: once for $artifact_ids
// returns: pushed_id, later_id, time
UNWIND $artifact_ids AS id
MATCH (pushed:Artifact {id: id})
WITH pushed, <<revisions.changes_of('pushed')>>
WITH pushed, coalesce(<<revisions.by('past', 'pushed', 'custom_pushed_destination')>>,
    <<revisions.by('past', 'pushed', 'pushed_destination')>>) AS place,
  <<history.pushed_at('pushed', true)>> AS ended
WHERE place IS NOT NULL
CALL (pushed, place, ended) {
  <<history.later('pushed', 'said', 'time', true)>>
  WHERE time > coalesce(ended, pushed.create_time)
    OR time = coalesce(ended, pushed.create_time) AND later.id > pushed.id
  RETURN later, time
  ORDER BY time, later.id
  LIMIT 1
}
RETURN pushed.id AS pushed_id, later.id AS later_id, time;
