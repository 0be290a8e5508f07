"""What people may record on pages, who may, in whose name, and what becomes of mistakes."""

from __future__ import annotations

import getpass
import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from urllib.parse import urlencode

import pytest

from graphstore import Artifact, ArtifactType, Store
from graphstore.errors import InvalidArgument, Unavailable
from graphstore.recording.decisions import Decisions
from graphstore.serving.addresses import Address
from graphstore.serving.security import Security
from graphstore.web import Options, Proxies, Server
from tests.acceptance.conftest import command  # a fixture
from tests.conftest import Server as Neo4j
from tests.conftest import until
from tests.integration.web.test_door import (
    PAGE,
    TOKEN,
    Answer,
    ask,
    cookie_of,
    log_in,
    serve,
    tokens,
)
from tests.processes import listening
from tests.proxy import proxy

__all__ = ["command", "serve"]


def post(server: Server, path: str, headers: dict[str, str] | None = None, **values: str) -> Answer:
    return ask(server, path, "POST", urlencode(values), **{**PAGE, **(headers or {})})


@pytest.fixture
def models(store: Store) -> list[Artifact]:
    store.types.put(ArtifactType(name="Model"))
    return store.artifacts.put_many(
        [Artifact(type="Model", name=f"m{number}") for number in range(3)]
    )


@pytest.fixture
def ann(serve: Any) -> tuple[Server, dict[str, str]]:
    """A server on which people may decide, and the session of one of them."""
    server = serve(security=tokens(ann=TOKEN), write=True)
    return server, {"cookie": cookie_of(log_in(server, TOKEN))}


def refs(found: Any) -> list[str]:
    return [one.ref.short for one in found]


def test_what_is_decided_is_recorded_in_the_name_of_who_decides(store, models, ann):
    server, session = ann
    one, two, _ = refs(models)
    answer = post(
        server,
        f"/{one}/deploy",
        session,
        target="live",
        reason="a\r\nb",
        uri="https://m",
        beside="",
    )
    assert (answer.status, answer.headers["location"]) == (303, f"/{one}#went")
    (deployed,) = store.decisions.deployments()
    said = deployed.execution.properties
    assert (deployed.model.ref.short, deployed.target, deployed.live) == (one, "live", True)
    assert (said["actor"], said["reason"], deployed.deployment.uri) == ("ann", "a\nb", "https://m")
    recorded = store.changes([deployed.execution]).items
    assert {change.by for change in recorded} == {"ann"}

    post(server, f"/{two}/deploy", session, target="live", reason="beside", beside="1")
    assert len(store.decisions.deployments(live=True)) == 2
    of_one = deployed.deployment.ref.short
    answer = post(server, f"/{of_one}/retire", session, reason="it drifts")
    assert (answer.status, answer.headers["location"]) == (303, f"/{of_one}#deployment")
    (live,) = store.decisions.deployments(live=True)
    assert live.model.ref.short == two
    page = ask(server, f"/{of_one}", **PAGE, **session).text
    assert "retired, " in page and "Retire it" not in page


def test_a_decision_has_its_candidates_and_its_rule(store, models, ann):
    server, session = ann
    one, two, three = refs(models)
    answer = post(
        server,
        f"/{one}/decide",
        session,
        verdict="preferred",
        candidates=f"{two}, {one}",
        baseline=three,
        metric="loss",
        threshold="0.1",
        smallest="1",
        criterion="less than it was",
        reason="better",
    )
    assert (answer.status, answer.headers["location"]) == (303, f"/{one}#why")
    (verdict,) = store.explain(one, verify=False).verdicts
    assert verdict.winner.artifact.ref.short == one
    assert verdict.baseline.artifact.ref.short == three
    assert verdict.runner_up is None or verdict.runner_up.artifact.ref.short == two
    assert (verdict.metric, verdict.threshold, verdict.actor) == ("loss", 0.1, "ann")
    assert (verdict.criterion, verdict.reason) == ("less than it was", "better")
    assert post(server, f"/{two}/decide", session, verdict="rejected", reason="worse").status == 303
    newest = store.explain(two, verify=False).verdicts[0]
    assert (newest.winner, newest.reason) == (None, "worse")


