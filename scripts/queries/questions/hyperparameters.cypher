// Which hyperparameters a model was trained with: what the execution that made it was told.
//
// Ask of a model or any artifact: `:param artifact_id => 45`. What the recorder stored says itself which
// of its properties are parameters; of TFX's what its launcher writes is left out. TFX writes some as
// JSON text; one of plain keys and values (`custom_config`, `train_args`) is opened here, one that nests is
// shown as it is, since Cypher reads no JSON.
<<revisions.said_then_of_question()>>
//
// access:  read
// as_of:   yes
// returns: parameter, value, told_to
<<revisions.makers()>>
WITH DISTINCT execution
ORDER BY <<revisions.then('execution', '.state', "''", long=true)>> = 'CACHED', execution.id
LIMIT 1
WITH execution, <<revisions.states_of('execution')>>
WITH execution, past, <<revisions.as_map('execution', history.of_parameters)>> AS said
<<history.contents('execution, said, past')>>
WHERE <<history.is_parameter('said')>>
WITH execution, value, name, said.parameter_names IS NULL AND said.type STARTS WITH 'tfx.' AS by_tfx,
  replace(replace(replace(trim(toString(value)), '\n', ''), '  ', ' '), ', "', ',"') AS text
WITH execution, value, name, CASE
  WHEN by_tfx AND text STARTS WITH '{' AND size(split(text, '{')) = 2 AND NOT text CONTAINS '['
    THEN split(trim(substring(text, 1, size(text) - 2)), ',"')
END AS parts
UNWIND coalesce(parts, [null]) AS part
WITH execution, name, value, replace(trim(split(part, '":')[0]), '"', '') AS inner, part
RETURN CASE WHEN part IS NULL THEN name WHEN name = 'custom_config' THEN inner
    ELSE name + '.' + inner END AS parameter,
  CASE WHEN part IS NULL THEN value
    ELSE replace(trim(substring(part, size(split(part, '":')[0]) + 2)), '"', '') END AS value,
  'e' + execution.id + ' ' + last(split(execution.type, '.')) AS told_to
ORDER BY parameter;
