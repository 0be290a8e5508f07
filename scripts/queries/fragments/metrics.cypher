{% import 'fragments/revisions.cypher' as revisions %}
{# What was measured, and which of several subjects is the best. #}

{# The first of $metric_keys that holds a number. #}
{% macro value(node) %}
head([value IN [key IN $metric_keys |
  <<revisions.then(node, '[key]')>>
] WHERE <<number('value')>>])
{%- endmacro %}
{% macro number(value) %}
<<value>> IS :: INTEGER NOT NULL OR <<value>> IS :: FLOAT NOT NULL
{%- endmacro %}

{# The evaluations of an artifact: what came out of an execution that read it in one of $roles, or no
   other of its type. What a step left that did not complete (ABANDONED) says nothing. #}
{% macro evaluations(subject) %}
MATCH (<<subject>>)-[read:<<revisions.events_then('INPUT')>>->(reader:Execution)-[event:<<revisions.events_then('OUTPUT')>>->(evaluation:Artifact)
WHERE evaluation.type_id IN $type_ids
  AND <<revisions.then('evaluation', '.state', "''")>> <> 'ABANDONED'
  <<revisions.known('reader')>>
  <<revisions.known('evaluation')>>
  <<revisions.event_known('read')>>
  <<revisions.event_known('event')>>
  AND (read.path[0] IN $roles OR COUNT {
    MATCH (other:Artifact)-[edge:<<revisions.events_then('INPUT')>>->(reader)
    WHERE other.type = <<subject>>.type
      <<revisions.event_known('edge')>>
    RETURN DISTINCT other
  } = 1)
RETURN evaluation AS source, false AS own, event.ordinal AS at
{%- endmacro %}

{# Whether an output says of itself what was measured, as models do. #}
{% macro own(made) %}
coalesce(<<made>>.type_id IN $model_type_ids
  OR event.path[0] = 'model' AND NOT <<made>>.type_id IN $kind_type_ids, false)
{%- endmacro %}

{# The sources of metrics of an artifact, of an execution, and of a run. #}
{% macro of_artifact() %}
CALL (subject) {
  RETURN subject AS source, true AS own, 0 AS at
  UNION
  <<evaluations('subject')>>
}
WITH source, max(own) AS own, min(coalesce(at, 0)) AS ordinal
{%- endmacro %}
{% macro of_execution() %}
CALL (subject) {
  MATCH (subject)-[event:<<revisions.events_then('OUTPUT')>>->(source:Artifact)
  <<revisions.where_stood('event', 'source')>>
  RETURN source, <<own('source')>> AS own, event.ordinal AS at
  UNION
  MATCH (subject)-[making:<<revisions.events_then('OUTPUT')>>->(made:Artifact)
  <<revisions.where_stood('making', 'made')>>
  <<evaluations('made')>>
}
WITH source, max(own) AS own, min(coalesce(at, 0)) AS ordinal
{%- endmacro %}
{% macro of_run(run, made) %}
MATCH (<<run>>)<-[member:ASSOCIATED_WITH]-(step:Execution)-[event:<<revisions.events_then('OUTPUT')>>->(<<made>>:Artifact)
<<revisions.where_known('member', 'step')>>
  <<revisions.known(made)>>
  <<revisions.event_known('event')>>
WITH <<made>>, max(<<own(made)>>) AS own,
  min(coalesce(event.ordinal, 0)) AS ordinal
{%- endmacro %}

{# Whether something of a series was logged by the time that is asked for, and the last of it is known. #}
{% macro logged_then() -%}
AND series.times[0] <= $known_at.epochMillis // optional
AND (series.count = size(series.times) OR series.times[-1] <= $known_at.epochMillis) // optional
{%- endmacro %}

{# What was logged: a series of a run or a step. #}
{% macro logged(subject) %}
MATCH <<subject>>-[:LOGGED]->(node:GraphstoreSeries)
WITH properties(node) AS series
WHERE series.metric = $metric
  <<logged_then()>>
WITH series, coalesce(
  [i IN range(size(series.times) - 1, 0, -1) WHERE series.times[i] <= $known_at.epochMillis | i][0], // optional
  -1) AS at
RETURN false AS own, 0 AS ordinal, 0 AS id, datetime({epochMillis: series.times[at]}) AS time, series.values[at] AS value
{%- endmacro %}

{# Of several sources the value that counts: one's own, else the last recorded. #}
{% macro valued() %}
WITH own, ordinal, source.id AS id, coalesce(source.create_time, datetime({epochMillis: 0})) AS time,
  <<value('source')>> AS value
WHERE value IS NOT NULL
{%- endmacro %}
{% macro counts() %}
WITH own, ordinal, id, time, value
ORDER BY own DESC, time DESC, ordinal DESC, id DESC
LIMIT 1
RETURN head(collect(value)) AS value
{%- endmacro %}

{# The subjects from the best to the worst, $limit of them. #}
{% macro best() %}
WITH position, subject, value
ORDER BY value IS NULL, isNaN(value), CASE WHEN $smallest THEN value END, CASE WHEN NOT $smallest THEN value END DESC, position
WITH collect(subject) AS ranked
WITH size(ranked) AS found, ranked[..$limit] AS best
UNWIND range(0, size(best) - 1) AS place
// Collected, so that rows which are sorted do not carry the list along: Neo4j counts it in each.
WITH found, place, head(collect(best[place])) AS subject
{%- endmacro %}

{# The sources of one, the last recorded last. #}
{% macro gathered() %}
WITH source, own, ordinal
ORDER BY coalesce(source.create_time, datetime({epochMillis: 0})), ordinal, source.id
WITH source AS artifact, own
RETURN collect({own: own, artifact: <<revisions.node('artifact')>>}) AS sources
{%- endmacro %}

{# The answer: each subject with its sources, and with its executions and what tells them from others. #}
{% macro compared(executions) %}
RETURN found, <<revisions.node('subject')>> AS subject, sources, COLLECT {
  <<executions>>
  <<execution()>>
} AS executions
ORDER BY place;
{%- endmacro %}
{% macro execution() %}
RETURN {
  execution: <<revisions.node('execution')>>,
  inputs: COLLECT {
    MATCH (execution)<-[event:<<revisions.events_then('INPUT|DECLARED_INPUT')>>-(artifact:Artifact)
    <<revisions.where_stood('event', 'artifact')>>
    WITH artifact, event, <<revisions.changes_of('artifact')>>
    RETURN {id: artifact.id, type: artifact.type, path: event.path, digest: <<revisions.by('past', 'artifact', 'digest')>>}
  },
  outputs: COLLECT {
    MATCH (execution)-[event:<<revisions.events_then('OUTPUT')>>->(artifact:Artifact)
    <<revisions.where_stood('event', 'artifact')>>
    RETURN artifact.id
  },
  environments: COLLECT {
    MATCH (execution)<-[event:INTERNAL_INPUT]-(artifact:Artifact {type: 'Environment'})
    <<revisions.where_stood('event', 'artifact')>>
    RETURN artifact.id
  },
  runs: COLLECT {
    MATCH (execution)-[edge:ASSOCIATED_WITH]->(context:Context)
    <<revisions.where_known('edge', 'context')>>
      AND context.type IN $types
    RETURN <<revisions.node('context')>>
  }
}
ORDER BY execution.id
{%- endmacro %}

{# What the header says of the order. #}
{% macro said() %}
// In the order of the metric, the best first, or else as they were named; $limit at most, of `found`
// that are there. The metric is the first of $metric_keys that holds a number; of several sources one
// that is a model's own counts, else the one that was recorded last. NaN comes after all numbers.
{%- endmacro %}
