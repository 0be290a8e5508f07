"""Who may call the server: TLS, certificates of clients, tokens, and where it listens."""

import socket
from pathlib import Path

import pytest

from tests.processes import listening
from tests.wheel import need_ml_metadata

need_ml_metadata()

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)
from ml_metadata import errors, proto
from ml_metadata.proto import metadata_store_service_pb2 as messages

from graphstore.errors import FailedPrecondition, InvalidArgument
from graphstore.interop.mlmd.front.server import Address, Options, Security, Server
from tests.integration.mlmd.certificates import Authority
from tests.integration.mlmd.serving import channel, client, stub

LOCAL = Address.parse("localhost:0")
EVERYWHERE = Address.parse("0.0.0.0:0")
TOKEN = "3d1c5e0b0a7e4f6c"
ASK = messages.GetArtifactTypesRequest()


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("certificates") / "ours", "graphstore tests")


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("certificates") / "theirs", "somebody else")


@pytest.fixture
def serve(store):
    def make(address=LOCAL, **security):
        return Server(store, Options(address=address, security=Security.read(**security)))

    with listening(make) as start:
        yield start


@pytest.fixture
def token_file(tmp_path):
    file = tmp_path / "tokens"
    file.write_text(f"an-older-one\n{TOKEN}\n")
    return file


def tls(pair):
    return {"certificate": pair.certificate, "key": pair.key}


def ssl_config(authority, pair=None):
    """As ML Metadata's client has it; it sends `server_cert` as the client's certificate."""
    config = proto.MetadataStoreClientConfig.SSLConfig(
        custom_ca=authority.pair.certificate.read_text()
    )
    if pair is not None:
        config.client_key = pair.key.read_text()
        config.server_cert = pair.certificate.read_text()
    return {"ssl_config": config, "client_timeout_sec": 10.0}


def bearer(token):
    return [("authorization", f"Bearer {token}")]


# TLS


def test_mlmds_client_speaks_tls(serve, ours, theirs):
    server = serve(**tls(ours.sign("server")))
    mlmd = client(server, **ssl_config(ours))
    assert mlmd.put_artifact_type(proto.ArtifactType(name="T")) >= 10
    for wrong in (ssl_config(theirs), {"client_timeout_sec": 10.0}):
        with pytest.raises(errors.UnavailableError):
            client(server, **wrong).get_artifact_types()


def test_mlmds_client_shows_its_certificate(serve, ours, theirs):
    server = serve(**tls(ours.sign("server")), client_ca=ours.pair.certificate)
    mlmd = client(server, **ssl_config(ours, ours.sign("client")))
    assert mlmd.put_artifact_type(proto.ArtifactType(name="T")) >= 10
    assert [t.name for t in mlmd.get_artifact_types()] == ["T"]


@pytest.mark.parametrize("identity", ["none", "a stranger's", "a plain connection"])
def test_who_shows_no_certificate_or_a_strangers_is_refused(serve, ours, theirs, identity):
    server = serve(**tls(ours.sign("server")), client_ca=ours.pair.certificate)
    config = {
        "none": ssl_config(ours),
        "a stranger's": ssl_config(ours, theirs.sign("client")),
        "a plain connection": {"client_timeout_sec": 10.0},
    }[identity]
    with pytest.raises(errors.UnavailableError):
        client(server, **config).get_artifact_types()


# Tokens


@pytest.mark.parametrize("token", [TOKEN, "an-older-one"])
def test_a_token_opens_the_door(serve, token_file, token):
    with channel(serve(token_file=token_file)) as one:
        assert not stub(one).GetArtifactTypes(ASK, metadata=bearer(token)).artifact_types
        scheme = [("authorization", f"bearer  {token}")]  # its case and spaces do not matter
        stub(one).GetArtifactTypes(ASK, metadata=scheme)


