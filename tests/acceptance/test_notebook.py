"""The answers in a notebook: a real one is run, turned into a page, and looked at in Chromium."""

import sys

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from graphstore import Artifact
from graphstore.interop.mlmd_import import import_mlmd
from tests.chromium import chromium, keep
from tests.conftest import IRIS

OPEN = """
from graphstore import Store

store = Store.open()
"""
HTML = {"text/plain", "text/html"}
ANSWERS = {
    "store.explain(45)": (HTML, "Passport of Model a45"),
    "store.compare(5, 45, 54, metric='accuracy')": (HTML, "3 artifacts, by accuracy"),
    "store.history('iris', metric='accuracy')": (HTML, "iris (c1): 7 runs"),
    "store.impact(1)": (HTML, "Examples a1 reached 6 deployments (1 live)"),
    "store.diff(45, 54)": (HTML, "They first diverge at"),
    "store.common_ancestors([45, 54], [5, 14])": (HTML, "What 2 bad have in common"),
    "store.can_rerun(44)": (HTML, "Can it be run again? Trainer e44: amber"),
    "store.lineage.upstream(14)": (
        {"text/plain", "text/vnd.mermaid", "image/svg+xml"},
        "What artifact 14 was made from",
    ),
}
HOSTILE = "<script>document.title='pwned'</script><img src=x onerror=\"document.title='pwned'\">"


@pytest.fixture
def run(server, tmp_path, monkeypatch):
    """A factory: runs cells in a kernel of their own, and answers the notebook."""
    for name, value in (
        ("NEO4J_URI", server.uri),
        ("NEO4J_USERNAME", server.user),
        ("NEO4J_PASSWORD", server.password),
        ("GRAPHSTORE_HOME", str(tmp_path / "home")),
        ("IPYTHONDIR", str(tmp_path / "ipython")),
        # A debugger that is frozen into the interpreter warns, and nobody debugs here.
        ("PYDEVD_DISABLE_FILE_VALIDATION", "1"),
    ):
        monkeypatch.setenv(name, value)

    def run(*cells):
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in [OPEN, *cells, "store.close()"]],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        client = NotebookClient(
            notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}
        )
        client.create_kernel_manager()
        # The interpreter of the tests, whatever kernels are installed beside it.
        client.km.kernel_cmd = [
            sys.executable,
            "-m",
            "ipykernel_launcher",
            "-f",
            "{connection_file}",
        ]
        return client.execute()

    return run


def outputs_of(notebook):
    """What each cell showed: a bundle of texts by type."""
    return [{} if not cell.outputs else cell.outputs[-1].data for cell in notebook.cells[1:-1]]


def to_page(notebook, path, theme):
    page, _ = HTMLExporter(theme=theme).from_notebook_node(notebook)
    path.write_text(page, encoding="utf-8")
    return path.as_uri()


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_answer_shows_itself(store, run, tmp_path, theme):
    import_mlmd(store, IRIS)
    notebook = run(*ANSWERS)
    for (code, (types, content)), bundle in zip(ANSWERS.items(), outputs_of(notebook), strict=True):
        assert set(bundle) == types, code
        assert content in bundle.get("text/html", bundle["text/plain"]), code
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1200, "height": 900}, color_scheme=theme)
        page.context.set_offline(True)
        page.goto(to_page(notebook, tmp_path / "notebook.html", theme))
        keep(page, f"notebook-{theme}", tmp_path, full_page=True)
        pieces = page.locator(".graphstore")
        assert pieces.count() == len(ANSWERS) - 1
        content = page.locator("body").inner_text()
        assert all(text in content for types, text in ANSWERS.values() if types == HTML)
        assert page.locator(".jp-RenderedSVG img").count() == 1
        # Nothing runs out of the page; what is wide can be moved within itself.
        assert page.evaluate("document.body.scrollWidth <= innerWidth")
        # Ink and ground are those of the notebook, far enough apart to read.
        assert page.evaluate(_CONTRAST) > 4.5


