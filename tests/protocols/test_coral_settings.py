"""The settings for Coral: what a file may say, and what an error shows of it."""

from __future__ import annotations

import hmac
from hashlib import sha256
from pathlib import Path

import pytest

from stance.protocols import load_coral
from stance.protocols.coral_signing import find_signer
from stance.protocols.errors import BadCoralSettings
from stance.serve import Serving, serve


def test_secrets_can_come_from_the_environment_and_are_shown_nowhere(tmp_path):
    paper = (Path(__file__).parent.parent.parent / "docs" / "coral.md").read_text(encoding="utf-8")
    path = tmp_path / "coral.toml"
    path.write_text(paper.partition("```toml\n")[2].partition("```")[0], encoding="utf-8")
    told = {
        "CORAL_SECRET": "empsec_new",
        "CORAL_OLD_SECRET": "empsec_old",
        "CORAL_WEBHOOK_SECRET": "whsec_new",
        "CORAL_TOKEN": "a-token",
    }
    (tenant,) = load_coral(path, environment=told)
    assert tenant.phase_secrets == (b"empsec_new", b"empsec_old")
    assert tenant.webhook_secrets == (b"whsec_new",)
    assert (tenant.token, tenant.html, tenant.tell_decisions) == ("a-token", True, True)
    assert [rule.answer for rule in tenant.rules] == ["flag", "flag", "reject"]
    assert not any(secret in repr(tenant) for secret in told.values())
    signature = hmac.new(b"empsec_old", b"{}", sha256).hexdigest()
    assert find_signer([tenant], b"{}", f"sha256={signature}") == (tenant,)
    assert find_signer([tenant], b"{}", f"sha256={signature}", of="webhook") == ()
    with pytest.raises(BadCoralSettings, match="the environment does not hold it"):
        load_coral(path, environment={})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("secret = empsec_shown", "not TOML"),
        ("", "no table"),
        ("[tenants]", "no tenant"),
        ("[tenants.a]", "no list of secrets"),
        ("[tenants.a]\nphase_secrets = ['']", "no secret"),
        ("[tenants.a]\nphase_secrets = ['s']\nwebhook_secrets = []", "webhook_secrets is no list"),
        (
            "[tenants.a]\nphase_secrets = []\nwebhook_secrets = ['s']\ngraphql_url = 'http://h/'\ntoken = 't'",
            "phase_secrets is no list",
        ),
        ("[tenants.a]\nwebhook_secrets = ['s']", "webhook_secrets need graphql_url"),
        ("[tenants.a]\nphase_secrets = ['s']\ntell_decisions = 'shown'", "neither true nor false"),
        ("[tenants.a]\nphase_secrets = ['s']\nformat = 'MARKDOWN'", "PLAIN_TEXT"),
        ("[tenants.a]\nphase_secrets = ['s']\nshown = 'x'", "unknown keys"),
        ("[tenants.a]\nphase_secrets = ['s']\ngraphql_url = 'file:///shown'", "https://"),
        ("[tenants.a]\nphase_secrets = ['s']\ngraphql_url = 'http://h:99999999/'", "https://"),
        ("[tenants.a]\nphase_secrets = ['s']\ngraphql_url = 'http://h/'", "token"),
        ("[tenants.a]\nphase_secrets = ['s']\nrules = [{attribute = 'shown', at_least = 0.5}]", "TOXICITY"),
        ("[tenants.a]\nphase_secrets = ['s']\nrules = [{attribute = 'SPAM', at_least = 80}]", "at most 1"),
        ("[tenants.a]\nphase_secrets = ['s']\nrules = [{attribute = [], at_least = 1}]", "TOXICITY"),
        ("[tenants.a]\nphase_secrets = ['s']\nrules = [{attribute = 'SPAM', at_least = 1, answer = 'x'}]", "withhold"),
    ],
)
def test_settings_that_are_wrong_say_where_and_show_no_value(tmp_path, text, why):
    path = tmp_path / "coral.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadCoralSettings, match=why) as caught:
        load_coral(path, environment={})
    assert "shown" not in str(caught.value)


def test_a_tenant_may_have_webhooks_alone_and_not_be_told(tmp_path):
    path = tmp_path / "coral.toml"
    lines = ["[tenants.a]", "webhook_secrets = ['s']", "graphql_url = 'https://h/'", "token = 't'"]
    path.write_text("\n".join([*lines, "tell_decisions = false"]), encoding="utf-8")
    (tenant,) = load_coral(path, environment={})
    assert (tenant.phase_secrets, tenant.webhook_secrets, tenant.tell_decisions) == ((), (b"s",), False)


def test_settings_that_are_not_there_are_told_of(tmp_path):
    with pytest.raises(BadCoralSettings, match="cannot be read"):
        load_coral(tmp_path / "none.toml", environment={})


def test_the_server_does_not_begin_with_settings_that_are_wrong(tmp_path):
    path = tmp_path / "coral.toml"
    path.write_text("[tenants.a]", encoding="utf-8")
    with pytest.raises(BadCoralSettings, match="no list of secrets"):
        serve(Serving(coral=path, port=0), tell=print)
