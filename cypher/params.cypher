// A sample for every parameter of the queries in this folder. Paste it into Neo4j Browser once, then
// paste any query. Parameters stay set until the Browser's tab is closed; a new :param replaces one.
// A map is in parentheses: the Browser refuses it without, and skips what comes after.

// what one asks about: ids as the command line shows them, without the letter
:param artifact_id => 45;
:param execution_id => 44;
:param context_id => 1;
:param large_context_id => 1;

// who asks, and in whose name is written
:param by => 'ann';
// whose a node is: a namespace, and the names of the tokens that are bound to it
:param namespace => 'team-a';
:param names => ['ann'];

// several at once
:param artifact_ids => [32, 45];
:param execution_ids => [];
:param context_ids => [1];
:param model_ids => [45];
:param type_ids => [1, 2, 10];
:param external_ids => ['run-2026-01'];
:param external_id => 'run-2026-01';
// runs that went wrong, and runs that did not, to compare: ids of contexts
:param bad_ids => [42];
:param good_ids => [34, 48];

// kinds, types and names; a type without a version has the version ''
:param kind => 'artifact';
:param type => 'Model';
:param type_version => '';
:param types => ['PipelineRun', 'pipeline_run', 'run', 'system.PipelineRun', 'mlflow.Run', 'openlineage.Run'];
:param name => 'iris';
:param uris => ['/pipelines/iris/root/Trainer/model/44'];
// what is left out of lineage since it only passed something on, and who stands in for whom
:param passing => 'CACHED';
:param passing_then => 'CACHED';
:param states_then => ({e44: 'COMPLETE'});
:param choice => 'INTERNAL_OUTPUT';
:param trails => [];
:param trail_ids => [];
:param look_for_trails => false;
// a list of uris a place; whether what is spelled otherwise does not count
:param places => [['/pipelines/iris/root/Trainer/model/44']];
:param exact => false;
// what is read from outside: its number, what it holds and where, and a type or null
:param wanted => [{place: 0, contents: 'sha256:5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9 /data/x.csv', of_type: null}];

// of which nodes something was erased, by kind; whether erasures count among what was recorded
:param named => ({artifact: [45], execution: [44], context: []});
:param with_erasures => true;

// conditions of lists; a time is a datetime, in any zone
:param states => ['LIVE', 'COMPLETE'];
:param created_since => datetime('2020-01-01T00:00:00Z');
:param created_before => datetime('2040-01-01T00:00:00Z');
// properties by their keys on the node: a custom property begins with custom_
:param deleted_after => datetime('9999-12-31T00:00:00Z');
:param property_values => [{key: 'custom_pushed', value: 1}];
:param after_id => 0;
:param limit => 300;
// the deployment behind which an answer begins: its time; the execution, itself and its model
:param after_text => '9999-12-31T00:00:00Z';
:param after_ids => [0, 0, 0];
// types of what is a model, and of all of which it is known what they are
:param model_type_ids => [10];
:param kind_type_ids => [1, 2, 10];

:param target => 'production';
:param model_id => 45;
// only what is there today, and was not deleted
:param live => true;
:param fingerprint => 'sha256:0000';
:param whole => true;

// conditions of walks: which events, which nodes may be entered, where to stop
:param event_types => ['INPUT', 'OUTPUT', 'INTERNAL_OUTPUT'];
:param within_type_ids => range(1, 1000);
:param within_artifact_states => ['LIVE'];
:param within_execution_states => ['COMPLETE', 'CACHED', 'FAILED'];
:param within_artifact_states_then => ['LIVE'];
:param within_execution_states_then => ['COMPLETE', 'CACHED', 'FAILED'];
:param within_artifact_ids => range(1, 1000);
:param within_execution_ids => range(1, 1000);
:param within_since => datetime('2020-01-01T00:00:00Z');
:param within_before => datetime('2040-01-01T00:00:00Z');
:param stop_type_ids => [];
:param stop_artifact_ids => [];
:param stop_execution_ids => [];
:param left_out_artifact_ids => [];
:param left_out_execution_ids => [];
:param max_hops => 40;
// what else the answer is to have
:param with_events => true;
:param with_contexts => true;
:param with_details => true;

