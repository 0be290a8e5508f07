// <<Kind>>s that were recorded from one time on and before another, as seals have them.
//
// Each has what it said before, and the edges that came with it: those without a time of their own, of whose ends
// it is the later one.
//
// An edge is [type, whether it leads away, kind of the other end, id of the other end, properties, time], the
// time as a text, which is read much faster; so is a node without its last_update_time, which no seal has.
//
// access:  read
// returns: kind, labels, properties, revisions (maps), edges (lists)
//
// What a node says is read before its revisions: who changes it meanwhile leaves a revision that says the same.
CALL () {
  MATCH (node:<<Kind>>)
  WHERE $since <= node.create_time < $until AND node._recorded IS NULL
  RETURN node
  UNION ALL
  MATCH (node:<<Kind>>)
  WHERE $since <= node._recorded < $until
  RETURN node
}
WITH node
WHERE node.id IS :: INTEGER NOT NULL
<<seals.said()>>
WITH node, labels, properties,
  <<seals.said_before()>>
RETURN '<<kind>>' AS kind, labels, properties, revisions,
  COLLECT {
    MATCH (node)
      -[edge:<<revisions.recorded_edges>>]-(end)
    WHERE edge._recorded IS NULL
    WITH node, edge, end,
      <<revisions.recorded('node')>> AS own,
      <<revisions.recorded('end')>> AS others,
      CASE WHEN end:Context OR node:Context THEN startNode(edge) = node ELSE node:Execution END AS first
    WHERE own > others OR own = others AND first
    RETURN [
      type(edge), startNode(edge) = node,
      <<revisions.kind('end')>>,
      end.id,
      <<seals.said_of_edge()>>,
      <<seals.time_of_edge()>>
    ]
  } AS edges;
