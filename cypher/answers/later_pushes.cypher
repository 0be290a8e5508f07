// Which pushes of TFX's were followed by another one to the same place: that serves now.
//
// A place is the folder that the Pusher makes a folder for each version in. The id that is not null
// lets the index of types and times be entered.
//
// access:  read
// returns: pushed_id
UNWIND $artifact_ids AS id
MATCH (pushed:Artifact {id: id})
WITH pushed, pushed.custom_pushed_destination AS place
WHERE place IS NOT NULL
CALL (pushed, place) {
  MATCH (later:Artifact {type: pushed.type})
  WHERE later.create_time > pushed.create_time AND later.id IS NOT NULL
    AND later.custom_pushed = 1
    AND later.custom_pushed_destination STARTS WITH
      left(place, size(place) - size(last(split(place, '/'))))
  RETURN later
  LIMIT 1
}
RETURN pushed.id AS pushed_id;
