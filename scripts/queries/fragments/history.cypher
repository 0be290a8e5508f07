{% import 'fragments/revisions.cypher' as revisions %}
{# What questions in plain Cypher ask of executions, runs and pushes. #}

{% set run_types = "['PipelineRun', 'pipeline_run', 'run', 'system.PipelineRun', 'mlflow.Run', 'openlineage.Run']" %}

{# The run that an execution belongs to, as a map; null if there is none. #}
{% macro run_of(execution='execution', then=none) %}
COLLECT {
{% if then %}
  MATCH (<<execution>>)-[of:ASSOCIATED_WITH]->(run:Context)
  WHERE run.type IN <<run_types>>
    <<revisions.known('run')>>
    <<revisions.edge_known('of')>>
  WITH run, <<revisions.states_of('run', 'was')>>
  RETURN <<revisions.as_map('run', then, 'was')>>
{% else %}
  MATCH (<<execution>>)-[:ASSOCIATED_WITH]->(run:Context)
  WHERE run.type IN <<run_types>>
  RETURN properties(run)
{% endif %}
}[0]
{%- endmacro %}

{# Who triggered the run of an execution. #}
{% macro user_of(execution='execution', past=false) %}
COLLECT {
{% if past %}
  MATCH (<<execution>>)-[edge:ASSOCIATED_WITH]->(run:Context)
  <<revisions.where_known('edge', 'run')>>
  WITH run, <<revisions.changes_of('run', 'of_run')>>
  RETURN <<revisions.by('of_run', 'run', 'user')>> AS user ORDER BY user
{% else %}
  MATCH (<<execution>>)-[:ASSOCIATED_WITH]->(run:Context)
  RETURN properties(run).user AS user ORDER BY user
{% endif %}
}[0]
{%- endmacro %}

{# When an execution began if nobody said: when the store learnt of it, and no later than it ended. #}
{% macro learnt(learnt, ended) %}
CASE WHEN <<ended>> < <<learnt>> THEN <<ended>> ELSE <<learnt>> END
{%- endmacro %}

{# The steps of a run, as maps, in the order in which they began. #}
{% macro steps_of(run, then=none) %}
COLLECT {
{% if then %}
  MATCH (<<run>>)<-[of:ASSOCIATED_WITH]-(execution:Execution)
  WHERE true
    <<revisions.known('execution')>>
    <<revisions.edge_known('of')>>
  WITH execution, <<revisions.states_of('execution', 'was')>>
  RETURN <<revisions.as_map('execution', then, 'was')>> AS step
{% else %}
  MATCH (<<run>>)<-[:ASSOCIATED_WITH]-(execution:Execution)
  RETURN properties(execution) AS step
{% endif %}
  ORDER BY coalesce(step.start_time, <<learnt('step.create_time', 'step.end_time')>>), step.id
}
{%- endmacro %}

{# The error of a step: the recorder says its type and its message, TFX its text. #}
{% macro error(step) %}
coalesce(<<step>>.error_type + coalesce(': ' + <<step>>.error_message, ''), <<step>>.error_message,
  CASE WHEN <<step>>.parameter_names IS NULL THEN <<step>>.custom_error END, <<step>>.custom___execution_result__)
{%- endmacro %}

{# When a push was made, by its own time. #}
{% macro pushed_at(push, past=false) %}
COLLECT {
{% if past %}
  MATCH (maker:Execution)-[made:<<revisions.events_then('OUTPUT')>>->(<<push>>)
  WHERE true
    <<revisions.stood('made', 'maker')>>
  WITH maker, <<revisions.changes_of('maker', 'of_maker')>>
  WHERE coalesce(<<revisions.by('of_maker', 'maker', 'state')>>, '') <> 'CACHED'
  RETURN coalesce(<<revisions.by('of_maker', 'maker', 'end_time')>>,
    <<revisions.by('of_maker', 'maker', 'start_time')>>) AS at ORDER BY at LIMIT 1
{% else %}
  MATCH (maker:Execution)-[:OUTPUT]->(<<push>>)
  WHERE coalesce(maker.state, '') <> 'CACHED'
  RETURN coalesce(maker.end_time, maker.start_time) AS at ORDER BY at LIMIT 1
{% endif %}
}[0]
{%- endmacro %}

{# The keys by which an artifact says where it was pushed or deployed, and whether it still is. #}
{% set of_push = 'custom_pushed pushed custom_pushed_destination pushed_destination target uri state' %}

{# What an artifact says of where it was pushed or deployed, as a map; or what it said of that then, and of nothing
   else: where a map `node {.*, key: null}` says null, Neo4j reads what the node says. #}
{% macro said_of(artifact, past=false) %}
{% if past %}
{
{% for key in of_push.split() %}
  <<key>>: <<revisions.by('past', artifact, key)>><<'' if loop.last else ','>>
{% endfor %}
}
{%- else %}
properties(<<artifact>>)
{%- endif %}
{% endmacro %}

{# What is said of whether a push or a deployment that was deleted is live, two cases of its own: what a tombstone
   of a deployment tells is enough until it was deleted, and what one of a push was then nobody knows. #}
{% macro deleted(push, moment='moment') %}
WHEN <<push>>.type <> 'Deployment' AND <<push>>._deleted > $known_at THEN 'not known: it was deleted since' // optional
WHEN <<push>>._deleted IS NOT NULL AND (<<push>>.type <> 'Deployment' OR <<push>>._deleted <= <<moment>>) THEN 'no: it was deleted'
{%- endmacro %}

{# Where TFX pushed something to: the folder that the Pusher makes a folder for each version in. #}
{% macro folder() %}
left(place, size(place) - size(last(split(place, '/'))))
{%- endmacro %}

{# Whether a deployment or a push put something there: TFX's Pusher says if it did not, and what a step
   left that did not complete is ABANDONED. #}
{% macro put_there(said) %}
coalesce(<<said>>.custom_pushed, <<said>>.pushed, 1) <> 0 AND coalesce(<<said>>.state, '') <> 'ABANDONED'
{%- endmacro %}

{# The end of an event's pattern, of which some were taken back later. #}
{% macro then(type, past) -%}
<<revisions.events_then(type) if past else type + ']'>>
{%- endmacro %}

{# What is in production if $live, or was at $on: of each place that something was deployed or pushed to the
   last that was, which model that is, who put it there, and since when. #}
{% macro in_production(past=false, bounded=false) %}
MATCH (artifact:Artifact)
WHERE artifact.type IN ['Deployment', 'PushedModel', 'ModelPushPath'] AND artifact.id IS NOT NULL
{% if past %}
  <<revisions.known('artifact')>>
{% endif %}
MATCH (model:Artifact)-[read:<<then('INPUT', past)>>->(execution:Execution)-[made:<<then('OUTPUT', past)>>->(artifact)
WHERE read.path[0] IN ['model', 'model_export']
{% if past %}
  <<revisions.known('model')>>
  <<revisions.known('execution')>>
  <<revisions.event_known('read')>>
  <<revisions.event_known('made')>>
WITH artifact, model, execution, <<revisions.changes_of('artifact')>>,
  <<revisions.changes_of('execution', 'changes')>>
// Read once, and not for each key again.
WITH artifact, model, execution, past, changes, properties(artifact) AS own, properties(execution) AS step
WITH artifact, model, execution, past, own,
  coalesce(<<revisions.by('changes', 'step', 'state')>>, '') AS state,
  coalesce(<<revisions.by('changes', 'step', 'end_time')>>,
    <<revisions.by('changes', 'step', 'start_time')>>, artifact.create_time) AS since
WHERE state <> 'CACHED' AND since <= $on
{% if bounded %}
WITH artifact, model, execution, past, own, since
ORDER BY since DESC, artifact.id DESC
LIMIT $most // optional
{% endif %}
WITH artifact, model, execution, <<said_of('own', past)>> AS said, since
{% else %}
  AND coalesce(execution.state, '') <> 'CACHED'
WITH artifact, model, execution, properties(artifact) AS said,
  coalesce(execution.end_time, execution.start_time, artifact.create_time) AS since
{% endif %}
WITH artifact, model, execution, since, said, coalesce(said.custom_pushed_destination, said.pushed_destination) AS to,
  <<revisions.moment() if past else 'datetime()'>> AS moment
WHERE since <= $on AND NOT ($live AND artifact.type = 'Deployment' AND coalesce(since > moment, false))
  AND (artifact._deleted IS NULL OR artifact.type = 'Deployment' AND (NOT $live OR artifact._deleted > moment))
  AND <<put_there('said')>>
  AND NOT EXISTS {
    MATCH (artifact)-[ended:<<then('INPUT', past)>>->(retire:Execution {type: 'Retire'})
    WHERE coalesce(retire.end_time, retire.create_time) <= $on
      AND NOT ($live AND coalesce(coalesce(retire.end_time, retire.create_time) > moment, false))
{% if past %}
      <<revisions.known('retire')>>
      <<revisions.event_known('ended')>>
{% endif %}
  }
WITH artifact, model, execution, since, said.state AS state, coalesce(said.target, to, said.uri) AS target,
  CASE artifact.type WHEN 'Deployment' THEN 'a' + artifact.id
    ELSE coalesce(left(to, size(to) - size(last(split(to, '/')))), 'a' + artifact.id) END AS place
ORDER BY since DESC, artifact.id DESC
WITH place, collect({artifact: artifact, model: model, execution: execution, since: since, target: target, state: state})[0] AS one
WITH place, one.target AS target, one.artifact AS artifact, one.model AS model, one.execution AS execution,
  one.since AS since, one.state AS state
WHERE NOT $live OR coalesce(state, 'LIVE') IN ['LIVE', 'UNKNOWN']
{%- endmacro %}

{# The pushes that followed one to the same place, and when; `next` is the name of what one says. #}
{% macro later(push, next, time, past=false) %}
MATCH (later:Artifact {type: <<push>>.type})
WHERE later.create_time IS NOT NULL AND later.id IS NOT NULL AND later <> <<push>>
{% if past %}
  <<revisions.known('later')>>
WITH later, <<revisions.changes_of('later')>>
{% endif %}
WITH later, <<said_of('later', past)>> AS <<next>>
WHERE coalesce(<<next>>.custom_pushed, <<next>>.pushed) IN [1, true]
  AND coalesce(<<next>>.state, '') <> 'ABANDONED'
  AND coalesce(<<next>>.custom_pushed_destination, <<next>>.pushed_destination) STARTS WITH
    <<folder()>>
WITH later, coalesce(<<pushed_at('later', past)>>, later.create_time) AS <<time>>
{%- endmacro %}

{# The name of a parameter, its value, and the list of all that is none: what the store says of a node,
   and what recording says by itself of an execution (`FACTS` in graphstore/recording/cache.py). #}
{% macro name() %}
CASE WHEN key STARTS WITH 'custom_' THEN substring(key, 7)
  WHEN key STARTS WITH '_' THEN substring(key, 1) ELSE key END AS name
{%- endmacro %}
{% macro value(content) %}
CASE WHEN <<content>> IS :: LIST<ANY> THEN <<content>>[0] ELSE <<content>> END AS value
{%- endmacro %}
{# The keys by which an execution says what its parameters are, and which code it ran. #}
{% set of_parameters = 'parameter_names parameter_digests component_id custom_component_id pipeline_root custom_pipeline_root run_id custom_run_id' %}
{% set of_code = 'code_version module_path custom_module_path module_file custom_module_file' %}

{# Each key of an execution with its content, and as a parameter its `name` and `value`. #}
{% macro contents(carried, states='past') %}
<<revisions.each_key(carried, states, 'content')>>
WHERE true
  AND content <> [false] // as of $known_at // optional
WITH <<carried>>, key, content,
  <<name()>>,
  <<value('content')>>
{%- endmacro %}
{# The digest of the parameter `name`, null if it has none: its value is all that there is to it then. #}
{% macro digest(own) %}
split(split(<<own>>.parameter_digests[0], '"' + replace(name, '"', '\\"') + '":"')[1], '"')[0]
{%- endmacro %}
{% macro facts() %}
['id', 'type', 'type_id', 'type_version', 'name', 'uri', 'digest',
  'external_id', 'state', 'create_time', 'last_update_time', 'start_time', 'end_time', 'fingerprint', 'source', 'source_id',
  'code_version', 'parameter_names', 'not_skipped', 'inputs_changed', 'parameter_digests', 'returned', 'parent_step',
  'error_type', 'error_message', 'error_traceback', 'host', 'pid', 'began', '_by', '_recorded', '_since',
  '_deleted', '_deleted_by', '_deleted_why', '_erased']
{%- endmacro %}

{# Whether TFX recorded an execution. #}
{% macro by_tfx(own) %}
<<own>>.type STARTS WITH 'tfx.' OR coalesce(<<own>>.component_id, <<own>>.custom_component_id) IS NOT NULL
  AND coalesce(<<own>>.pipeline_root, <<own>>.custom_pipeline_root) IS NOT NULL
  AND coalesce(<<own>>.run_id, <<own>>.custom_run_id) IS NOT NULL
{%- endmacro %}

{# Which code an execution ran, as far as it says so; '' if it does not. #}
{% macro code(own) %}
coalesce(<<own>>.code_version, CASE
  WHEN <<own>>.parameter_names IS NULL AND (<<by_tfx(own)>>)
  THEN coalesce(<<own>>.module_path, <<own>>.custom_module_path, '') + ' '
    + coalesce(<<own>>.module_file, <<own>>.custom_module_file, '') END, '')
{%- endmacro %}

{# Whether `key` of an execution is a parameter, of the `name` and `value` above. What the recorder
   stored says which of its properties are; of TFX's, what its launcher writes is left out, and so is
   what says which code it runs, unless `with_code`. `own` is a map of what it said of `of_parameters`, and
   `states` are those that it had. What is called as a parameter and is the store's, as `_by`, is no declared one. #}
{% macro is_parameter(own, states='past', with_code=false) %}
NOT key IN <<facts()>>
AND CASE
  WHEN <<own>>.parameter_names IS NOT NULL THEN <<own>>.parameter_names[0] CONTAINS '"' + replace(name, '"', '\\"') + '"'
    AND NOT (key STARTS WITH 'custom_' AND (
      NOT name IN ['by', 'until', 'recorded', 'since', 'deleted', 'deleted_by', 'deleted_why', 'erased']
      AND <<revisions.at(states, "'_' + name")>> IS NOT NULL
      OR <<revisions.at(states, 'name')>> IS NOT NULL
      AND NOT name IN <<facts()>>))
  WHEN <<by_tfx(own)>>
    THEN NOT name STARTS WITH '__' AND NOT coalesce(toStringOrNull(value), '') IN ['None', 'null']
      AND NOT name IN ['component_id', 'pipeline_name', 'pipeline_root', 'run_id', 'state', 'name', 'launcher_type'<<'' if with_code else ",
        'module_path', 'module_file'">>]
  ELSE true
END
{%- endmacro %}
