"""Write the lock of a Neo4j release: `python scripts/lock_neo4j.py 5.26.30 [--cache FOLDER]`.

Resolves Neo4j Community and its Browser with everything they need, fetches every jar, and writes
graphstore/local/neo4j-<version>.lock, which is committed. Needs the extra `local` and the network;
takes a minute or two. A filled cache is trusted: give one only if you do.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from zipfile import ZipFile

from jgo.maven import Dependency, MavenContext, PythonResolver

from graphstore.local.distribution import Distribution, Jar

BROWSER = "org.neo4j.client:neo4j-browser:5.24.0"

# What the jars do not say: by the first part of the version, the Java that the manual names
# (Operations Manual, "System requirements") and the settings that the release needs.
JAVA = {"5": (17, 21), "2026": (21, 25)}
SETTINGS = {
    "5": (),
    # A private server neither announces itself to the network nor looks for a fleet to join.
    "2026": ("server.fleet_discovery.enabled=false", "dbms.fleet_manager.enabled=false"),
}

PACKAGE = Path(__file__).parents[1] / "graphstore" / "local"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("version", help="of Neo4j, e.g. 5.26.30")
    parser.add_argument("--cache", type=Path, help="a folder that keeps what was fetched")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)  # jgo warns of a checksum that does not match
    with tempfile.TemporaryDirectory() as fresh:
        lock = resolve(arguments.version, arguments.cache or Path(fresh))
    file = PACKAGE / f"neo4j-{lock.version}.lock"
    header = f"# Neo4j Community {lock.version} and {BROWSER}, written by scripts/lock_neo4j.py\n"
    file.write_text(header + lock.render(), encoding="utf-8")
    print(f"{file}: {len(lock.jars)} jars, {lock.size / 1e6:.0f} MB")


def resolve(version: str, cache: Path) -> Distribution:
    """The release with all it needs, as the repository has it today."""
    context = MavenContext(repo_cache=cache, resolver=PythonResolver(), timeout=60)
    neo4j = context.create_dependency(f"org.neo4j:neo4j:{version}")
    browser = context.create_dependency(BROWSER)
    direct, transitive = context.resolver.resolve([neo4j, browser])
    with ThreadPoolExecutor(8) as pool:
        jars = tuple(pool.map(lock_jar, [*direct, *transitive]))
    if len({jar.name for jar in jars}) != len(jars):
        raise SystemExit("two jars have the same name: they cannot lie in one folder")
    release = version.partition(".")[0]
    return Distribution(
        version=version,
        java=JAVA[release],
        main=main_class(neo4j.artifact.resolve()),
        settings=SETTINGS[release],
        jars=jars,
    )


def lock_jar(dependency: Dependency) -> Jar:
    """One jar, fetched and measured."""
    content = dependency.artifact.resolve().read_bytes()
    return Jar(
        dependency.groupId,
        dependency.artifactId,
        dependency.version,
        dependency.classifier,
        len(content),
        hashlib.sha256(content).hexdigest(),
    )


def main_class(jar: Path) -> str:
    """The class that the jar of Neo4j names as the one to start."""
    with ZipFile(jar) as archive:
        entry = archive.read("META-INF/services/org.neo4j.server.startup.EntryPoint")
    return entry.decode().strip()


if __name__ == "__main__":
    main()
