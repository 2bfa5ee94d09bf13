"""The server of the studio: loopback only, the headers that threads and a strict policy need, nothing but the files."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from unisono.errors import UnisonoError
from unisono.web import find_site, make_server


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    (folder / "unisono" / "wasm").mkdir(parents=True)
    (folder / "index.html").write_text("<title>studio</title>")
    (folder / "studio.js").write_text("export {};")
    (folder / "unisono" / "wasm" / "unisono.wasm").write_bytes(b"\0asm")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


@pytest.fixture
def connection(site: Path) -> Iterator[http.client.HTTPConnection]:
    with make_server(site, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host, port = server.server_address[:2]
        assert host == "127.0.0.1"
        client = http.client.HTTPConnection("127.0.0.1", int(port), timeout=10)
        yield client
        client.close()
        server.shutdown()


def get(connection: http.client.HTTPConnection, path: str) -> http.client.HTTPResponse:
    connection.request("GET", path)
    response = connection.getresponse()
    response.read()
    return response


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/", "text/html"), ("/studio.js", "text/javascript"), ("/unisono/wasm/unisono.wasm", "application/wasm")],
)
def test_files_come_with_their_types_and_the_headers(
    connection: http.client.HTTPConnection, path: str, kind: str
) -> None:
    response = get(connection, path)
    assert response.status == 200
    assert response.headers.get_content_type() == kind
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self' 'wasm-unsafe-eval'" in policy and "unsafe-inline" not in policy


@pytest.mark.parametrize("path", ["/unisono/", "/../secret.txt", "/%2e%2e/secret.txt", "/none"])
def test_nothing_else_is_served(connection: http.client.HTTPConnection, path: str) -> None:
    assert get(connection, path).status == 404


def test_a_studio_that_is_not_built_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, site: Path) -> None:
    monkeypatch.setenv("UNISONO_SITE", str(tmp_path))
    with pytest.raises(UnisonoError, match="without the studio, which needs Node: run `make studio`"):
        find_site()
    monkeypatch.setenv("UNISONO_SITE", str(site))
    assert find_site() == site.resolve()