# Of the text of all cells on what is painted behind it, the least contrast (WCAG 2).
_CONTRAST = """() => {
  const parts = (text) => {
    const numbers = text.match(/[\\d.]+/g).map(Number);
    return numbers.length < 4 ? [...numbers, 1] : numbers;
  };
  const over = (top, under) =>
    top.slice(0, 3).map((colour, i) => colour * top[3] + under[i] * (1 - top[3]));
  const light = (colours) => {
    const linear = (c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    const [red, green, blue] = colours.map((colour) => linear(colour / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (cell) => {
    let ground = [255, 255, 255], seen = 1;
    const above = [];
    for (let node = cell; node; node = node.parentElement) above.unshift(node);
    for (const node of above) {
      const style = getComputedStyle(node);
      ground = over(parts(style.backgroundColor), ground);
      seen *= Number(style.opacity);
    }
    const ink = parts(getComputedStyle(cell).color);
    ink[3] *= seen;
    const [one, other] = [light(over(ink, ground)), light(ground)].sort((a, b) => b - a);
    return (one + 0.05) / (other + 0.05);
  };
  const cells = document.querySelectorAll('.graphstore td, .graphstore th, .graphstore h3');
  return Math.min(...[...cells].map(contrast));
}"""


@pytest.mark.browser
def test_what_users_call_things_is_no_markup(store, run, tmp_path, monkeypatch):
    monkeypatch.setenv("GRAPHSTORE_HOME", str(tmp_path / "home"))
    models = []
    for rate in (1, 2):
        with store.run(HOSTILE, capture=()) as this_run:
            with this_run.execution(
                "Trainer",
                parameters={HOSTILE: HOSTILE, "rate": rate},
                inputs={"data": Artifact(type="Csv", uri=f"s3://{HOSTILE}")},
            ) as step:
                step.output("model", f"s3://{HOSTILE}", type="Model", properties={"name": HOSTILE})
        models += step.outputs["model"]
    one, other = (model.id for model in models)
    notebook = run(
        f"store.explain({one})",
        f"store.compare({one}, {other})",
        f"store.history({HOSTILE!r})",
        "store.impact(1)",
        f"store.diff({one}, {other})",
        f"store.common_ancestors([{one}, {other}])",
        f"store.can_rerun({step.execution.id})",
        f"store.lineage.upstream({one})",
    )
    assert all(outputs_of(notebook))
    with chromium() as browser:
        page = browser.new_page()
        page.context.set_offline(True)
        page.goto(to_page(notebook, tmp_path / "notebook.html", "light"))
        assert page.title() != "pwned"
        assert page.locator(".graphstore script, .graphstore img").count() == 0
        assert page.get_by_text("document.title='pwned'").count() > 0


@pytest.mark.browser
def test_pages_stand_alone(store, tmp_path):
    """Each answer is a page, too, light or dark as its reader has it."""
    import_mlmd(store, IRIS)
    with chromium() as browser:
        for theme in ("light", "dark"):
            page = browser.new_page(viewport={"width": 1200, "height": 900}, color_scheme=theme)
            page.context.set_offline(True)
            for name, answer in (("passport", store.explain(54)), ("impact", store.impact(1))):
                file = tmp_path / f"{name}.html"
                file.write_text(answer.to_html(), encoding="utf-8")
                page.goto(file.as_uri())
                keep(page, f"{name}-{theme}", tmp_path, full_page=True)
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
                text = page.locator("body").inner_text()
                assert ("its Pusher ran and pushed nothing" in text) == (name == "passport")


@pytest.mark.browser
def test_a_store_shows_its_pages(store, run, tmp_path):
    import_mlmd(store, IRIS)
    # What the kernel serves is asked for in the kernel, which ends with the notebook.
    ask = """
from urllib.request import HTTPCookieProcessor, build_opener
shown = store.ui("a45")
link = shown.link()
opened = build_opener(HTTPCookieProcessor()).open(link)
try:
    again = build_opener().open(link)
except Exception as error:
    again = error.code
print(opened.status, "lineage?of=a45" in opened.url, again)
"""
    notebook = run('store.ui("a45")', "store.ui()", ask)
    first, newest, asked = notebook.cells[1:4]
    bundle = first.outputs[-1].data
    assert "/login?token=" in bundle["text/plain"] and "to=/a45/lineage" in bundle["text/html"]
    assert 'sandbox="allow-scripts"' in newest.outputs[-1].data["text/html"]
    assert asked.outputs[-1].text == "200 True 401\n"
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        page.context.set_offline(True)
        page.goto(to_page(notebook, tmp_path / "notebook.html", "light"))
        frame = page.frame_locator("iframe").first
        frame.locator("html[data-ready]").wait_for(state="attached")
        assert frame.locator('#boxes .box[data-key="a45"]').count() == 1
        assert frame.get_by_role("link", name="Open page").count() == 0
        keep(page, "notebook-ui", tmp_path, full_page=True)


def test_an_empty_store_shows_that_it_is(store, run):
    notebook = run("store.ui()")
    assert "Nothing was recorded yet" in notebook.cells[1].outputs[-1].data["text/html"]