@pytest.mark.parametrize(
    ("what", "values", "says"),
    [
        ("deploy", {"reason": "r"}, "a deployment needs a target"),
        ("deploy", {"target": "live"}, "reason: say why"),
        ("deploy", {"target": "live", "reason": "  \r\n"}, "reason: say why"),
        ("decide", {"verdict": "promoted", "reason": "r"}, "expected preferred or rejected"),
        ("decide", {"verdict": "preferred", "candidates": "a2 x", "reason": "r"}, "x"),
        ("decide", {"verdict": "preferred", "baseline": "a1 a2", "reason": "r"}, "one artifact"),
        ("decide", {"verdict": "rejected", "threshold": "1", "reason": "r"}, "name the metric"),
        (
            "decide",
            {"verdict": "rejected", "metric": "m", "threshold": "nan", "reason": "r"},
            "expected a number",
        ),
        ("retire", {"reason": "r"}, "is a Model, and no deployment"),
    ],
)
def test_a_mistake_is_told_beside_the_form_which_keeps_what_was_typed(
    store, models, ann, what, values, says
):
    server, session = ann
    typed = {**values, "criterion": '<i>"typed"</i>'}
    answer = post(server, f"/{models[0].ref.short}/{what}", session, **typed)
    assert answer.status == 400
    assert says in answer.text.replace("&#39;", "'")
    assert 'role="alert"' in answer.text
    for name, value in values.items():
        if name not in ("verdict", "reason") and what != "retire":
            assert f'name="{name}" value="{value}"' in answer.text
    if what == "decide":
        assert 'value="&lt;i&gt;&#34;typed&#34;&lt;/i&gt;"' in answer.text
    if values.get("reason") == "r":
        assert ">\nr</textarea>" in answer.text
    assert not store.decisions.deployments()
    assert "Decision" not in {one.name for one in store.types.all("execution")}


def test_what_was_deleted_meanwhile_is_not_decided_on(store, models, ann):
    server, session = ann
    one, two, _ = refs(models)
    store.delete(one, reason="of no use")
    for what, values in (
        ("deploy", {"target": "live"}),
        ("decide", {"verdict": "rejected"}),
    ):
        answer = post(server, f"/{one}/{what}", session, reason="why I do", **values)
        assert answer.status == 409
        assert "of no use" in answer.text and "why I do" in answer.text
    answer = post(
        server, f"/{two}/decide", session, verdict="preferred", candidates=one, reason="r"
    )
    assert answer.status == 409
    assert post(server, "/a999999/deploy", session, target="t", reason="kept").status == 404
    assert "Decision" not in {one.name for one in store.types.all("execution")}
    page = ask(server, f"/{one}", **PAGE, **session).text
    assert '<form class="decide"' not in page


def test_while_the_store_is_away_nothing_typed_is_lost(store, models, ann, monkeypatch):
    def away(*_: Any, **__: Any) -> None:
        raise Unavailable("neo4j://secret.example went away")

    server, session = ann
    monkeypatch.setattr(Decisions, "deploy", away)
    answer = post(server, f"/{refs(models)[0]}/deploy", session, target="live", reason="kept words")
    assert answer.status == 503
    assert "kept words" in answer.text and "may have been recorded" in answer.text
    assert "secret.example" not in answer.text
    assert 'http-equiv="refresh"' not in answer.text


def test_a_click_too_many_records_nothing_twice(store, models, ann, monkeypatch):
    server, session = ann
    one, two, _ = refs(models)
    (shown,) = {
        re.search(r'name="once" value="([0-9a-f]{32})"', form)[1]  # type: ignore[index]
        for form in ask(server, f"/{one}/deploy", **PAGE, **session).text.split("<form")
        if 'class="decide"' in form
    }
    values = {"target": "live", "reason": "r", "once": shown}
    path = f"/{one}/deploy"
    with ThreadPoolExecutor(4) as clicks:
        answers = list(clicks.map(lambda _: post(server, path, session, **values), range(4)))
    assert {(each.status, each.headers["location"]) for each in answers} == {(303, f"/{one}#went")}
    assert post(server, path, session, **values).status == 303  # and when it is loaded again
    assert len(store.decisions.deployments()) == 1
    # What is typed otherwise, or elsewhere, is another one; so is the form when shown again.
    assert post(server, path, session, **{**values, "reason": "s"}).status == 303
    assert post(server, f"/{two}/deploy", session, **values).status == 303
    assert shown not in ask(server, path, **PAGE, **session).text
    assert len(store.decisions.deployments()) == 3

    # What did not go through goes through when it is sent again.
    deploy, calls = Decisions.deploy, []

    def once_away(*given: Any, **options: Any) -> Any:
        calls.append(given)
        if len(calls) == 1:
            raise InvalidArgument("not now")
        return deploy(*given, **options)

    monkeypatch.setattr(Decisions, "deploy", once_away)
    values["reason"] = "t"
    assert [post(server, path, session, **values).status for _ in range(3)] == [400, 303, 303]
    assert len(calls) == 2 and len(store.decisions.deployments()) == 4


