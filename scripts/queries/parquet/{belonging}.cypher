{% set member = {'attributions': 'artifact', 'associations': 'execution'}[belonging] %}
// The <<belonging>> of a stretch of <<member>>s: which contexts they belong to.
//
// A row has a thousand at most. One is [<<member>>'s id, context's id, when it was recorded, by whom], the time in
// milliseconds since the epoch.
//
// access:  read
// returns: edges (list of lists)
<<tables.stretch(member)>>
MATCH (<<member>>)-[edge:<<{'artifact': 'ATTRIBUTED_TO', 'execution': 'ASSOCIATED_WITH'}[member]>>]->(context:Context)
<<tables.edges(member, 'context', member + '.id, context.id', member + '.id, context.id')>>
