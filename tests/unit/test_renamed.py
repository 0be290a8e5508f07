"""The names that functions, options and classes had before."""

from __future__ import annotations

import importlib
import inspect
import pickle
import sys
from dataclasses import fields
from types import SimpleNamespace

import pytest

import graphstore
from graphstore.errors import InvalidArgument
from graphstore.questions import production
from graphstore.questions.resolve import Resolve
from graphstore.recording.decisions import Decisions
from graphstore.storage.writing.batch import Batch, PutOptions
from graphstore.store import Store
from graphstore.system import moved
from graphstore.system.renamed import renamed_function, renamed_names, renamed_options


@renamed_options(n="limit", last="newest")
def ask(what, *, limit=1, newest=None):
    """What is asked."""
    return what, limit, newest


class Asker:
    def new(self, one, two=2):
        """What it does."""
        return self, one, two

    old = renamed_function("old", new)


def test_an_option_by_its_old_name_is_taken_and_warns_where_it_is_given():
    with pytest.warns(DeprecationWarning, match=r"option n of ask\(\) is called limit") as records:
        assert ask("x", n=5) == ("x", 5, None)
    assert [one.filename for one in records] == [__file__]
    with pytest.warns(DeprecationWarning) as records:
        assert ask("x", n=None, last=3) == ("x", None, 3)
    assert len(records) == 2


def test_an_option_by_its_new_name_does_not_warn():
    assert ask("x") == ("x", 1, None)
    assert ask("x", limit=2, newest=3) == ("x", 2, 3)


def test_both_names_of_an_option_are_refused():
    with pytest.raises(TypeError, match=r"ask\(\) was given limit and n, its old name"):
        ask("x", n=1, limit=1)


def test_help_has_the_new_names_alone():
    assert list(inspect.signature(ask).parameters) == ["what", "limit", "newest"]
    assert ask.__doc__ == "What is asked."


def test_a_method_by_its_old_name_is_the_new_one_and_warns_where_it_is_called():
    one = Asker()
    with pytest.warns(
        DeprecationWarning, match=r"Asker.old\(\) is called Asker.new\(\)"
    ) as records:
        assert one.old(1, two=3) == (one, 1, 3)
    assert [warning.filename for warning in records] == [__file__]


def test_an_old_name_of_a_method_has_no_docstring_so_that_the_reference_leaves_it_out():
    assert inspect.getdoc(Asker.old) is None
    assert (Asker.old.__name__, Asker.old.__qualname__) == ("old", "Asker.old")
    assert Asker.new.__doc__ == "What it does."


def test_a_name_in_a_module_by_its_old_name_is_the_new_one():
    find = renamed_names("graphstore.store", {"Shop": "Store", "Ask": "questions.resolve.Resolve"})
    message = r"graphstore\.store\.Shop is called graphstore\.store\.Store now"
    with pytest.warns(DeprecationWarning, match=message) as records:
        assert find("Shop") is Store
    assert [warning.filename for warning in records] == [__file__]
    with pytest.warns(DeprecationWarning, match=r"graphstore\.questions\.resolve\.Resolve now"):
        assert find("Ask") is Resolve
    with pytest.raises(AttributeError, match=r"module 'graphstore\.store' has no attribute 'Nope'"):
        find("Nope")


def test_what_is_decorated_can_be_pickled():
    assert pickle.loads(pickle.dumps(ask)) is ask


# What has other names now


@pytest.mark.parametrize("method", ["latest", "latest_blessed", "latest_pushed", "latest_spans"])
def test_how_many_at_most_was_n(method):
    class Nothing(Resolve):
        def __init__(self):
            pass

        def _rows(self, query, parameters):
            assert parameters["limit"] == 7
            return []

    with pytest.warns(DeprecationWarning, match=rf"Resolve\.{method}\(\) is called limit now"):
        assert getattr(Nothing(), method)(type="Model", n=7) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("questions.comparison.Comparison", "questions.compare.Comparison"),
        ("questions.diff.Divergence", "questions.diff.Diff"),
        ("questions.divergence.diff_lineage", "questions.diff.diff"),
        ("questions.passport.Passport", "questions.explanation.Explanation"),
        ("questions.rerun.Rerun", "questions.can_rerun.CanRerun"),
        ("questions.root_cause.RootCauses", "questions.common_ancestors.CommonAncestors"),
        ("recording.cache.Explanation", "recording.cache.CacheExplanation"),
        ("recording.decisions.InProduction", "questions.production.InProduction"),
    ],
)
def test_the_class_of_an_answer_has_its_old_name_too(old, new):
    (module, _, name), (home, _, new_name) = old.rpartition("."), new.rpartition(".")
    if moved.new_name(f"graphstore.{module}"):
        sys.modules.pop(f"graphstore.{module}", None)  # it warns as it is imported
    with pytest.warns(DeprecationWarning, match="now; the old name goes with the next release"):
        value = getattr(importlib.import_module(f"graphstore.{module}"), name)
    assert value is getattr(importlib.import_module(f"graphstore.{home}"), new_name)


def test_what_is_in_production_can_be_asked_of_decisions(monkeypatch):
    calls = []
    monkeypatch.setattr(production, "production", lambda *args, **options: calls.append(options))
    decisions = object.__new__(Decisions)
    decisions._database = None
    with pytest.warns(DeprecationWarning, match=r"is called Store\.production\(\) now"):
        decisions.production(target="prod")
    assert calls == [{"target": "prod"}]


def test_the_old_name_of_diff_is_still_a_method():
    class Same(Store):
        def __init__(self):
            self.lineage = SimpleNamespace(at=lambda as_of: None)

    with (
        pytest.warns(
            DeprecationWarning, match=r"Store\.diff_lineage\(\) is called Store\.diff\(\)"
        ),
        pytest.raises(InvalidArgument, match=r"max_nodes|names no node"),
    ):
        Same().diff_lineage("x", "y")


@pytest.mark.parametrize(
    "ask",
    [
        lambda store, batch: store.put(batch, PutOptions(once=True, fields={"artifact": ["uri"]})),
        lambda store, batch: store.put(
            batch, options=PutOptions(once=True, fields={"artifact": ["uri"]})
        ),
        lambda store, batch: store.put(batch, PutOptions(fields={"artifact": ["uri"]}), once=True),
    ],
)
def test_options_of_put_are_taken_as_an_object_too(ask):
    class Writes:
        put = staticmethod(lambda batch, options: (batch, options))

    class Writing(Store):
        def __init__(self):
            self._writer = Writes()

    batch = Batch()
    with pytest.warns(DeprecationWarning, match=r"Store\.put\(\) takes .* as keywords") as records:
        answer = ask(Writing(), batch)
    assert answer == (batch, PutOptions(once=True, fields={"artifact": ["uri"]}))
    assert [one.filename for one in records] == [__file__]
    assert Writing().put(batch) == (batch, PutOptions())
    assert answer == Writing().put(batch, once=True, fields={"artifact": ["uri"]})


def test_the_keywords_of_put_are_the_fields_of_its_options():
    parameters = inspect.signature(Store.put).parameters
    assert list(parameters)[2:] == [field.name for field in fields(PutOptions)]


def test_the_class_of_the_options_can_be_imported_for_one_release():
    with pytest.warns(DeprecationWarning, match=r"the keywords of Store\.put\(\)"):
        assert graphstore.PutOptions is PutOptions
    assert "PutOptions" not in graphstore.__all__