// conditions of what a step starts from: a property is declared or custom, a role that of an input
:param on => datetime('2040-01-01T00:00:00Z');
:param pushed_by => datetime('2040-01-01T00:00:00Z');
:param either_values => [{keys: ['is_external', 'custom_is_external'], value: 0}];
:param produced => true;
:param producer => 'Trainer';
:param roles => ['model', 'model_export'];
:param alone => true;
:param evidence_states => ['LIVE', 'MARKED_FOR_DELETION', 'DELETED'];
:param approvals => [{types: ['ModelBlessing'], keys: ['blessed', 'custom_blessed'], values: [1, true], unsaid: 0}];
:param source_reference_keys => ['custom_current_model_id_in_source'];
:param reference_keys => ['current_model_id', 'custom_current_model_id'];
:param evaluation_type => 'ModelEvaluation';
:param evaluation_names => ['Evaluation', 'ModelEvaluation', 'Metrics'];
:param evaluation_endings => ['evaluation', 'metrics', 'report'];
:param known_names => ['Model', 'PushedModel', 'Evaluation', 'ModelEvaluation', 'Metrics'];
:param metric_keys => ['accuracy', 'custom_accuracy'];
:param metric => 'accuracy';
:param smallest => false;
:param span_keys => ['span', 'custom_span'];
:param version_keys => ['version', 'custom_version'];
:param min_span => 0;
:param first_span => 0;
:param last_span => 1000;
:param window => 7;
:param skip => 0;
:param keep_all_versions => false;

// what queries that write are given: one map a node, with its label beside that of its kind
:param artifacts => [{id: 1000001, label: 'Model', properties: {id: 1000001, type: 'Model', type_id: 10, uri: 's3://models/1'}}];
:param executions => [{id: 1000001, label: 'Trainer', properties: {id: 1000001, type: 'Trainer', type_id: 11, state: 'COMPLETE'}}];
:param series => [{metric: 'loss', key: 'b3c1', steps: [0, 1], values: [0.7, 0.4], times: [1700000000000, 1700000001000], count: 2, first: 0.7, last: 0.4, min: 0.4, max: 0.7}];
:param series_of => [{external_id: 'graphstore:a7d4', series: [{metric: 'loss', key: 'b3c1', steps: [0], values: [0.7], times: [1700000000000], count: 1, first: 0.7, last: 0.7, min: 0.7, max: 0.7}]}];
:param changes => ({state: 'COMPLETE', error_type: null});
:param contexts => [{id: 1000001, type_id: 12, name: 'iris', label: 'Pipeline', properties: {id: 1000001, type: 'Pipeline', type_id: 12, name: 'iris'}}];
:param run => ({id: 1000002, type_id: 13, name: 'iris/1', qualified: 'iris/iris/1', label: 'PipelineRun', properties: {type: 'PipelineRun', type_id: 13, status: 'RUNNING'}});
// how the run must still stand to be taken over, and the run that it began within
:param takes => ({status: 'FAILED', process: ['tensor', 4711, 1700000000.0], changes: {status: 'RUNNING', pid: 4712, end_time: null}});
:param process => ['tensor', 4712, 1700000100.0];
:param begins => true;
:param adds => false;
:param parent => ({type_id: 13, name: 'iris/0'});
:param pipeline => ({id: 1000001, type_id: 12, name: 'iris', label: 'Pipeline', properties: {id: 1000001, type: 'Pipeline', type_id: 12, name: 'iris'}});
// one map an event; a step of a path is a key, or an index in brackets; time is milliseconds since the epoch, or null for now
:param inputs => [{artifact_id: 45, execution_id: 1000001, type: 'INPUT', path: ['examples', '[0]'], time: null, ordinal: 1}];
:param outputs => [{artifact_id: 1000001, execution_id: 1000001, type: 'OUTPUT', path: ['model', '[0]'], time: null, ordinal: 2}];
:param publications => [{execution: {id: 1000001, label: 'Trainer', properties: {id: 1000001, type: 'Trainer', type_id: 11, state: 'COMPLETE'}}, must_exist: false, recorded: null, changes: {state: 'COMPLETE', error_type: null}, fingerprint: 'sha256:0000', whole: true, artifacts: [0, 1], contexts: [0], series: [{metric: 'loss', key: 'b3c1', steps: [0, 1], values: [0.7, 0.4], times: [1700000000000, 1700000001000], count: 2, first: 0.7, last: 0.4, min: 0.4, max: 0.7}], inputs: [{artifact: 1, type: 'INPUT', path: ['examples', '[0]'], time: null, ordinal: 1}], outputs: [{artifact: 0, type: 'OUTPUT', path: ['model', '[0]'], time: 1700000000000, ordinal: 2}]}];
:param events => [{artifact_id: 45, execution_id: 44, type: 'OUTPUT'}];
:param attributions => [{artifact_id: 45, context_id: 1}];
:param associations => [{execution_id: 44, context_id: 1}];
// rows of many publications: places in $artifact_ids + $artifacts, $executions and $contexts
:param input_rows => [['INPUT', ['examples', '[0]'], [0], [0], [1], []]];
:param output_rows => [['OUTPUT', ['model', '[0]'], [1], [0], [2], []]];
:param association_rows => [[0, [0]]];
:param attribution_rows => [[0, [0]]];
:param new_attribution_rows => [[0, [1]]];
// [place in $artifact_ids, or in $context_ids, properties, keys that do not count]
:param artifacts_recorded => [[0, 1700000000000]];
:param contexts_recorded => [[0, 1700000000000]];
:param artifacts_as_read => [[0, {type: 'Model'}, ['id', 'create_time']]];
:param contexts_as_read => [[0, {type: 'Pipeline'}, ['id', 'create_time']]];
:param parents => [{child_id: 2, parent_id: 1}];
// properties of a type or of a source
:param properties => ({property_names: ['accuracy'], property_kinds: ['DOUBLE']});
// types: those to create, with what tells them apart, and those that grow
:param new_types => [{kind: 'artifact', name: 'Model', version: '', label: 'ArtifactType', properties: {id: 1000001, property_names: ['accuracy'], property_kinds: ['DOUBLE']}}];
:param grown_types => [{id: 1000001, properties: {property_names: ['accuracy'], property_kinds: ['DOUBLE']}}];
:param leases => [{name: 'artifact', count: 4}];

