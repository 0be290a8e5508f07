// Of some external ids, those that contexts from elsewhere have already.
//
// Names are no matter: a context of the same type and name is the same context.
//
// access:  read
// returns: type_id, name, external_id
<<nodes.by_external_id('context')>>
WHERE coalesce(context.source, '') <> $source
RETURN context.type_id AS type_id, context.name AS name, context.external_id AS external_id;
