"""Neo4j Browser in Chromium: every question and picture is pasted into it, and has to answer.

The screenshots are kept in GRAPHSTORE_SCREENSHOTS, if that is set (`tests/chromium.py`).
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from graphstore import Store, local
from graphstore.cli.browsing import question, questions, style
from graphstore.database.queries import QUERIES, folder
from graphstore.interop.mlmd_import import import_mlmd
from graphstore.render.picture import Box
from graphstore.render.style import look
from tests.chromium import chromium, keep
from tests.conftest import IRIS, ROOT, empty
from tests.processes import neo4j_variables

pytest.importorskip("playwright")

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STORE = "pictures"
EDITOR = "#monaco-main-editor textarea"
ALL = questions()
GRASS = folder() / "browse" / "graphstore.grass"
CLIPBOARD = ["clipboard-read", "clipboard-write"]


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Iterator[Path]:
    """A folder for local stores of our own."""
    path = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRAPHSTORE_HOME", str(path))
        yield path


@pytest.fixture(scope="module")
def pictures(home) -> Iterator[local.LocalServer]:
    """A local store, which `graphstore browser --store` finds."""
    yield local.up(STORE, heap="512m", page_cache="64m")
    local.down(STORE)


@pytest.fixture(scope="module", params=["tfx", "recorded"])
def history(request, pictures, tmp_path_factory) -> dict[str, Any]:
    """A history in the store, and what to ask of it: a value for each parameter that is an id."""
    with Store.open(pictures.uri, auth=(pictures.user, pictures.password)) as store:
        empty(store.database)
        if request.param == "tfx":
            import_mlmd(store, IRIS)
            return {
                "artifact_id": 45,
                "execution_id": 44,
                "context_id": 1,
                "artifact_ids": [32, 45],
                "bad_ids": [42],
                "good_ids": [34, 48],
            }
        return _record(store, pictures, tmp_path_factory.mktemp("pipeline"))


def _record(store: Store, server: local.LocalServer, where: Path) -> dict[str, Any]:
    """Three runs of the example, of which the last fails, a decision and two deployments."""
    for arguments in ([], [], ["--regularisation", "0.1"]):
        subprocess.run(
            [sys.executable, ROOT / "examples" / "training_pipeline.py", *arguments],
            cwd=where,
            env={
                **os.environ,
                **neo4j_variables(server),
            },
            check=True,
            capture_output=True,
            timeout=180,
        )
    models = sorted(model.id for model in store.artifacts.list(type="Model"))
    runs = sorted(run.id for run in store.contexts.list(type="PipelineRun"))
    trainers = sorted(step.id for step in store.executions.list(type="Trainer"))
    (pipeline,) = store.contexts.list(type="Pipeline")
    assert (len(models), len(runs), len(trainers)) == (3, 3, 3)
    store.decisions.record(
        models[0], candidates=models, metric="accuracy", threshold=0.9, reason="as good, and older"
    )
    store.decisions.deploy(models[1], "production")
    store.decisions.deploy(models[0], "production", reason="preferred")
    return {
        "artifact_id": models[0],
        "execution_id": trainers[1],
        "context_id": pipeline.id,
        "artifact_ids": [models[0], models[2]],
        "bad_ids": [runs[2]],
        "good_ids": runs[:2],
    }


class Screen:
    """A page with Neo4j Browser, logged in."""

    def __init__(self, page: Any, server: local.LocalServer, folder: Path) -> None:
        self.page, self._server, self._folder = page, server, folder
        self.has_params = False
        self.open(server.browser_url)

    def open(self, url: str) -> None:
        """Go to an address of the Browser's, and log in if it asks."""
        self.page.goto(url)
        self.page.wait_for_function(
            "() => document.querySelector('[data-testid=password]')"
            " || document.body.innerText.includes('You are connected as user')"
        )
        if self.page.get_by_test_id("password").count():
            self.page.get_by_test_id("password").fill(self._server.password)
            self.page.get_by_test_id("connect").click()
        self.page.get_by_text("You are connected as user").first.wait_for()

    def paste(self, text: str) -> Any:
        """Put a text into the editor as a person does, and run it; the frame that it makes."""
        self.page.evaluate("text => navigator.clipboard.writeText(text)", text)
        self.page.locator(EDITOR).focus()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.press("Control+V")
        return self.run()

    def run(self) -> Any:
        """Run what is in the editor; the frame that it makes, once it is done."""
        before = self.page.get_by_test_id("frame").count()
        self.page.locator(EDITOR).focus()
        self.page.keyboard.press("Control+Enter")
        self.page.wait_for_function(
            "count => document.querySelectorAll('[data-testid=frame]').length > count", arg=before
        )
        return self.page.get_by_test_id("frame").first

    def clear(self) -> None:
        """Take all frames away."""
        self.page.evaluate("text => navigator.clipboard.writeText(text)", ":clear")
        self.page.locator(EDITOR).focus()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.press("Control+V")
        self.page.keyboard.press("Control+Enter")
        self.page.wait_for_function("() => !document.querySelector('[data-testid=frame]')")

    def set(self, name: str, value: object) -> None:
        """Set a parameter."""
        self.paste(f":param {name} => {value}").get_by_text(f'"{name}"').first.wait_for()

    def answer(self, frame: Any) -> Any:
        """The frame, once the server has answered; its error if that is what it says."""
        frame.get_by_test_id("frame-loaded-contents").wait_for()
        error = frame.get_by_test_id("cypherFrameErrorMessage")
        assert not error.count(), error.inner_text()
        return frame

    def keep(self, name: str) -> Path:
        """A screenshot."""
        return keep(self.page, name, self._folder)