:param abandoned_executions => [{id: 1000001, reason: 'process 4711 ended without saying so', process: ['tensor', 4711, 1700000000.0]}];
:param abandoned_runs => [{id: 1000002, reason: 'process 4711 ended without saying so', process: ['tensor', 4711, 1700000000.0]}];

// what the schema's book-keeping is given
:param version => 1;
:param migration => 'identity';

// what an import is given: the name of the source, ids there, how many of those the store has, types
// and names here
:param source => 'tfx-iris';
:param first_id => 1;
:param last_id => 3;
// whether a source does not say when what it has was updated last
:param untimed => false;
:param known => 3;
:param names => [{type_id: 10, name: 'iris', source_id: 1}];
// rows of the file: ids there, numbers to report them by, and what was made of a node and its edges
:param rows => [{number: 1, id: 1000001, label: 'Model', artifact_id: 1, execution_id: 1, context: 1, parent_context: 2, type: 'INPUT', path: [], time: null, properties: {id: 1000001}, attributions: [[0, 1]], associations: [[0, 1]], inputs: [[1, 'INPUT', ['examples', '[0]'], 1700000000000, 1]], outputs: [[1, 'OUTPUT', ['model', '[0]'], 1700000000000, 2]]}];

// what an archive is written and read by: ids of one kind, the edges of a node that are many, rows as an archive
// has them
:param ids => [1, 2];
:param id => 1;
:param most => 10000;
:param nodes => [[['Artifact', 'Model'], {id: 1000001, kind: 'artifact', name: 'Model', version: ''}]];
:param edges => ({artifact_to: [], artifact_from: [], execution_to: [[0, 44, 'INPUT', {path: []}]], execution_from: [], context_to: [[0, 1, 'ATTRIBUTED_TO', {}]], context_from: [], type_to: [], type_from: []});
:param attachments => ({to: [[0, ['GraphstoreSeries'], {metric: 'loss', key: 'b3c1'}, 'LOGGED', {}]], from: [], over: []});
:param source_keys => [[0, 'tfx-iris', 1, false]];
:param id_keys => [[0, 1, false]];
:param external_keys => [[0, 'run-2026-01', 10]];
:param name_keys => [[0, 10, 'iris']];
:param store_id => 'store-00c0ffee';
:param archive => 'sha256:0000';
:param line => 0;
:param next_line => 1000;
:param copied_from => ['store-00c0ffee'];
:param copied_ids => ({artifact: [100], execution: [100], context: [10]});
:param next_ids => ({artifact: 101, execution: 101, context: 11, type: 20});
:param sources => [{name: 'tfx-iris', create_time: 0}];