FORMS: dict[str, dict[str, str]] = {
    "deploy": {"target": "live", "reason": "r"},
    "decide": {"verdict": "preferred", "reason": "r"},
    "retire": {"reason": "r"},
}


def recorded(store: Store) -> list[tuple[str, str]]:
    """What people decided, in its order: the type of each and the reason, if there is one."""
    kinds = {"Deploy", "Decision", "Retire"}
    return [
        (one.type, one.properties.get("reason", ""))
        for one in store.executions.list()
        if one.type in kinds and "replaced_by" not in one.properties
    ]


@pytest.mark.parametrize("what", FORMS)
def test_another_server_records_nothing_twice(store, models, serve, what):
    deployed = store.decisions.deploy(models[0], "before", reason="before")
    path = f"/{(deployed.deployment if what == 'retire' else models[1]).ref.short}/{what}"
    values = {**FORMS[what], "once": "0" * 32}
    options = {"security": tokens(ann=TOKEN, bob="token-of-bob"), "write": True}
    first = serve(**options)
    session = {"cookie": cookie_of(log_in(first, TOKEN))}
    assert post(first, path, session, **values).status == 303
    once = recorded(store)
    assert len(once) == 2
    first.stop(5)
    second, third = serve(**options), serve(**options)
    for server in (second, third):
        session = {"cookie": cookie_of(log_in(server, TOKEN))}
        with ThreadPoolExecutor(2) as clicks:
            answers = list(clicks.map(lambda _: post(server, path, session, **values), range(2)))  # noqa: B023
        assert [answer.status for answer in answers] == [303, 303]
    assert recorded(store) == once
    # The same key from somebody else is another form: here what is retired serves no more.
    bob = {"cookie": cookie_of(log_in(second, "token-of-bob"))}
    answer = post(second, path, bob, **values)
    assert answer.status == (409 if what == "retire" else 303)
    assert len(recorded(store)) == (2 if what == "retire" else 3)
    actors = [one.properties["actor"] for one in store.executions.list() if one.type != "Retire"]
    assert actors[1:] == {"deploy": ["ann", "bob"], "decide": ["ann", "bob"], "retire": []}[what]