@pytest.mark.parametrize(
    "metadata",
    [
        [],
        bearer(""),
        bearer(TOKEN[:-1]),
        bearer(TOKEN + "0"),
        bearer(f"{TOKEN} {TOKEN}"),
        bearer(f"an-older-one\t{TOKEN}".replace("\t", " ")),
        [("authorization", f"Basic {TOKEN}")],
        [("authorization", TOKEN)],
        [("x-authorization", f"Bearer {TOKEN}")],
        [("authorization", "Bearer wrong"), ("authorization", f"Bearer {TOKEN}")],
    ],
)
def test_nothing_else_opens_it(serve, token_file, metadata):
    with channel(serve(token_file=token_file)) as one:
        with pytest.raises(grpc.RpcError) as excinfo:
            stub(one).GetArtifactTypes(ASK, metadata=metadata)
        assert excinfo.value.code() is grpc.StatusCode.UNAUTHENTICATED
        assert "authorization: Bearer" in excinfo.value.details()


def test_without_a_token_health_is_told_and_what_is_served_is_not(serve, token_file):
    with channel(serve(token_file=token_file)) as one:
        check = health_pb2_grpc.HealthStub(one).Check(health_pb2.HealthCheckRequest())
        assert check.status == health_pb2.HealthCheckResponse.SERVING
        with pytest.raises(grpc.RpcError) as excinfo:
            ProtoReflectionDescriptorDatabase(one).get_services()
        assert excinfo.value.code() is grpc.StatusCode.UNAUTHENTICATED


def test_mlmds_client_without_a_token_is_told_so(serve, token_file):
    with pytest.raises(errors.UnauthenticatedError, match="a token"):
        client(serve(token_file=token_file)).get_artifact_types()


def test_a_token_over_tls(serve, ours, token_file):
    server = serve(**tls(ours.sign("server")), token_file=token_file)
    trust = grpc.ssl_channel_credentials(ours.pair.certificate.read_bytes())
    both = grpc.composite_channel_credentials(trust, grpc.access_token_call_credentials(TOKEN))
    with grpc.secure_channel(str(server.address), both) as one:
        stub(one).GetArtifactTypes(ASK, timeout=10)


# In whose name


def names_of_types(database):
    rows, _, _ = database.driver.execute_query(
        "MATCH (type:ArtifactType) WHERE type.id > 9 RETURN type.name AS name, type._by AS by",
        database_=database.name,
    )
    return {row["name"]: row["by"] for row in rows}


def put_type(name):
    return messages.PutArtifactTypeRequest(artifact_type=proto.ArtifactType(name=name))


def test_a_call_writes_in_the_name_of_its_token(serve, store, tmp_path):
    file = tmp_path / "tokens"
    file.write_text(f"ann {TOKEN}\nann an-older-one\n\nnameless\n")
    with channel(serve(token_file=file)) as one:
        for token in (TOKEN, "an-older-one", "nameless"):
            stub(one).PutArtifactType(put_type(token), metadata=bearer(token))
    digest = "17d72fdf"  # how the SHA-256 of `nameless` begins
    assert names_of_types(store.database) == {
        TOKEN: "ann",
        "an-older-one": "ann",
        "nameless": f"token {digest}",
    }


def test_a_call_writes_in_the_name_of_its_certificate(serve, store, ours):
    server = serve(**tls(ours.sign("server")), client_ca=ours.pair.certificate)
    client(server, **ssl_config(ours, ours.sign("bob"))).put_artifact_type(
        proto.ArtifactType(name="T")
    )
    assert names_of_types(store.database) == {"T": "bob"}


def test_who_shows_nothing_writes_in_the_name_of_the_server(serve, store):
    with channel(serve()) as one:
        stub(one).PutArtifactType(put_type("T"))
    assert names_of_types(store.database) == {"T": store.database.actor}


def test_a_line_of_three_words_is_no_token(tmp_path):
    file = tmp_path / "tokens"
    file.write_text("ann b c\n")
    with pytest.raises(InvalidArgument, match="line 1: expected a token"):
        Security.read(token_file=file)