@pytest.fixture(scope="module")
def tabs(pictures, tmp_path_factory) -> Iterator[Callable[[], Screen]]:
    """Opens a tab with Neo4j Browser, logged in."""
    with chromium() as browser:
        context = browser.new_context(
            viewport={"width": 1500, "height": 900}, permissions=CLIPBOARD
        )
        context.set_default_timeout(120_000)  # a busy machine is no error
        shots = tmp_path_factory.mktemp("screens")
        yield lambda: Screen(context.new_page(), pictures, shots)


@pytest.fixture(scope="module")
def screen(tabs) -> Screen:
    """The tab that questions are pasted into: parameters stay set in it."""
    return tabs()


@pytest.fixture
def fresh(tabs) -> Iterator[Screen]:
    """A tab of its own."""
    screen = tabs()
    yield screen
    screen.page.close()


@pytest.fixture(scope="module")
def params(screen, history) -> dict[str, Any]:
    """`cypher/params.cypher`, pasted once, and then a `:param` for each id of this history."""
    text = (folder() / "params.cypher").read_text(encoding="utf-8")
    if not screen.has_params:
        frame = screen.paste(text)
        last = re.findall(r"(?m)^:param (\w+)", text)[-1]
        frame.get_by_text(f":param {last}").first.wait_for()
        icons = frame.get_by_test_id("multi-statement-list-icon")
        screen.page.wait_for_function(
            "() => ![...document.querySelectorAll('[data-testid=multi-statement-list-icon]')]"
            ".some(icon => /pending|waiting/i.test(icon.outerHTML))"
        )
        outcomes = icons.evaluate_all("icons => icons.map(icon => icon.title)")
        names = re.findall(r"(?m)^:param (\w+)", text)
        pairs = zip(names, outcomes, strict=True)
        # What comes behind a mistake is skipped.
        assert [pair for pair in pairs if pair[1] != "Status: success"] == []
        screen.has_params = True
    for name, value in history.items():
        screen.set(name, value)
    return history


# Each of one of the histories; without Browser each is asked of both, by test_browser_questions.py
# and test_browser_recorded.py of tests/integration.
@pytest.mark.parametrize(
    ("history", "entry"),
    [
        pytest.param(("tfx", "recorded")[number % 2], entry, id=entry.query.name)
        for number, entry in enumerate(ALL)
    ],
    indirect=["history"],
    scope="module",
)
def test_pasted_each_question_shows_its_answer(entry, screen, params, history, request):
    if "context_id" in entry.query.parameters:  # of a run, or of its pipeline
        of_run = entry.query.name in ("questions.who_triggered_the_run", "browse.run")
        screen.set("context_id", params["good_ids"][0] if of_run else params["context_id"])
    screen.clear()
    frame = screen.answer(screen.paste(entry.query.text))
    try:
        if re.search(r"(?m)^// returns: .*\(node\)", entry.query.text):
            frame.locator("svg g.node").first.wait_for()
            assert frame.locator("svg g.node").count() > 1
            assert frame.locator("svg g.relationship").count() > 0
        else:
            frame.locator("tbody tr").first.wait_for()
            status = frame.get_by_test_id("frameStatusbar").inner_text()
            assert int(re.search(r"streaming (\d+) records", status)[1]) > 0
            assert tuple(frame.locator("th").all_inner_texts()[1:]) == entry.query.returns
    finally:
        screen.keep(f"browser-{request.node.callspec.params['history']}-{entry.name}")


def test_the_answers_are_those_of_the_history(screen, params, history, request):
    """What a person reads in three of the frames, of histories that we know."""
    screen.clear()
    frame = screen.answer(screen.paste(QUERIES["questions.hyperparameters"].text))
    cells = frame.locator("tbody tr").first.locator("td")
    cells.first.wait_for()
    values = {
        row.locator("td").nth(1).inner_text(): row.locator("td").nth(2).inner_text()
        for row in frame.locator("tbody tr").all()
    }
    if params["artifact_id"] == 45:
        assert values['"learning_rate"'] == '"0.02"'
        assert values['"train_args.num_steps"'] == '"200"'
    else:
        assert values['"regularisation"'] == "1.0"