@pytest.mark.parametrize("what", FORMS)
def test_what_was_recorded_as_the_store_went_away_is_recorded_once(
    server, store, models, serve, monkeypatch, what
):
    publish, cut = Decisions._publish, list[str]()

    def then_cut(*given: Any) -> Any:
        """The next commit is that of the decision: what it asks ids for has them."""
        answer = publish(*given)
        if cut:
            way.cuts = len(cut)
            cut.clear()
        return answer

    monkeypatch.setattr(Decisions, "_publish", then_cut)
    before = store.decisions.deploy(models[0], "before")
    of = {"retire": before.deployment.ref.short}.get(what, models[1].ref.short)
    path, values = f"/{of}/{what}", {**FORMS[what], "once": "0" * 32}
    options = Options(
        address=Address.parse("127.0.0.1:0"),
        security=tokens(ann=TOKEN, bob="token-of-bob"),
        write=True,
    )
    with proxy(server.uri) as way, listening(partial(Server, options=options)) as start:
        there = Neo4j(f"bolt://127.0.0.1:{way.port}", server.user, server.password)
        database = there.connect(max_transaction_retry_time=0.0)
        behind = start(Store(database))
        session = {"cookie": cookie_of(log_in(behind, TOKEN))}
        count = len(recorded(store))
        cut.append("the decision")
        lost = post(behind, path, session, **values)
        assert (lost.status, way.cuts) == (503, 0), lost.text
        assert "may have been recorded" in lost.text and "recorded once" in lost.text
        once = recorded(store)
        assert len(once) == count + 1 and once.count(once[-1]) == 1

        # From the page that was answered, to this server, to another, and loaded again.
        again = {**FORMS[what], **hidden(lost.text)}
        assert again["once"] != values["once"] and again["again"]
        until(lambda: post(behind, path, session, **again).status == 303)
        other = serve(security=options.security, write=True)
        ann = {"cookie": cookie_of(log_in(other, TOKEN))}
        assert post(other, path, ann, **again).status == 303
        assert post(other, path, ann, **values).status == 303
        assert recorded(store) == once

        # With something else in it, it is told what is there, and nothing is lost or recorded.
        changed = post(other, path, ann, **{**again, "reason": "another one"})
        assert changed.status == 409 and "another one" in changed.text
        assert "reason: &#39;r&#39; there" in changed.text and "open it anew" in changed.text
        assert hidden(changed.text)["again"] == again["again"]
        assert recorded(store) == once
        # Nor does the key open anything to somebody else: what they send is their own.
        bob = {"cookie": cookie_of(log_in(other, "token-of-bob"))}
        answer = post(other, path, bob, **again)
        assert answer.status == (409 if what == "retire" else 303)
        assert recorded(store)[: len(once)] == once
        behind.stop(5)
        database.close()


@pytest.mark.parametrize("what", FORMS)
def test_what_was_not_recorded_as_the_store_was_away_may_be_changed(
    store, models, ann, monkeypatch, what
):
    server, session = ann
    deployed = store.decisions.deploy(models[0], "before")
    path = f"/{(deployed.deployment if what == 'retire' else models[1]).ref.short}/{what}"
    name = {"decide": "record"}.get(what, what)
    with monkeypatch.context() as patch:

        def away(*_: Any, **__: Any) -> None:
            raise Unavailable("away")

        patch.setattr(Decisions, name, away)
        lost = post(server, path, session, **FORMS[what], once="0" * 32)
    assert lost.status == 503
    again = {**FORMS[what], **hidden(lost.text)}
    count = len(recorded(store))
    until(lambda: post(server, path, session, **{**again, "reason": "mended"}).status == 303)
    assert recorded(store)[-1][1] == "mended" and len(recorded(store)) == count + 1


def test_a_decision_is_known_again_when_what_it_is_about_was_deleted(store, models, ann):
    server, session = ann
    one, two, _ = refs(models)
    values = {"verdict": "preferred", "candidates": two, "reason": "r", "once": "0" * 32}
    assert post(server, f"/{one}/decide", session, **values).status == 303
    store.delete(two)
    assert post(server, f"/{one}/decide", session, **values).status == 303
    assert recorded(store) == [("Decision", "r")]
    assert post(server, f"/{one}/decide", session, **{**values, "reason": "s"}).status == 409
    assert recorded(store) == [("Decision", "r")]


