"""The filters of ML Metadata's own tests, `query/filter_query_ast_resolver_test.cc`."""

from __future__ import annotations

ALL = ("artifact", "execution", "context")
ARTIFACT, EXECUTION, CONTEXT = ALL[:1], ALL[1:2], ALL[2:]
NO_ARTIFACT, NO_CONTEXT = ALL[1:], ALL[:2]

SIGNATURE = "No matching signature for operator ="

INVALID = [
    ("", "Syntax error", ALL),
    ("a == 'a'", "Syntax error", ALL),
    ("a", "Unrecognized name", ALL),
    ("a = 'a'", "Unrecognized name", ALL),
    ("'a'", "not a valid boolean expression", ALL),
    ("type_id", "not a valid boolean expression", ALL),
    ("id = 'a'", f"{SIGNATURE} for argument types", ALL),
    ("type_id = 'a'", f"{SIGNATURE} for argument types", ALL),
    ("type = 1", f"{SIGNATURE} for argument types", ALL),
    ("uri = 1", f"{SIGNATURE} for argument types", ARTIFACT),
    ("uri = 1", "Unrecognized name", NO_ARTIFACT),
    ("create_time_since_epoch = 'a'", f"{SIGNATURE} for argument types", ALL),
    ("create_time_since_epoch = a", "Unrecognized name", ALL),
    ("last_update_time_since_epoch = 'a'", f"{SIGNATURE} for argument types", ALL),
    ("last_update_time_since_epoch = a", "Unrecognized name", ALL),
    ("name = 1", f"{SIGNATURE} for argument types", ALL),
    ("name = a", "Unrecognized name", ALL),
    ("external_id = 1", f"{SIGNATURE} for argument types", ALL),
    ("external_id = a", "Unrecognized name", ALL),
    *[
        case
        for alias, kinds in [
            ("contexts", NO_CONTEXT),
            ("artifacts", CONTEXT),
            ("executions", CONTEXT),
            ("child_contexts", CONTEXT),
            ("parent_contexts", CONTEXT),
        ]
        for case in [
            (alias, "Unrecognized name", ALL),
            (f"{alias}_0", "Unrecognized name", ALL),
            (f"{alias}_0.foo", "Field name foo does not exist", kinds),
            (f"{alias}_0.id.", "Unexpected end of expression", kinds),
            (f"{alias}_0.id.bar", "Cannot access field bar", kinds),
            (f"{alias}_0.id = 1", "Unrecognized name", tuple(set(ALL) - set(kinds))),
        ]
    ],
    ("properties", "Unrecognized name", ALL),
    ("properties.foo", "Unrecognized name", ALL),
    ("properties.foo = 1", "Unrecognized name", ALL),
    ("properties.bar.", "Unexpected end of expression", ALL),
    ("properties.baz.int", "Field name int does not exist", ALL),
    ("properties.0:b.int_value = 1", "Syntax error", ALL),
    ("custom_properties", "Unrecognized name", ALL),
    ("custom_properties.foo", "Unrecognized name", ALL),
    ("custom_properties.bar.", "Unexpected end of expression", ALL),
    ("custom_properties.baz.string", "Field name string does not exist", ALL),
    ("custom_properties.0:b.string_value", "Syntax error", ALL),
    ("state", "not a valid boolean expression", ARTIFACT),
    ("state = 'LIVE'", f"{SIGNATURE} for argument types", ARTIFACT),
    ("state = 1", "Unsupported enum value specified", ARTIFACT),
    ("state = RUNNING", "Unsupported enum value specified in the query: RUNNING", ARTIFACT),
    (
        "state IN RUNNING",
        "Expected a list of enum values enclosed in parentheses but got RUNNING",
        ARTIFACT,
    ),
    ("last_known_state", "not a valid boolean expression", EXECUTION),
    ("last_known_state = 'RUNNING'", "No matching signature for operator", EXECUTION),
    ("last_known_state = 1", "Unsupported enum value specified", EXECUTION),
    ("last_known_state = LIVE", "Unsupported enum value specified", EXECUTION),
    ("last_known_state IN ()", "Syntax error", EXECUTION),
    ("last_known_state NOT IN (PENDING)", "Unsupported enum value specified", EXECUTION),
    ("events_0.field_1 = '1'", "Field name field_1 does not exist", NO_CONTEXT),
    ("events", "Unrecognized name", NO_CONTEXT),
    ("events_0.execution_id.", "Unexpected end of expression", NO_CONTEXT),
    ("events_0.type = SOME_ENUM", "Unsupported enum value specified in the query: SOME_ENUM",
     NO_CONTEXT),
    ("events_0.type IN (SOME_ENUM)", "Unsupported enum value specified in the query: SOME_ENUM",
     NO_CONTEXT),
    ("events_0.artifact_id = 1", "Field name artifact_id does not exist", ARTIFACT),
    ("events_0.execution_id = 1", "Field name execution_id does not exist", EXECUTION),
    ("events_0.artifact_id = 1", "Unrecognized name", CONTEXT),
    ("events_0.execution_id = 1", "Unrecognized name", CONTEXT),
    ("name = 'exe_with_''", "Unclosed string literal", ALL),
    ("name = 'it''s'", "Syntax error", ALL),
]  # fmt: skip
"""Filters that are refused, words of the error, and the kinds that they are asked of."""