@pytest.mark.parametrize(
    "text",
    [
        "ann b namespace=",
        "ann b Namespace=x",
        "ann b namespace=x y",
        "namespace=x ann b",
        "ann b namespace=x namespace=y",
    ],
)
def test_a_line_that_does_not_say_a_namespace_is_told(tmp_path, text):
    file = tmp_path / "tokens"
    file.write_text(f"fine\n{text}\n")
    with pytest.raises(InvalidArgument, match="line 2: expected a token"):
        Security.read(token_file=file)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ann a namespace=x\nann b", "line 2: ann is bound"),
        ("ann a\nann b namespace=x", "line 2: ann is bound"),
        ("ann a namespace=x\nann b namespace=y", "line 2: ann is bound"),
        ("ann a namespace=x\nbob a", "line 2: the token stands there twice"),
        ("ann a\nbob a namespace=x", "line 2: the token stands there twice"),
        ("ann a namespace=x\na", "line 2: the token stands there twice"),
        ("ann a namespace=x\nbob a namespace=x", "line 2: the token stands there twice"),
    ],
)
def test_what_a_token_may_do_does_not_depend_on_the_order_of_lines(tmp_path, text, words):
    file = tmp_path / "tokens"
    file.write_text(text)
    with pytest.raises(InvalidArgument, match=words):
        Security.read(token_file=file)


def test_a_token_of_the_role_read_reads_and_writes_nothing(serve, store, tmp_path):
    file = tmp_path / "tokens"
    file.write_text(f"ann {TOKEN} role=read\nbob another role=write\n")
    with channel(serve(token_file=file)) as one:
        with pytest.raises(grpc.RpcError, match="role read, here that of ann") as refused:
            stub(one).PutArtifactType(put_type("T"), metadata=bearer(TOKEN))
        assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
        stub(one).PutArtifactType(put_type("U"), metadata=bearer("another"))
        types = stub(one).GetArtifactTypes(
            messages.GetArtifactTypesRequest(), metadata=bearer(TOKEN)
        )
    assert [type_.name for type_ in types.artifact_types] == ["U"]


def test_two_columns_are_a_name_and_a_token_whatever_they_say(tmp_path):
    file = tmp_path / "tokens"
    file.write_text("ann namespace=x\nbob b namespace=x\nbob c namespace=x\neve d namespace=ñ\n")
    security = Security.read(token_file=file)
    assert security.name_of(b"namespace=x") == "ann"
    assert [security.namespace_of(one) for one in ("ann", "bob", "eve", None)] == [
        None, "x", "ñ", None,
    ]  # fmt: skip
    assert security.names_in("x") == ("bob",)


# Where it listens


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]", "192.0.2.7"])
def test_strangers_are_not_let_in_without_anything(store, ours, host):
    for options in ({}, tls(ours.sign("server"))):
        with pytest.raises(InvalidArgument, match="ask for certificates"):
            Server(store, Options(Address.parse(f"{host}:0"), Security.read(**options)))


def test_strangers_are_let_in_with_a_token_or_a_certificate(serve, ours, token_file):
    server = serve(EVERYWHERE, token_file=token_file)
    with channel(f"127.0.0.1:{server.address.port}") as one:
        stub(one).GetArtifactTypes(ASK, metadata=bearer(TOKEN))
    server = serve(EVERYWHERE, **tls(ours.sign("server")), client_ca=ours.pair.certificate)
    config = ssl_config(ours, ours.sign("client"))
    assert client(f"127.0.0.1:{server.address.port}", **config).get_artifact_types() == []


def test_anybody_is_let_in_if_that_is_said_and_the_log_warns(serve, token_file, caplog):
    """As Kubeflow Pipelines needs it, whose clients show nothing."""
    serve(anybody=True)
    assert "whoever" not in caplog.text
    server = serve(EVERYWHERE, anybody=True)
    with channel(f"127.0.0.1:{server.address.port}") as one:
        stub(one).GetArtifactTypes(ASK)
    assert "whoever reaches this server may read and write everything" in caplog.text
    with pytest.raises(InvalidArgument, match="choose one"):
        serve(EVERYWHERE, anybody=True, token_file=token_file)


