"""Every curl sample of docs/api.md is run, in order, and answers the status that the manual says."""

import re
import shlex
from urllib.parse import urlencode

from engine.hooks import registry
from engine.services.identity import actor_of_key
from engine.services.jobs import defer
from tests.proofs import ROOT

SAMPLE = re.compile(r"<!-- (\d{3})((?: \w+=\w+)*) -->\n```bash\n(.*?)```", re.DOTALL)


def request_of(words):
    """(method, address, headers, body) of a curl command line."""
    method, address, headers, body, query = "", "", {}, None, []
    rest = iter(words[1:])
    for word in rest:
        if word == "-X":
            method = next(rest)
        elif word == "-H":
            name, _, value = next(rest).partition(": ")
            headers[name] = value
        elif word in ("-d", "--data-binary"):
            body = next(rest).encode()
        elif word == "--data-urlencode":
            query.append(tuple(next(rest).split("=", 1)))
        elif word != "-G":
            assert not word.startswith("-"), word
            address = word
    return method or ("POST" if body else "GET"), address + (f"?{urlencode(query)}" if query else ""), headers, body


def job(shop, monkeypatch):
    """The id of a job that the keeper has left."""
    monkeypatch.setitem(registry().job_handlers.parts, "test.manual", lambda run: None)
    actor = actor_of_key(shop.site, shop.keys["keeper"])
    return str(shop.site.write(actor, lambda uow: defer(uow, "test.manual", {}, title="x")))


def test_the_samples_answer_as_the_manual_says(shop, keeper, bill, monkeypatch):
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    known = {"SITE": "", "KEY": shop.keys["keeper"], "CUSTOMER": str(shop.ids.customer),
             "SERVICE": str(shop.ids.service), "DRAFT": keeper.made("/shop/bill", bill)["id"],
             "JOB": job(shop, monkeypatch)}
    samples = SAMPLE.findall(text)
    assert len(samples) == text.count("```bash") >= 12
    client = shop.app.test_client()
    for status, keeps, command in samples:
        words = [re.sub(r"\$(\w+)", lambda m: known[m[1]], word) for word in shlex.split(command.replace("\\\n", " "))]
        method, address, headers, body = request_of(words)
        answer = client.open(address, method=method, headers=headers, data=body)
        assert answer.status_code == int(status), f"{command}\n{answer.status_code} {answer.text[:500]}"
        for keep in keeps.split():
            name, _, key = keep.partition("=")
            known[name] = answer.json[key]
