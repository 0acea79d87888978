"""Where an installation keeps its things, and its secret."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.config import Settings


def test_explicit_wins_over_environment_wins_over_default(tmp_path):
    env = {"QURASTYR_DATA": str(tmp_path / "env"), "QURASTYR_DATABASE": "postgresql://u@h/d"}
    assert Settings.of(environment=env).database_url == "postgresql+psycopg://u@h/d"
    assert Settings.of(environment=env).data == tmp_path / "env"
    given = Settings.of(tmp_path / "given", "sqlite:////x.db", env)
    assert (given.data, given.database_url) == (tmp_path / "given", "sqlite:////x.db")
    assert Settings.of(tmp_path, environment={}).database_url == f"sqlite:///{tmp_path}/qurastyr.db"
    assert Settings.of(environment={}).data.name == "data"


def test_secret_is_made_once_and_private(tmp_path):
    settings = Settings.of(tmp_path / "data", environment={})
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: settings.secret(), range(32)))
    assert len(keys) == 1 and len(keys.pop()) == 32
    file = tmp_path / "data" / "secrets" / "session"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [p.name for p in file.parent.iterdir()] == ["session"]
    assert settings.secret("other") != settings.secret()


def test_short_secret_is_refused(tmp_path):
    settings = Settings.of(tmp_path, environment={}).prepare()
    (tmp_path / "secrets" / "session").write_bytes(b"weak")
    with pytest.raises(ValueError, match="shorter"):
        settings.secret()