VALID = [
    ("id != 1", ALL),
    ("id IN (1, 3)", ALL),
    ("type_id = 1", ALL),
    ("type_id > 1", ALL),
    ("type_id + 1 > 1", ALL),
    ("type = 'Dataset'", ALL),
    ("type IS NOT NULL", ALL),
    ("uri = 'abc'", ARTIFACT),
    ("uri like 'abc'", ARTIFACT),
    ("uri LIKE 'abc'", ARTIFACT),
    ("uri like 'x%'", ARTIFACT),
    ("uri IS NOT NULL", ARTIFACT),
    ("name = 'a'", ALL),
    ("external_id = 'a'", ALL),
    *[
        (f"{time} {condition}", ALL)
        for time in ("create_time_since_epoch", "last_update_time_since_epoch")
        for condition in ("= 1", "> 1", "+ 1 > 1")
    ],
    *[
        (f"{alias}_{condition}", kinds)
        for alias, kinds in [
            ("contexts", NO_CONTEXT),
            ("artifacts", CONTEXT),
            ("executions", CONTEXT),
            ("child_contexts", CONTEXT),
            ("parent_contexts", CONTEXT),
        ]
        for condition in [
            "0.id = 1",
            "2.name = '1'",
            "abc.type = 'foo'",
            "abc.create_time_since_epoch = 1",
            "abc.last_update_time_since_epoch = 1",
        ]
    ],
    ("type_id = 1 AND uri != 'abc'", ARTIFACT),
    ("type_id = 1 OR uri != 'abc'", ARTIFACT),
    ("NOT(type_id = 1)", ALL),
    ("NOT(type_id = 1) AND (contexts_foo.type = 'bar' OR uri like 'x%')", ARTIFACT),
    ("properties.0.int_value = 1", ALL),
    ("properties.foo.string_value = '2'", ALL),
    ("properties.bar_baz.double_value IS NOT NULL", ALL),
    ("properties.qux.bool_value = true", ALL),
    ("custom_properties.0.double_value > 1.0", ALL),
    ("custom_properties.1.string_value = '2'", ALL),
    ("custom_properties.2.int_value != 0", ALL),
    ("custom_properties.3.bool_value != false", ALL),
    ("properties.`0:b`.int_value = 1", ALL),
    ("custom_properties.`0 b`.string_value != '1'", ALL),
    (
        "properties.`0:b`.int_value = 1 AND properties.foo.double_value = 1 AND"
        " custom_properties.`0 b`.string_value != '1'",
        ALL,
    ),
    ("properties.0.int_value > 1 OR custom_properties.0.int_value > 1 ", ALL),
    (
        "type_id = 1 OR type = 'Dataset' AND contexts_0.name = '1' AND (properties.0.int_value > 1"
        " OR custom_properties.0.int_value > 1) AND custom_properties.1.string_value IS NOT NULL",
        NO_CONTEXT,
    ),
    ("state = PENDING", ARTIFACT),
    ("state=PENDING", ARTIFACT),
    ("state != PENDING", ARTIFACT),
    ("state = LIVE", ARTIFACT),
    ("state = PENDING AND state = LIVE", ARTIFACT),
    ("state IN (PENDING, LIVE)", ARTIFACT),
    ("state NOT IN (DELETED)", ARTIFACT),
    ("last_known_state = RUNNING", EXECUTION),
    ("last_known_state != RUNNING", EXECUTION),
    ("last_known_state = CANCELED", EXECUTION),
    ("last_known_state!=COMPLETE", EXECUTION),
    ("last_known_state IN (COMPLETE, RUNNING)", EXECUTION),
    ("state IS NULL", ARTIFACT),
    ("last_known_state IS NOT NULL", EXECUTION),
    ("events_0.execution_id = 1", ARTIFACT),
    ("events_0.artifact_id = 1", EXECUTION),
    ("events_0.milliseconds_since_epoch = 1", NO_CONTEXT),
    ("events_0.type = INPUT", NO_CONTEXT),
    ("events_0.type=OUTPUT", NO_CONTEXT),
    ("events_0.type IN (OUTPUT, DECLARED_OUTPUT)", NO_CONTEXT),
    # of filter_query_builder_test.cc
    ("(properties.p1.int_value + 2) * 1 = 2", ALL),
    ("properties.p2.double_value > 2.0 / 1.0 - (-0.5)", ALL),
    ("name = \"exe_name_with_'\"", ALL),
    ("properties.unknown.int_value > 0 OR custom_properties.some_property.string_value = '0'", ALL),
    ("contexts_0.name = 'properties.node.node'", NO_CONTEXT),
    ("contexts_0.id = 1 AND contexts_1.id != 2", NO_CONTEXT),
    ("executions_c.id = 1 and artifacts_a.id = 2", CONTEXT),
    ("parent_contexts_a.id = 1 and child_contexts_b.id = 2 and properties.`x y`.int_value = 1",
     CONTEXT),
]  # fmt: skip
"""Filters that are taken, and the kinds that they are asked of."""


def by_kind(cases):
    """Each case once for each of its kinds: (kind, filter, words)."""
    return [(kind, query, *words) for query, *words, kinds in cases for kind in sorted(kinds)]
