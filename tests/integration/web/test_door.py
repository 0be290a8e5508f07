"""Who may come in to the pages: by a link, a token, a proxy, and never by another site's page."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import pytest

from graphstore import Store
from graphstore.errors import InvalidArgument
from graphstore.serving.addresses import Address
from graphstore.serving.security import Security
from graphstore.web import Options, Proxies, Server
from tests.processes import listening

TOKEN = "a-token-of-ann"
PAGE = {"accept": "text/html"}


@pytest.fixture
def serve(store: Store) -> Iterator[Callable[..., Server]]:
    def make(**options: Any) -> Server:
        return Server(store, Options(address=Address.parse("127.0.0.1:0"), **options))

    with listening(make) as start:
        yield start


def tokens(**of: str) -> Security:
    return Security(token_names={sha256(token.encode()).digest(): who for who, token in of.items()})


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    text: str


def ask(
    server: Server, path: str = "/", method: str = "GET", body: str = "", **headers: str
) -> Answer:
    """One request, as it is: no redirect is followed, and nothing kept."""
    connection = http.client.HTTPConnection("127.0.0.1", server.address.port, timeout=120)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    if body:
        names.setdefault("content-type", "application/x-www-form-urlencoded")
    with closing(connection):
        connection.request(method, path, body or None, names)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read().decode())


def cookie_of(answer: Answer) -> str:
    return (answer.headers.get("set-cookie") or "").partition(";")[0]


def log_in(server: Server, token: str, to: str = "/", **headers: str) -> Answer:
    return ask(server, "/login", "POST", urlencode({"token": token, "to": to}), **headers)


def test_a_store_for_this_machine_shows_its_pages_to_it(serve):
    assert ask(serve(), **PAGE).status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "[::1", "", "127.0.0.1.nip.io"]
)
def test_a_name_of_somebody_elses_that_leads_here_is_refused(serve, host):
    for options in ({}, {"link": "x"}):
        assert ask(serve(**options), host=host, **PAGE).status in (400, 403)


def test_a_link_opens_the_door_once_and_a_session_stays(serve):
    server = serve(link="the-link")
    refused = ask(server, "/?as_of=2026-01-01", **PAGE)
    assert refused.status == 303
    assert refused.headers.get("location") == "/login?to=/%3Fas_of%3D2026-01-01"
    entered = ask(server, "/login?token=the-link", **PAGE)
    assert (entered.status, entered.headers.get("location")) == (303, "/")
    marks = (entered.headers.get("set-cookie") or "").lower()
    assert "httponly" in marks
    assert "samesite=lax" in marks
    cookie = cookie_of(entered)
    assert ask(server, cookie=cookie, **PAGE).status == 200
    assert ask(server, "/login?token=the-link", **PAGE).status == 401
    assert ask(server, "/login?token=", **PAGE).status == 401
    assert ask(server, cookie=cookie[:-1], **PAGE).status == 303


def test_programs_are_told_401_and_people_where_to_log_in(serve):
    server = serve(security=tokens(ann=TOKEN))
    assert ask(server).status == 401
    assert ask(server, **PAGE).status == 303
    assert ask(server, authorization=f"Bearer {TOKEN}").status == 200
    assert ask(server, authorization="Bearer another").status == 401
    assert ask(server, "/health").status == 200
    assert ask(server, "/static/pages.css").status == 200


def test_a_token_logs_a_browser_in_until_it_logs_out(serve):
    server = serve(security=tokens(ann=TOKEN))
    assert log_in(server, "another").status == 401
    entered = log_in(server, TOKEN, "/?as_of=2026-01-01")
    assert entered.headers.get("location") == "/?as_of=2026-01-01"
    cookie = cookie_of(entered)
    page = ask(server, cookie=cookie, **PAGE).text
    assert "Log out ann" in page
    assert TOKEN not in page
    assert ask(server, "/logout", "POST", cookie=cookie).status == 303
    assert ask(server, cookie=cookie, **PAGE).status == 303


@pytest.mark.parametrize(
    ("to", "goes"),
    [
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("evil", "/"),
        ("\t//evil.example", "/"),
        ("/\t/evil.example", "/%09/evil.example"),
    ],
)
def test_whoever_logs_in_goes_nowhere_else(serve, to, goes):
    entered = log_in(serve(security=tokens(ann=TOKEN)), TOKEN, to)
    assert (entered.status, entered.headers.get("location")) == (303, goes)


def test_what_another_sites_page_sends_is_refused(serve):
    server = serve(security=tokens(ann=TOKEN))
    cookie = cookie_of(log_in(server, TOKEN))
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        assert ask(server, "/logout", "POST", cookie=cookie, origin=origin).status == 403
        assert log_in(server, TOKEN, origin=origin).status == 403
        lineage = ask(server, "/api/v1/lineage", "POST", "{}", cookie=cookie, origin=origin)
        assert lineage.status == 403
    ours = f"http://127.0.0.1:{server.address.port}"
    assert ask(server, "/logout", "POST", cookie=cookie, origin=ours).status == 303


def test_a_proxy_says_who_calls_and_nobody_else_does(serve):
    header = {"x_forwarded_user": "ann@example.org"}
    believed = serve(proxies=Proxies.parse(["127.0.0.0/8"]))
    assert ask(believed, **header, **PAGE).status == 200
    assert ask(believed, **PAGE).status == 303
    assert ask(believed, x_forwarded_user=" ", **PAGE).status == 303
    stranger = serve(proxies=Proxies.parse(["10.0.0.5"]))
    assert ask(stranger, **header, **PAGE).status == 303
    other = serve(proxies=Proxies.parse(["127.0.0.1"], "X-Auth-Request-Email"))
    assert ask(other, **header, **PAGE).status == 303
    assert ask(other, x_auth_request_email="ann@example.org", **PAGE).status == 200


def test_proxies_that_cannot_be_are_refused():
    with pytest.raises(InvalidArgument, match=r"--proxy nowhere: .* give 10\.0\.0\.5"):
        Proxies.parse(["nowhere"])
    with pytest.raises(InvalidArgument, match="--proxy ADDRESS"):
        Proxies.parse([], "X-User")
    assert Proxies.parse([]) is None


def test_strangers_may_reach_only_what_asks_them_something(store):
    address = Address.parse("0.0.0.0:0")
    with pytest.raises(InvalidArgument, match="others can reach"):
        Server(store, Options(address=address))
    Server(store, Options(address=address, proxies=Proxies.parse(["10.0.0.5"])))


def test_pages_say_what_a_browser_may_do_with_them(serve):
    answer = ask(serve(), **PAGE)
    policy = answer.headers.get("content-security-policy") or ""
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers.get("x-content-type-options") == "nosniff"
    assert answer.headers.get("cache-control") == "no-store"
    refused = ask(serve(), "/nowhere", **PAGE)
    assert refused.headers.get("content-security-policy") == policy


def test_a_form_has_a_bound(serve):
    server = serve(security=tokens(ann=TOKEN))
    assert log_in(server, "x" * 100_000).status == 413


def test_wrong_times_are_told_on_the_page(serve):
    answer = ask(serve(), "/?as_of=yesterday", **PAGE)
    assert answer.status == 400
    assert "takes a day or a time" in answer.text


def test_a_token_of_the_role_read_reads_and_sends_nothing(serve, tmp_path):
    file = tmp_path / "tokens"
    file.write_text("ann token-of-ann role=read\nbob token-of-bob role=write\n")
    server = serve(security=Security.read(token_file=file))
    event = "{}"
    for token, status in (("token-of-ann", 403), ("token-of-bob", 400)):
        bearer = {"authorization": f"Bearer {token}"}
        assert ask(server, **bearer, **PAGE).status == 200
        assert ask(server, "/api/v1/lineage", "POST", event, **bearer).status == status
        cookie = cookie_of(log_in(server, token))
        assert ask(server, "/api/v1/lineage", "POST", event, cookie=cookie).status == status
        assert ask(server, "/logout", "POST", cookie=cookie).status == 303


@pytest.mark.parametrize(
    "line", ["ann token role=admin", "ann token role=", "ann token x role=read"]
)
def test_roles_that_there_are_not_are_refused(tmp_path, line):
    file = tmp_path / "tokens"
    file.write_text(line)
    with pytest.raises(InvalidArgument, match="role=read or role=write"):
        Security.read(token_file=file)


def test_a_token_of_a_namespace_sees_no_page_and_is_told_so_on_one(serve, tmp_path):
    file = tmp_path / "tokens"
    file.write_text("ann token-of-ann namespace=team\n")
    server = serve(security=Security.read(token_file=file))
    cookie = cookie_of(log_in(server, "token-of-ann"))
    page = ask(server, cookie=cookie, **PAGE)
    assert page.status == 403
    assert "bound to a namespace, here &#39;team&#39;" in page.text
    assert "Come with a token that is bound to none" in page.text
    assert "Log out ann" in page.text
    call = ask(server, "/api/v1/types", cookie=cookie)
    assert call.status == 403 and "Come with a token that is bound to none" in call.text
    assert ask(server, "/a1/deploy", "POST", "target=live", cookie=cookie).status == 403
    assert ask(server, "/logout", "POST", cookie=cookie).status == 303
    assert ask(server, cookie=cookie, **PAGE).status == 303