def test_the_command_fills_a_question_in(fresh, history, pictures, home):
    id_ = f"a{history['artifact_id']}"
    result = _graphstore(home, "browser", "where-was-it-pushed", id_, "--store", STORE, "--print")
    assert pictures.password in result.stdout
    fresh.open(re.search(r"browser: +(\S+)", result.stdout)[1])
    query = question("where_was_it_pushed")
    text, _ = query.text([id_])
    assert f"(:Artifact {{id: {id_[1:]}}})" in text
    first = fresh.page.locator("#monaco-main-editor .view-line").first
    assert first.inner_text().replace("\xa0", " ") == text.partition("\n")[0]
    frame = fresh.answer(fresh.run())
    frame.locator("tbody tr").first.wait_for()
    assert tuple(frame.locator("th").all_inner_texts()[1:]) == query.query.returns
    fresh.keep(f"browser-filled-in-{id_}")


@pytest.mark.parametrize("history", ["tfx"], indirect=True)
@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--list"], 0, "Which data trained a model"),
        (["what_traind_it", "a45"], 3, "did you mean what_trained_it"),
        (["what-trained-it", "e44"], 2, "asked of an artifact; e44 is an execution"),
        (["what-trained-it"], 2, "asked of an artifact, e.g. a45"),
        (["what-trained-it", "a4500"], 3, "no artifact has id 4500"),
        (["what-trained-it", "45;"], 2, "names no node"),
        (["what-do-bad-runs-share", "c42", "--good", "c4200"], 3, "no context has id 4200"),
        (["--good", "c42"], 2, "--good needs a question"),
        (["upstream", "a45", "--style"], 2, "--style fills in the colours"),
    ],
)
def test_the_command_says_what_it_expects(history, home, arguments, code, says):
    result = _graphstore(home, "browser", *arguments, "--store", STORE, "--no-open", code=code)
    assert says in result.stdout + result.stderr


@pytest.mark.parametrize("history", ["tfx"], indirect=True)
def test_where_there_is_no_web_browser_the_address_is_printed(history, home):
    # A web browser that cannot be started, which is what a machine without a screen has.
    none = {"BROWSER": "/nowhere/no-such-browser", "DISPLAY": "", "PATH": "/nowhere"}
    result = _graphstore(home, "browser", "upstream", "a45", "--store", STORE, code=1, **none)
    assert "cmd=edit&arg=" in result.stdout
    assert "open the address yourself" in result.stderr


COLOURS = dict(re.findall(r"(?m)^node\.(\w+) \{[^}]*?\bcolor: (#\w+);", GRASS.read_text("utf-8")))


def _fills(frame: Any, label: str) -> set[str]:
    """The colours of the circles of nodes whose caption begins so."""
    frame.locator("svg g.node").first.wait_for()
    return set(
        frame.evaluate(
            "(frame, label) => [...frame.querySelectorAll('g.node')]"
            ".filter(node => node.textContent.trim().startsWith(label))"
            ".map(node => node.querySelector('circle.b-outline').getAttribute('fill'))",
            label,
        )
    )


def test_the_style_has_the_colours_of_the_other_pictures():
    for kind in ("artifact", "execution", "context"):
        assert COLOURS[kind.title()] == look(Box("", "", kind)).fill


@pytest.mark.parametrize("history", ["tfx"], indirect=True)
def test_the_style_file_can_be_dropped_into_the_window(fresh, history):
    fresh.paste(":style reset")
    fresh.page.evaluate(
        "text => { const files = new DataTransfer();"
        " files.items.add(new File([text], 'graphstore.grass'));"
        " for (const type of ['dragenter', 'dragover', 'drop'])"
        " document.querySelector('[data-testid=activeEditor]').dispatchEvent("
        " new DragEvent(type, {dataTransfer: files, bubbles: true, cancelable: true})) }",
        GRASS.read_text(encoding="utf-8"),
    )
    fresh.page.get_by_text("node.Model").first.wait_for()
    fresh.clear()
    text, _ = question("upstream").text(["a45"])
    frame = fresh.answer(fresh.paste(text))
    for type_ in ("Model", "Trainer", "Examples"):
        assert _fills(frame, type_) == {COLOURS[type_]}
    fresh.keep("browser-style-dropped")


@pytest.mark.parametrize("history", ["tfx"], indirect=True)
def test_the_style_is_filled_in_by_the_command(fresh, history, home):
    fresh.paste(":style reset")
    result = _graphstore(home, "browser", "--style", "--store", STORE, "--no-open")
    fresh.open(re.search(r"browser: +(\S+)", result.stdout)[1])
    fresh.run().get_by_text("node.Model").first.wait_for()
    fresh.clear()
    frame = fresh.answer(fresh.paste(QUERIES["browse.model_chain"].text))
    red, green, blue = (int(COLOURS["Trainer"][place : place + 2], 16) for place in (1, 3, 5))
    assert _fills(frame, "Trainer") == {f"rgb({red}, {green}, {blue})"}
    assert "#" not in style()
    fresh.keep("browser-style-filled-in")


def _graphstore(
    home: Path, *arguments: str, code: int = 0, **environment: str
) -> subprocess.CompletedProcess[str]:
    result = subprocess.run(
        [sys.executable, "-m", "graphstore", *arguments],
        env={**os.environ, "GRAPHSTORE_HOME": str(home), **environment},
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert result.returncode == code, result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    return result
