"""ML Metadata's calls by gRPC-web: frame by frame, and from the client of npm in Chromium."""

from __future__ import annotations

import base64
import http.client
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from graphstore import Store
from graphstore.interop.mlmd.front.protos import service_pb2 as messages
from graphstore.interop.mlmd.front.protos import store_pb2
from graphstore.web import Server
from tests.chromium import chromium

Serve = Callable[..., Server]
CLIENT = "grpc-web@1.5.0"
TOKENS = "kfp s3cr3t namespace=team-a\nann r34d3r role=read\nbob wr1t3r\n"


@dataclass(frozen=True)
class Answer:
    http: int
    kind: str | None
    body: bytes
    message: bytes | None = None
    code: int | None = None
    details: str = ""


def frame(data: bytes, kind: int = 0) -> bytes:
    return bytes([kind]) + len(data).to_bytes(4, "big") + data


def send(
    server: Server, name: str, body: bytes, kind: str = "application/grpc-web+proto", **headers: str
) -> Answer:
    """One request as it is, and its answer taken apart."""
    with closing(http.client.HTTPConnection("127.0.0.1", server.address.port, timeout=60)) as one:
        one.request(
            "POST",
            f"/ml_metadata.MetadataStoreService/{name}",
            body,
            {"content-type": kind, "x-grpc-web": "1"}
            | {key.replace("_", "-"): value for key, value in headers.items()},
        )
        response = one.getresponse()
        data, kind_of = response.read(), response.headers["content-type"]
    if response.status != 200:
        return Answer(response.status, kind_of, data)
    rest = base64.b64decode(data, validate=True) if "-text" in kind_of else data
    message, fields = None, {}
    while rest:
        flag, length = rest[0], int.from_bytes(rest[1:5], "big")
        part, rest = rest[5 : 5 + length], rest[5 + length :]
        assert len(part) == length
        if flag & 0x80:
            fields = dict(line.split(":", 1) for line in part.decode("ascii").splitlines())
        else:
            message = part
    return Answer(
        200, kind_of, data, message, int(fields["grpc-status"]),
        unquote(fields.get("grpc-message", "")),
    )  # fmt: skip


def call(server: Server, name: str, request: Any, **headers: str) -> Answer:
    return send(server, name, frame(request.SerializeToString()), **headers)


def put_context(server: Server, name: str, namespace: str = "", **headers: str) -> Answer:
    type_ = messages.PutContextTypeRequest(
        context_type=store_pb2.ContextType(name="system.PipelineRun")
    )
    answer = call(server, "PutContextType", type_, **headers)
    if answer.code != 0:
        return answer
    type_id = messages.PutContextTypeResponse.FromString(answer.message or b"").type_id
    context = store_pb2.Context(name=name, type_id=type_id)
    if namespace:
        context.custom_properties["namespace"].string_value = namespace
    return call(server, "PutContexts", messages.PutContextsRequest(contexts=[context]), **headers)


BY_NAME = messages.GetContextByTypeAndNameRequest(
    type_name="system.PipelineRun", context_name="é 1"
)


@pytest.mark.parametrize(
    "kind",
    [
        "application/grpc-web",
        "application/grpc-web+proto",
        "application/grpc-web-text",
        "application/grpc-web-text+proto; charset=utf-8",
    ],
)
def test_a_call_is_answered_in_the_form_in_which_it_came(
    store: Store, serve: Serve, kind: str
) -> None:
    server = serve()
    assert put_context(server, "é 1").code == 0
    body = frame(BY_NAME.SerializeToString())
    sent = base64.b64encode(body) if "text" in kind else body
    answer = send(server, "GetContextByTypeAndName", sent, kind)
    assert (answer.http, answer.code) == (200, 0)
    assert (answer.kind or "").partition(";")[0] == kind.partition(";")[0]
    found = messages.GetContextByTypeAndNameResponse.FromString(answer.message or b"").context
    assert found.name == "é 1" and found.id == store.contexts.list()[0].id


def test_an_error_is_a_code_and_a_sentence_in_the_trailers(serve: Serve) -> None:
    server = serve()
    request = messages.GetArtifactTypeRequest(type_name="größe 100%")
    answer = call(server, "GetArtifactType", request)
    assert (answer.http, answer.code, answer.message) == (200, 5, None)
    assert "größe 100%" in answer.details
    assert call(server, "GetNothing", request).code == 12
    assert send(server, "PutContexts", frame(b"\xff\xff\xff")).code == 3
    late = call(server, "GetArtifactType", request, grpc_timeout="0m")
    assert late.code == 4


@pytest.mark.parametrize(
    ("body", "kind", "status", "words"),
    [
        (b"", "application/grpc-web", 400, b"a frame begins with 5"),
        (b"\0\0\0\0\x09abc", "application/grpc-web", 400, b"9 bytes of 3"),
        (b"\x80\0\0\0\0", "application/grpc-web", 400, b"no whole message"),
        (b"\x01\0\0\0\0", "application/grpc-web", 501, b"compressed"),
        (b"*", "application/grpc-web-text", 400, b"no base64"),
        (b"{}", "application/json", 415, b"serve --grpc"),
        (b"\0\0\0\0\0", "application/grpc", 415, b"serve --grpc"),
        (b"\0" * 2000, "application/grpc-web", 413, b"--max-message"),
    ],
)
def test_what_is_no_call_is_refused_with_what_was_found(
    serve: Serve, body: bytes, kind: str, status: int, words: bytes
) -> None:
    answer = send(serve(max_message=1000), "GetArtifactTypes", body, kind)
    assert answer.http == status and words in answer.body