def test_a_token_in_clear_is_warned_of(serve, ours, token_file, caplog):
    serve(token_file=token_file)
    serve(EVERYWHERE, **tls(ours.sign("server")), token_file=token_file)
    assert "in clear" not in caplog.text
    serve(EVERYWHERE, token_file=token_file)
    assert "tokens travel in clear" in caplog.text


@pytest.mark.parametrize(
    ("text", "host", "port", "local"),
    [
        ("127.0.0.1:8080", "127.0.0.1", 8080, True),
        ("127.8.0.1:1", "127.8.0.1", 1, True),
        ("localhost:0", "localhost", 0, True),
        ("[::1]:8080", "::1", 8080, True),
        (":8080", "127.0.0.1", 8080, True),
        ("8080", "127.0.0.1", 8080, True),
        ("0.0.0.0:8080", "0.0.0.0", 8080, False),
        ("[::]:8080", "::", 8080, False),
        ("192.0.2.7:65535", "192.0.2.7", 65535, False),
    ],
)
def test_addresses(text, host, port, local):
    address = Address.parse(text)
    assert (address.host, address.port, address.is_local()) == (host, port, local)
    assert Address.parse(str(address)) == address


def test_an_address_of_another_machine_is_told():
    with pytest.raises(InvalidArgument, match=r"cannot listen at 192\.0\.2\.7:0"):
        Address.parse("192.0.2.7:0").require_free()


def test_one_address_of_a_name_is_enough(monkeypatch):
    addresses = socket.getaddrinfo("127.0.0.1", 0, type=socket.SOCK_STREAM)
    dead_addresses = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.7", 0))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [*dead_addresses, *addresses])
    Address.parse("both:0").require_free()


@pytest.mark.parametrize(
    ("text", "path"), [("unix:a.sock", "a.sock"), ("unix:/a", "/a"), ("unix:///a/b", "/a/b")]
)
def test_unix_sockets_are_local(text, path):
    assert Address.parse(text).path == path
    assert Address.parse(text).is_local()
    assert str(Address.parse(text)) == f"unix:{path}"


@pytest.mark.parametrize(
    "text",
    ["", "localhost", "localhost:", ":", "::1:8080", "[::1]", "h:65536", "h:-1", "h:1x", "unix:"],
)
def test_what_is_no_address_is_told(text):
    with pytest.raises(InvalidArgument, match=r"HOST:PORT|unix:PATH"):
        Address.parse(text)


# Files


def test_files_that_do_not_go_together_are_told(ours, tmp_path):
    pair = ours.sign("server")
    nothing, tokens = tmp_path / "nothing", tmp_path / "tokens"
    nothing.write_text(" \n\n")
    tokens.write_text("tökén\n")
    for options, match in (
        ({"certificate": pair.certificate}, "give both"),
        ({"key": pair.key}, "give both"),
        ({"client_ca": pair.certificate}, "the server's own too"),
        ({"certificate": pair.key, "key": pair.key}, "holds no certificate"),
        ({"certificate": pair.certificate, "key": pair.certificate}, "holds no private key"),
        ({**tls(pair), "client_ca": nothing}, "holds no certificate"),
        ({"token_file": nothing}, "holds no token"),
        ({"token_file": tokens}, "beyond ASCII"),
    ):
        with pytest.raises(InvalidArgument, match=match):
            Security.read(**options)
    with pytest.raises(FileNotFoundError):
        Security.read(token_file=Path(tmp_path / "gone"))


def test_a_key_that_does_not_fit_is_told(serve, ours):
    certificate, key = ours.sign("server").certificate, ours.sign("client").key
    with pytest.raises(FailedPrecondition, match="fit together"):
        serve(certificate=certificate, key=key)


def test_what_security_knows_is_no_token(token_file):
    assert TOKEN not in repr(Security.read(token_file=token_file))
