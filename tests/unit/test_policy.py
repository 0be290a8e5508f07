"""Policies of retention: what is one, and which rule holds."""

import pytest

from graphstore import InvalidArgument
from graphstore.deletion import Policy, PolicyRule
from graphstore.errors import FailedPrecondition

WHOLE = """
reason = "90 days"

[pipeline."nightly-*"]
keep_last = 10
keep_days = 90
keep_deployed = false
states = ["FAILED", "COMPLETE"]

[pipeline."*"]
keep_days = 365
"""


def test_a_policy_says_what_is_kept_of_which_pipelines():
    policy = Policy.parse(WHOLE)
    assert policy.reason == "90 days"
    nightly = PolicyRule("nightly-*", 10, 90, False, ("FAILED", "COMPLETE"))
    assert policy.rules == (nightly, PolicyRule("*", 0, 365, True, ()))
    assert policy.rule_of("nightly-eu") is policy.rules[0]
    assert policy.rule_of("other") is policy.rules[1]


def test_without_a_rule_for_it_all_of_a_pipeline_is_kept():
    assert Policy.parse("[pipeline.iris]\nkeep_last = 1").rule_of("Iris") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "names no pipeline"),
        ("pipeline = 1", "names no pipeline"),
        ("keep_last = 1", "a policy has no 'keep_last'; there are reason, pipeline"),
        ("[pipeline.x]\nkeep_lsat = 1", "pipeline 'x' has no 'keep_lsat'; there are keep_last"),
        ("[pipeline.x]\nkeep_last = -1", "0 or more, found -1"),
        ("[pipeline.x]\nkeep_last = true", "a whole number, 0 or more, found True"),
        ("[pipeline.x]\nkeep_last = '1'", "a whole number"),
        ("[pipeline.x]\nkeep_days = 1.5", "a whole number"),
        ("[pipeline.x]\nkeep_deployed = 1\nkeep_last = 1", "true or false, found 1"),
        ("[pipeline.x]\nkeep_last = 1\nstates = []", "states: expected texts"),
        ("[pipeline.x]\nkeep_last = 1\nstates = [1]", "states: expected texts"),
        ("[pipeline.x]\nkeep_last = 1\nstates = 'FAILED'", "a list"),
        ("[pipeline.x]\nkeep_deployed = true", "say keep_last or keep_days"),
        ("[pipeline.x]", "say keep_last or keep_days"),
        ("[pipeline]\nx = 1", "expected a table"),
        ("reason = 1\n[pipeline.x]\nkeep_last = 1", "reason: expected a text"),
        ("[pipeline.x", "no TOML"),
    ],
)
def test_what_is_none_is_refused_and_named(text, words, tmp_path):
    with pytest.raises(InvalidArgument, match=words.replace("[", r"\[")):
        Policy.parse(text)
    file = tmp_path / "policy.toml"
    file.write_text(text)
    with pytest.raises(InvalidArgument, match=r"policy\.toml: "):
        Policy.load(file)


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(FailedPrecondition, match="cannot read"):
        Policy.load(tmp_path / "none.toml")
