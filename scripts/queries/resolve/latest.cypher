// The latest artifacts of a type: those created last first; of equal times the last id.
//
// The candidates have a type and a state, belong to all of some contexts - the smallest is the way
// in -, were created by $on, have each of some values as a declared or as a custom property, and,
// if they have to be produced, came out of an execution that belongs to these contexts too. What
// costs little is tested first, then they are ordered (without contexts the index does that), and
// the rest is tested of one after the other until there are enough. The text that they begin with
// is the same in every query of this folder.
//
// access:  read
// as_of:   yes
// returns: artifact (node)
<<candidates.enter()>>
<<candidates.cheap()>>
WITH artifact
<<candidates.newest_first()>>
WHERE true
  <<candidates.dear()>>
<<candidates.first()>>