def hidden(page: str) -> dict[str, str]:
    """The fields of the form on a page that nobody types into."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))


def test_without_write_pages_have_no_forms_and_say_how(store, models, serve):
    server = serve()
    one = refs(models)[0]
    assert 'form class="decide"' not in ask(server, f"/{one}", **PAGE).text
    for answer in (
        post(server, f"/{one}/deploy", target="live", reason="r"),
        ask(server, f"/{one}/deploy", **PAGE),
    ):
        assert answer.status == 403 and "--write" in answer.text
    assert not store.decisions.deployments()


def test_who_may_only_read_sees_no_form_and_is_refused(store, models, serve, tmp_path):
    file = tmp_path / "tokens"
    file.write_text("ann token-of-ann role=read\nbob token-of-bob role=write\n")
    server = serve(security=Security.read(token_file=file), write=True)
    one = refs(models)[0]
    ann = {"cookie": cookie_of(log_in(server, "token-of-ann"))}
    bob = {"cookie": cookie_of(log_in(server, "token-of-bob"))}
    assert 'form class="decide"' not in ask(server, f"/{one}", **PAGE, **ann).text
    assert 'form class="decide"' in ask(server, f"/{one}", **PAGE, **bob).text
    assert 'form class="decide"' not in ask(server, f"/{one}?as_of=2100-01-01", **PAGE, **bob).text
    refused = post(server, f"/{one}/deploy", ann, target="live", reason="r")
    assert refused.status == 403 and "role read" in refused.text and "<h1>" in refused.text
    assert ask(server, f"/{one}/deploy", **PAGE, **ann).status == 403
    assert not store.decisions.deployments()
    assert post(server, f"/{one}/deploy", bob, target="live", reason="r").status == 303
    assert store.decisions.deployments()[0].execution.properties["actor"] == "bob"


def test_no_other_sites_page_and_nothing_but_a_form_decides(store, models, ann):
    server, session = ann
    path, values = f"/{refs(models)[0]}/deploy", {"target": "live", "reason": "r"}
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        assert post(server, path, {**session, "origin": origin}, **values).status == 403
    # What another site's page can send without being asked for, and what no form sends.
    body = urlencode(values)
    for type_ in ("text/plain", "multipart/form-data", "application/json", ""):
        headers = {**session, **PAGE, "content_type": type_}
        assert ask(server, path, "POST", body, **headers).status == 415
    evil = {**session, "origin": "https://evil.example", "content_type": "application/grpc-web"}
    assert ask(server, path, "POST", body, **evil).status in (403, 415)
    for method in ("GET", "HEAD"):  # an image of another site's page is asked for so
        assert ask(server, f"{path}?{body}", method, **session, **PAGE).status == 200
    for method in ("PUT", "DELETE", "PATCH"):
        assert ask(server, path, method, **session, **PAGE).status == 405
    assert not store.decisions.deployments()
    ours = f"http://127.0.0.1:{server.address.port}"
    assert post(server, path, {**session, "origin": ours}, **values).status == 303


def test_a_session_that_ended_says_how_to_send_it_all_the_same(store, models, ann):
    server, _ = ann
    answer = post(server, f"/{refs(models)[0]}/deploy", target="live", reason="r")
    assert answer.status == 401
    assert "load this page again" in answer.text
    assert ask(server, "/api/v1/lineage", "POST", "{}").headers["content-type"] == (
        "application/json"
    )


def test_a_form_is_bounded(store, models, ann):
    server, session = ann
    path = f"/{refs(models)[0]}/deploy"
    assert post(server, path, session, target="t", reason="x" * 100_000).status == 413
    assert post(server, path, session, **{f"f{at}": "x" for at in range(200)}).status == 400
    assert post(server, f"{path}?as_of=2026-01-01", session, target="t", reason="r").status == 400
    assert not store.decisions.deployments()


def test_who_is_let_in_by_the_link_decides_as_who_runs_the_server(store, models, serve):
    server = serve(link="the-link", write=True)
    session = {"cookie": cookie_of(ask(server, "/login?token=the-link", **PAGE))}
    assert post(server, f"/{refs(models)[0]}/deploy", target="t", reason="r").status == 401
    answer = post(server, f"/{refs(models)[0]}/deploy", session, target="t", reason="r")
    assert answer.status == 303
    (deployed,) = store.decisions.deployments()
    assert deployed.execution.properties["actor"] == getpass.getuser()


def test_nobody_decides_where_nobody_is_known(store):
    local = Address.parse("127.0.0.1:0")
    with pytest.raises(InvalidArgument, match="in the name of who takes it"):
        Server(store, Options(address=local, write=True))
    anybody = Security(anybody=True)
    with pytest.raises(InvalidArgument, match="in the name of who takes it"):
        Server(store, Options(address=local, write=True, security=anybody))
    proxies = Proxies.parse(["10.0.0.5"])
    assert Options(address=local, write=True, proxies=proxies).why_not("ann") == ""
    assert "commonName" in Options(address=local, write=True).why_not(None)


def test_the_command_refuses_what_nobody_would_be_named_for(command):
    for options, says in (
        (["--http", "127.0.0.1:0"], "in the name of who takes it"),
        (["--http", "127.0.0.1:0", "--anybody"], "in the name of who takes it"),
        (["--grpc", "127.0.0.1:0"], "are about HTTP: give --http"),
    ):
        result = command("serve", "--write", *options)
        assert result.code == 2, result
        assert says in " ".join(result.err.split()), result