@pytest.mark.parametrize("timeout", ["5", "S", "-1S", "1.5S", "123456789S", "5s", "²S"])
def test_a_time_that_is_none_is_refused(serve: Serve, timeout: str) -> None:
    body = frame(b"")
    if not timeout.isascii():
        timeout = timeout.encode().decode("latin-1")
    assert send(serve(), "GetArtifactTypes", body, grpc_timeout=timeout).http == 400


def test_an_answer_that_is_too_long_is_refused_with_the_option(serve: Serve) -> None:
    server = serve(max_message=200)
    for number in range(9):
        assert put_context(server, f"a run of the pipeline, number {number}").code == 0
    answer = call(server, "GetContexts", messages.GetContextsRequest())
    assert answer.code == 8 and "--max-message" in answer.details


def test_tokens_are_asked_for_and_each_may_what_it_may_over_grpc(
    serve: Serve, tmp_path: Path
) -> None:
    (tmp_path / "tokens").write_text(TOKENS)
    server = serve(security={"token_file": tmp_path / "tokens"})
    assert call(server, "GetContexts", messages.GetContextsRequest()).http == 401
    writer, reader, tenant = (
        {"authorization": f"Bearer {token}"} for token in ("wr1t3r", "r34d3r", "s3cr3t")
    )
    assert put_context(server, "of all", **writer).code == 0
    assert put_context(server, "é 1", "team-a", **tenant).code == 0
    refused = put_context(server, "mine", **reader)
    assert refused.code == 7 and "role read" in refused.details
    assert call(server, "GetContextByTypeAndName", BY_NAME, **reader).code == 0
    ours = call(server, "GetContextByTypeAndName", BY_NAME, **tenant)
    assert b"team-a" in (ours.message or b"")
    theirs = messages.GetContextByTypeAndNameRequest(
        type_name="system.PipelineRun", context_name="of all"
    )
    hidden = call(server, "GetContextByTypeAndName", theirs, **tenant)
    response = messages.GetContextByTypeAndNameResponse.FromString(hidden.message or b"")
    assert hidden.code == 0 and not response.HasField("context")
    assert call(server, "GetContexts", messages.GetContextsRequest(), **tenant).code == 7


def test_the_page_of_another_server_asks_by_its_proxy_and_a_form_does_not(serve: Serve) -> None:
    server = serve()
    origin = {"origin": "http://ml-pipeline-ui:3000"}
    assert call(server, "GetContexts", messages.GetContextsRequest(), **origin).code == 0
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        assert send(server, "GetContexts", frame(b""), kind, **origin).http == 403
    with closing(http.client.HTTPConnection("127.0.0.1", server.address.port)) as one:
        one.request(
            "OPTIONS",
            "/ml_metadata.MetadataStoreService/GetContexts",
            headers={**origin, "access-control-request-method": "POST"},
        )
        asked = one.getresponse()
    assert asked.headers["access-control-allow-origin"] is None


@pytest.fixture(scope="module")
def client_of_npm(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script of gRPC's own client for browsers."""
    if not shutil.which("npm"):
        pytest.skip("needs npm")
    folder = tmp_path_factory.mktemp("npm")
    subprocess.run(["npm", "pack", "--silent", CLIENT], cwd=folder, check=True, timeout=120)
    (packed,) = folder.glob("*.tgz")
    with tarfile.open(packed) as archive:
        file = archive.extractfile("package/index.js")
        assert file is not None
        return file.read().decode()


_ASK = """
async ([name, bytes, format]) => {
  const {GrpcWebClientBase, MethodDescriptor} = module.exports;
  const method = new MethodDescriptor(
    "/ml_metadata.MetadataStoreService/" + name, "unary",
    Array, Array, one => Uint8Array.from(one), one => Array.from(one));
  const client = new GrpcWebClientBase({format});
  try {
    return {answer: await client.thenableCall(
      location.origin + method.getName(), bytes, {}, method)};
  } catch (error) {
    return {code: error.code, message: error.message};
  }
}
"""


@pytest.mark.browser
@pytest.mark.parametrize("form", ["text", "binary"])
def test_the_client_of_kubeflows_pages_is_answered(
    serve: Serve, client_of_npm: str, form: str
) -> None:
    server = serve()
    assert put_context(server, "é 1").code == 0
    page_of = f"<script>var module = {{exports: {{}}}};{client_of_npm}</script>"
    with chromium() as browser:
        page = browser.new_page()
        page.route("**/kfp", lambda route: route.fulfill(body=page_of, content_type="text/html"))
        page.goto(f"{server.url}kfp")

        def ask(name: str, request: Any) -> Any:
            return page.evaluate(_ASK, [name, list(request.SerializeToString()), form])

        told = ask("GetContextByTypeAndName", BY_NAME)
        response = messages.GetContextByTypeAndNameResponse.FromString(bytes(told["answer"]))
        assert response.context.name == "é 1"
        empty = ask("GetArtifactsByID", messages.GetArtifactsByIDRequest(artifact_ids=[7]))
        assert messages.GetArtifactsByIDResponse.FromString(bytes(empty["answer"])) is not None
        wrong = ask("GetArtifactType", messages.GetArtifactTypeRequest(type_name="größe"))
        assert wrong["code"] == 5 and "größe" in wrong["message"]
