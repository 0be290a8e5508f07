// Which pushes of TFX's were followed by another one to the same place: that serves now.
//
// A place is the folder that the Pusher makes a folder for each version in.
//
// access:  read
// returns: pushed_id
UNWIND $artifact_ids AS id
MATCH (pushed:Artifact {id: id})
WITH pushed, pushed.custom_pushed_destination AS place
WHERE place IS NOT NULL AND EXISTS {
  MATCH (later:Artifact {type: pushed.type})
  WHERE later.create_time > pushed.create_time AND later.custom_pushed = 1
    AND later.custom_pushed_destination STARTS WITH
      left(place, size(place) - size(last(split(place, '/'))))
}
RETURN pushed.id AS pushed_id;
