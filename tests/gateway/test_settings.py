"""Settings: read once, command line before environment before defaults, and every bad one named."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.settings import Mode, SettingsError, read_settings


def test_without_anything_it_listens_on_this_machine_only() -> None:
    settings = read_settings({})
    assert (settings.host, settings.port, settings.mode) == ("127.0.0.1", 8000, Mode.DEVELOPMENT)


def test_a_host_that_others_can_reach_means_production_unless_said() -> None:
    assert read_settings({"COGWERK_HOST": "0.0.0.0"}).mode is Mode.PRODUCTION
    assert read_settings({"COGWERK_HOST": "0.0.0.0", "COGWERK_MODE": "development"}).mode is Mode.DEVELOPMENT


def test_the_command_line_goes_before_the_environment() -> None:
    settings = read_settings({"COGWERK_PORT": "9000", "COGWERK_DATA": "/a"}, port="9001", data="/b", host=None)
    assert (settings.port, settings.data) == (9001, Path("/b"))


def test_production_hides_the_schema_unless_said() -> None:
    assert not read_settings({"COGWERK_MODE": "production"}).introspection
    assert read_settings({"COGWERK_MODE": "production", "COGWERK_INTROSPECTION": "on"}).introspection


def test_origins_are_a_list_and_localhost_is_for_development_only() -> None:
    settings = read_settings({"COGWERK_ORIGINS": "https://shop.example/, https://till.example:8443"})
    assert settings.origins == ("https://shop.example", "https://till.example:8443")
    assert settings.origin_pattern is not None
    assert read_settings({"COGWERK_MODE": "production"}).origin_pattern is None


def test_without_a_database_url_the_data_directory_holds_it(tmp_path: Path) -> None:
    assert read_settings({}, data=str(tmp_path)).database == f"sqlite:///{tmp_path}/cogwerk.db"
    assert read_settings({"DATABASE_URL": "postgresql://db/shop"}).database == "postgresql://db/shop"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("COGWERK_PORT", "eighty"),
        ("COGWERK_PORT", "70000"),
        ("COGWERK_WORKERS", "0"),
        ("COGWERK_MODE", "staging"),
        ("COGWERK_BASKET_SHARE", "101"),
        ("COGWERK_COST_CURRENCY", "eur"),
        ("COGWERK_STALE_MINUTES", "-1"),
        ("DATABASE_URL", "mysql://db"),
        ("REDIS_URL", "http://cache"),
        ("COGWERK_ORIGINS", "*"),
        ("COGWERK_ORIGINS", "https://shop.example/path"),
        ("COGWERK_TRUSTED_PROXIES", "proxy.example"),
        ("COGWERK_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("COGWERK_SECRET", "short"),
        ("COGWERK_OPERATOR_TOKEN", "short"),
        ("COGWERK_CART_DAYS", "0"),
        ("COGWERK_MODULES", "pricing"),
        ("COGWERK_MODULES", "pricing=ftp://pricing"),
        ("COGWERK_MODULES", "pricing=http://user:password@pricing"),
        ("COGWERK_MODULES_TOKEN", "short"),
        ("COGWERK_MODULES_MS", "0"),
        ("COGWERK_SMTP_URL", "mail.example"),
        ("COGWERK_SMTP_URL", "smtp://"),
        ("COGWERK_SMTP_URL", "smtp://mail.example:port"),
        ("COGWERK_MAIL_FROM", "the shop"),
        ("COGWERK_PUBLIC_URL", "shop.example"),
        ("COGWERK_PUBLIC_URL", "https://shop.example/?a=b"),
        ("COGWERK_INTROSPECTION", "maybe"),
        ("COGWERK_LOG_LEVEL", "LOUD"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_with_what_is_allowed(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"{name}.*allowed") as caught:
        read_settings({name: value})
    assert caught.value.name == name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("COGWERK_SECRET", "hunter2"),
        ("DATABASE_URL", "mysql://user:hunter2@db"),
        ("COGWERK_SMTP_URL", "http://user:hunter2@mail.example"),
        ("COGWERK_SMTP_URL", "smtp://user:hunter2@mail.example:port"),
    ],
)
def test_what_is_secret_is_not_repeated_in_the_error(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({name: value})
    assert "hunter2" not in str(caught.value)


def test_a_mail_server_needs_whom_mails_come_from() -> None:
    server = {"COGWERK_SMTP_URL": "smtp://user:hunter2@mail.example"}
    with pytest.raises(SettingsError, match="COGWERK_MAIL_FROM"):
        read_settings(server)
    settings = read_settings({**server, "COGWERK_MAIL_FROM": "Zahnrad <shop@example.com>"})
    assert settings.mail_from == "Zahnrad <shop@example.com>"
    assert "hunter2" not in repr(settings)


def test_links_lead_to_the_public_address_and_without_one_to_this_process() -> None:
    assert read_settings({"COGWERK_PUBLIC_URL": "https://api.shop.example/"}).links == "https://api.shop.example"
    assert read_settings({}, port="8123").links == "http://127.0.0.1:8123"
    assert read_settings({"COGWERK_HOST": "::1"}).links == "http://[::1]:8000"


def test_modules_of_other_processes_are_named_with_their_addresses() -> None:
    environ = {"COGWERK_MODULES": "pricing=http://one:8000/, cart=https://two", "COGWERK_MODULES_TOKEN": "t" * 32}
    assert read_settings(environ).modules == {"pricing": "http://one:8000", "cart": "https://two"}
    with pytest.raises(SettingsError, match="cart is served by this one"):
        read_settings(environ, parts=("cart",))
    with pytest.raises(SettingsError, match="COGWERK_MODULES_TOKEN"):
        read_settings({"COGWERK_MODULES": environ["COGWERK_MODULES"]})