// what the store said at a time, and what was recorded from one time on and before another
:param known_at => datetime('2040-01-01T00:00:00Z');
:param context_id_then => 1;
:param large_context_id_then => 1;
:param known_states => ['LIVE', 'COMPLETE'];
:param known_evidence_states => ['LIVE', 'MARKED_FOR_DELETION', 'DELETED'];
:param known_values => [{keys: ['is_external', 'custom_is_external'], value: 0}];
:param with_an_end => true;
:param since => datetime('2020-01-01T00:00:00Z');
:param until => datetime('2040-01-01T00:00:00Z');
// what is deleted: by whom ($by), why, within which lease, since when it must be as it was planned
:param reason => 'a test';
:param holder => 'b3c1';
:param lease_seconds => 60;
:param planned => datetime('2040-01-01T00:00:00Z');
:param alone_ids => [1];
:param beside_ids => [1];
:param with_deleted => false;
// what is erased
:param words => ['Erika Mustermann'];
:param retracted => [[45, 44, 'OUTPUT', []]];
:param copied_erasures => [{`_recorded`: datetime('2026-03-01T12:00:00Z'), `_by`: 'ann', `_why`: 'a test', kind: 'artifact', ids: [1000001], edge: ''}];
:param erasures => [{element_id: '4:00000000-0000-0000-0000-000000000000:1', before: {custom_note: 'by Erika Mustermann'}, after: {custom_note: 'by erased'}}];
// what was purged
:param with_purges => true;
:param deletions => [{`_deleted`: datetime('2026-03-01T12:00:00Z'), `_deleted_by`: 'ann', `_deleted_why`: 'a test', kind: 'artifact', ids: [1000001]}];

// what a seal is made and verified by: who seals, and how long that is waited for; its leaves, a thousand a node
:param token => '00c0ffee';
:param patience => 120;
:param number => 1;
:param leaves => [{seal: 1, number: 0, keys: 'state artifact 45 1772361012481'}];
:param seal => ({number: 1, size: 1, root: '00', previous: ''});
:param seals => [{number: 1, size: 1, root: '00', previous: ''}];

// what comes in from OpenLineage: what is asked of the store (executions with the runs whose events they
// have, versions of datasets that are new, what is read), and what is to be stored in it: contexts are places
:param asked => ({external_ids: ['openlineage:r1'], holders: [{execution: 'run-2026-01', run: 'run-2026-01'}], versions: [{namespace: 'postgres://db', dataset: 'orders', external_id: 'openlineage:r1', unwritten: 'openlineage:r0', written: '2026-01-01T00:00:00.000Z', said: null}], reads: [{namespace: 'postgres://db', dataset: 'orders', run: 'run-2026-01', until: '2026-01-01T00:00:00.000Z', said: null}], changing: ['openlineage:r1']});
:param taken_in => ({contexts: [{id: 1000001, type_id: 12, name: 'iris', said: true, label: 'Pipeline', properties: {id: 1000001, type: 'Pipeline', type_id: 12, name: 'iris'}}], executions: [], artifacts: [], events: [{artifact: 45, execution: 44, type: 'INPUT', path: ['orders'], time: 1700000000000, ordinal: 1}], retractions: [], associations: [{execution: 44, context: 0}], attributions: [{artifact: 45, context: 0}], parents: []});

// how many nodes some types have: their names, by kind
:param artifact_types => ['Model'];
:param execution_types => ['Trainer'];
:param context_types => ['PipelineRun'];

// what a search looks for: how names and places begin, and digests
:param begins => ['iris', 'Iris'];
:param digests => ['sha256:0123abcd'];

// nodes that are looked at one by one rather than met on a walk
:param few => 10000;
