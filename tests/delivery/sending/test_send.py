"""`proof`, `send` and `status`, as commands: what is refused, what is sent, and what is said of it."""

from __future__ import annotations

import email
import json
import re
import signal
import time
from email import policy
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.delivery.campaign_parts import ISSUE, READY, STATES, Desk, make_desk, running_sink
from tests.delivery.sink import Options, serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import MakePublication
    from tests.delivery.nursery import Child

ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")


@pytest.fixture
def desk(publication: MakePublication) -> Desk:
    """A desk that sends into a folder and has mailed its proof."""
    made = make_desk(publication)
    made.proof()
    return made


def mails(desk: Desk) -> list[email.message.EmailMessage]:
    files = sorted((desk.root / ".briefing" / "mail" / "new").iterdir())
    parsed = [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
    return [mail for mail in parsed if "proof-" not in mail["Message-ID"]]


def test_every_reader_gets_the_proofed_digest_once(desk: Desk) -> None:
    desk.fill(number=25)
    done = desk.send()
    assert done.returncode == 0, done.stderr
    sent = mails(desk)
    assert sorted(mail["To"] for mail in sent) == sorted(f"r{number}@reader.example" for number in range(25))
    assert len({mail["Message-ID"] for mail in sent}) == 25
    assert len({mail["List-Unsubscribe"] for mail in sent}) == 25
    record = json.loads((desk.root / "content" / "issues" / f"{ISSUE}.sent.json").read_text())
    assert record["counts"] == {"sent": 25, "dead": 0, "suppressed": 0, "unknown": 0}
    assert record["stories"] == ["2026-03-30-a-first-story", "2026-03-31-a-second-story"]
    assert "status: published" in (desk.root / "content" / "issues" / f"{ISSUE}.md").read_text()
    again = desk.send()
    assert again.returncode == 1
    assert "each reader gets it once" in again.stderr
    assert len(mails(desk)) == 25


def test_status_names_every_state(desk: Desk) -> None:
    desk.fill(number=3)
    desk.send("--sample", "1")
    status = desk.status()
    assert tuple(status["counts"]) == STATES
    assert status["state"] == "open"
    assert (status["counts"]["sent"], status["counts"]["pending"], status["recipients"]) == (1, 2, 3)
    said = desk.run("status")
    assert "uncertain" not in said.stdout
    assert "pending" in said.stdout


def test_a_sample_goes_first_and_the_rest_later(desk: Desk) -> None:
    desk.fill(number=30)
    assert desk.send("--sample", "4").returncode == 0
    assert len(mails(desk)) == 4
    assert desk.send().returncode == 0
    assert len(mails(desk)) == 30


def test_a_dry_run_mails_nobody(desk: Desk) -> None:
    desk.fill("one@a.example", number=3)
    done = desk.send("--dry-run", "--sample", "2")
    assert done.returncode == 0, done.stderr
    assert "would go to 4 readers" in done.stdout
    assert re.search(r"3  reader\.example\n +1  a\.example", done.stdout)
    assert len(list((desk.root / ".briefing" / "samples" / ISSUE).glob("*.eml"))) == 2
    assert mails(desk) == []
    assert json.loads(desk.run("status", "--json").stdout) == []


def test_no_address_is_said_or_recorded(desk: Desk) -> None:
    desk.fill(number=5)
    desk.run("subscribers", "remove", "r4@reader.example")
    said = "".join(done.stdout + done.stderr for done in (desk.send("--dry-run"), desk.send(), desk.run("status")))
    recorded = "".join(file.read_text() for file in (desk.root / "content" / "issues").glob("*.json"))
    assert ADDRESS.findall(said + recorded) == []


def test_what_was_not_proofed_is_refused(publication: MakePublication) -> None:
    desk = make_desk(publication)
    desk.fill(number=1)
    refused = desk.send()
    assert refused.returncode == 1
    assert "has not been proofed; run `proof 2026-w14 --to ADDRESS`" in refused.stderr


def test_what_changed_since_the_proof_is_refused(desk: Desk) -> None:
    desk.fill(number=1)
    issue = desk.root / "content" / "issues" / f"{ISSUE}.md"
    issue.write_text(issue.read_text().replace("Good morning.", "Good evening."))
    refused = desk.send()
    assert refused.returncode == 1
    assert "has changed since it was proofed" in refused.stderr
    assert mails(desk) == []


def test_a_status_does_not_change_the_digest(desk: Desk) -> None:
    desk.fill(number=1)
    issue = desk.root / "content" / "issues" / f"{ISSUE}.md"
    issue.write_text(issue.read_text().replace("number: 1\n", "number: 1\nstatus: hidden\n"))
    assert desk.send().returncode == 0


def test_another_transport_than_the_proof_s_is_refused(desk: Desk) -> None:
    desk.fill(number=1)
    desk.via = "file:.briefing/elsewhere"
    refused = desk.send()
    assert refused.returncode == 1
    assert "was proofed by file:.briefing/mail, but would be sent by file:.briefing/elsewhere" in refused.stderr


def test_what_has_begun_goes_on_by_the_same_transport_only(desk: Desk) -> None:
    desk.fill(number=5)
    desk.send("--sample", "1")
    desk.via = "file:.briefing/elsewhere"
    refused = desk.send()
    assert refused.returncode == 1
    assert "was started with file:.briefing/mail; pass --via" in refused.stderr


def test_a_typo_in_a_story_does_not_stop_what_has_begun(desk: Desk) -> None:
    desk.fill(number=5)
    desk.send("--sample", "1")
    (desk.root / "content" / "stories" / "2026" / "2026-03-30-a-first-story.md").write_text("broken")
    done = desk.send()
    assert done.returncode == 0, done.stderr
    assert len(mails(desk)) == 5


@pytest.mark.parametrize(
    ("setting", "field"),
    [
        ('BRIEFING["email"]["reply_to"] = ""', "BRIEFING.email.reply_to"),
        ('BRIEFING["email"]["postal_address"] = ""', "BRIEFING.email.postal_address"),
        ('BRIEFING["email"]["unsubscribe_address"] = ""', "BRIEFING.email.unsubscribe_address"),
    ],
)
def test_settings_that_bulk_mail_needs(publication: MakePublication, setting: str, field: str) -> None:
    desk = make_desk(publication)
    conf = desk.root / "pelicanconf.py"
    conf.write_text(f"{conf.read_text()}\n{setting}\n")
    desk.fill(number=1)
    refused = desk.run("proof", ISSUE, "--to", "a@b.example", "--via", desk.via, "--no-site-check")
    assert refused.returncode == 1
    assert f"{field}: " in refused.stderr
    assert not (desk.root / ".briefing" / "mail").exists()


def test_many_readers_need_one_click(publication: MakePublication) -> None:
    desk = make_desk(publication)
    conf = desk.root / "pelicanconf.py"
    conf.write_text(f'{conf.read_text()}\nBRIEFING["delivery"]["readers_by_mail"] = 2\n')
    desk.proof()
    desk.fill(number=3)
    refused = desk.send()
    assert refused.returncode == 1
    assert "3 readers have no one-click unsubscribe (the limit is 2)" in refused.stderr


def test_an_issue_that_is_not_live_is_refused(publication: MakePublication, serving: Callable[[Path], str]) -> None:
    desk = make_desk(publication)
    conf = desk.root / "pelicanconf.py"
    site = serving(desk.root / "output")
    conf.write_text(conf.read_text().replace("https://example.org", site.rstrip("/")))
    proof = ("proof", ISSUE, "--to", "a@b.example", "--via", desk.via)
    refused = desk.run(*proof)
    assert refused.returncode == 1
    assert f"{site}issues/{ISSUE}/ answers 404" in refused.stderr
    assert desk.run("build").returncode == 0
    done = desk.run(*proof)
    assert done.returncode == 0, done.stderr


def test_nobody_on_the_list(desk: Desk) -> None:
    refused = desk.send()
    assert refused.returncode == 1
    assert "the list has no confirmed subscribers" in refused.stderr
    assert desk.ask("SELECT * FROM campaigns") == []


def test_nobody_is_there_to_be_asked(desk: Desk) -> None:
    desk.fill(number=1)
    refused = desk.run("send", ISSUE, "--via", desk.via, "--no-site-check")
    assert refused.returncode == 2
    assert "--yes" in refused.stderr
    assert mails(desk) == []


def test_a_machine_that_forgets_needs_a_database(desk: Desk) -> None:
    desk.environment["CI"] = "1"
    refused = desk.send()
    assert refused.returncode == 1
    assert "set BRIEFING_DATABASE_URL" in refused.stderr


def test_who_leaves_meanwhile_is_left_out(desk: Desk) -> None:
    desk.fill(number=6)
    desk.send("--sample", "2")
    waiting = desk.ask(
        "SELECT address FROM subscribers s JOIN deliveries d ON d.subscriber = s.id WHERE d.state = 'pending' ORDER BY 1"
    )
    gone, erased, paused = (address for (address,) in waiting[:3])
    desk.run("subscribers", "remove", gone)
    desk.run("subscribers", "forget", erased)
    desk.change("UPDATE subscribers SET paused_until = ? WHERE address = ?", int(time.time()) + 1000, paused)
    assert desk.send().returncode == 0
    assert desk.counts() == {"sent": 3, "suppressed": 3}
    assert {gone, erased, paused} & {mail["To"] for mail in mails(desk)} == set()


def test_who_is_removed_before_is_no_recipient(desk: Desk) -> None:
    desk.fill(number=3)
    desk.run("subscribers", "remove", "r1@reader.example")
    assert desk.send().returncode == 0
    assert desk.counts() == {"sent": 2}


def test_deferred_deliveries_are_named_and_tried_again(publication: MakePublication) -> None:
    """A proof that is refused is no proof."""
    with serving(Options(says={"rcpt": b"450 4.2.1 later\r\n"})) as busy:
        desk = make_desk(publication, f"smtp://127.0.0.1:{busy.port}?tls=none")
        desk.fill("a@one.example", "b@two.example")
        assert desk.run("proof", ISSUE, "--to", "x@y.example", "--via", desk.via, "--no-site-check").returncode == 1
    with serving(Options(port=busy.port)):
        desk.proof()
    with serving(Options(port=busy.port, says={"rcpt": b"450 4.2.1 later\r\n"})):
        refused = desk.send()
        assert refused.returncode == 1
        assert re.search(
            r"the remaining deliveries are deferred: run send again after \d{4}-\d\d-\d\d \d\d:\d\d", refused.stderr
        )
        assert desk.counts() == {"deferred": 2}
        assert desk.status()["next"] is not None
    with serving(Options(port=busy.port)) as well:
        assert desk.send().returncode == 1  # their time has not come
        assert well.accepted == []
        desk.let_time_pass()
        assert desk.send().returncode == 0
        assert len(well.accepted) == 2


def test_wait_stays_until_the_time_has_come(publication: MakePublication) -> None:
    with serving(Options()) as sink:
        desk = make_desk(publication, f"smtp://127.0.0.1:{sink.port}?tls=none")
        desk.proof()
        desk.fill(number=4)
        desk.send("--sample", "1")
        soon = int(time.time()) + 4
        desk.change("UPDATE deliveries SET state = 'deferred', due = ? WHERE state = 'pending'", soon)
        done = desk.send("--wait")
        assert done.returncode == 0, done.stderr
        assert time.time() >= soon
        assert len(sink.accepted) == 5


def test_who_does_not_exist_is_dead_and_never_mailed_again(publication: MakePublication) -> None:
    with serving(Options(faults={"gone": 1.0})) as sink:
        desk = make_desk(publication, f"smtp://127.0.0.1:{sink.port}?tls=none")
        desk.fill(number=2)
    with serving(Options(port=sink.port)):
        desk.proof()
    with serving(Options(port=sink.port, faults={"gone": 1.0})):
        assert desk.send().returncode == 0
    assert desk.counts() == {"dead": 2}
    assert desk.ask("SELECT DISTINCT state FROM subscribers") == [("bounced",)]
    assert desk.ask("SELECT count(*), min(reason) FROM suppressions") == [(2, "bounced")]


def test_a_refusal_by_policy_stops_the_run(publication: MakePublication) -> None:
    policy_says = {"rcpt": b"550 5.7.1 a@reader.example is on our list\r\n"}
    with serving(Options()) as sink:
        desk = make_desk(publication, f"smtp://127.0.0.1:{sink.port}?tls=none")
        desk.proof()
    desk.fill(number=50)
    with serving(Options(port=sink.port, says=policy_says)):
        refused = desk.send()
    assert refused.returncode == 1
    assert "stopped: " in refused.stderr
    assert ADDRESS.findall(refused.stderr) == []
    assert desk.counts() == {"pending": 50}
    with serving(Options(port=sink.port)) as well:
        assert desk.send().returncode == 0
        assert len(well.accepted) == 50


def test_a_domain_that_refuses_is_left_alone(publication: MakePublication) -> None:
    with serving(Options()) as sink:
        desk = make_desk(publication, f"smtp://127.0.0.1:{sink.port}?tls=none")
        desk.proof()
    desk.fill("only@calm.example", number=40)
    with serving(Options(port=sink.port, faults={"rate-at-rcpt": 1.0})) as busy:
        assert desk.send().returncode == 1
        assert busy.commands["RCPT"] < 30
    assert desk.counts() == {"deferred": 41}
    assert [name for (name,) in desk.ask("SELECT name FROM rates WHERE paused_until > 0 ORDER BY 1")][
        -1
    ] == "reader.example"


def test_doubt_is_held_and_resent_only_when_asked(publication: MakePublication) -> None:
    with serving(Options()) as sink:
        desk = make_desk(publication, f"smtp://127.0.0.1:{sink.port}?tls=none")
        desk.proof()
    desk.fill("one@a.example", "two@b.example")
    with serving(Options(port=sink.port, faults={"drop-after": 1.0})) as dropping:
        done = desk.send()
    assert done.returncode == 0, done.stderr
    assert "2 uncertain deliveries" in done.stderr
    status = desk.status()
    assert status["counts"]["unknown"] == 2
    told = {each["message_id"] for each in status["uncertain"]}
    assert told == {mail.message_id for mail in dropping.accepted}


def test_resend_repeats_what_is_in_doubt(publication: MakePublication) -> None:
    with serving(Options()) as sink:
        desk = make_desk(publication, f"smtp://127.0.0.1:{sink.port}?tls=none")
        desk.proof()
        desk.fill(number=4)
        desk.send("--sample", "1")
        desk.change("UPDATE deliveries SET state = 'unknown' WHERE state = 'sent'")
        assert desk.send("--unknown", "resend").returncode == 0
        assert desk.counts() == {"sent": 4}
        assert len(sink.accepted) == 1 + 1 + 4  # the proof, the first, and all of them


def test_resend_opens_a_finished_campaign_again(publication: MakePublication) -> None:
    with serving(Options()) as sink:
        desk = make_desk(publication, f"smtp://127.0.0.1:{sink.port}?tls=none")
        desk.proof()
        desk.fill(number=3)
        assert desk.send().returncode == 0
        desk.change("UPDATE deliveries SET state = 'unknown' WHERE subscriber = 1")
        assert desk.send().returncode == 1
        done = desk.send("--unknown", "resend")
        assert done.returncode == 0, done.stderr
        assert desk.counts() == {"sent": 3}
        assert len(sink.accepted) == 1 + 3 + 1
        assert desk.send("--unknown", "resend").returncode == 1  # nothing is in doubt any more


def test_other_links_than_the_proof_s_are_refused(desk: Desk) -> None:
    desk.fill(number=4)
    conf = desk.root / "pelicanconf.py"
    proofed = conf.read_text()
    conf.write_text(f'{proofed}\nBRIEFING["email"]["unsubscribe_address"] = "other@example.org"\n')
    refused = desk.send()
    assert refused.returncode == 1
    assert "or where its links lead, has changed since it was proofed" in refused.stderr
    conf.write_text(proofed)
    desk.send("--sample", "1")
    conf.write_text(f'{proofed}\nBRIEFING["email"]["unsubscribe_address"] = "other@example.org"\n')
    refused = desk.send()
    assert refused.returncode == 1
    assert "was started with other links" in refused.stderr
    assert desk.counts() == {"sent": 1, "pending": 3}


def test_a_server_that_cannot_be_reached_is_named(publication: MakePublication) -> None:
    with serving(Options()) as sink:
        desk = make_desk(publication, f"smtp://127.0.0.1:{sink.port}?tls=none")
        desk.proof()
    desk.fill(number=3)
    sender = desk.start()
    while "cannot be reached" not in sender.out.read_text():
        assert sender.poll() is None, sender.communicate()
        time.sleep(0.02)
    sender.send_signal(signal.SIGHUP)
    sender.communicate(timeout=20)
    assert sender.returncode == 130
    assert desk.counts() == {"pending": 3}


def is_pending(sender: Child, number: signal.Signals) -> bool:
    """Whether a signal still waits for a process: one that is sent meanwhile is the same one."""
    try:
        status = Path(f"/proc/{sender.process.pid}/status").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):  # it has ended
        return False
    waiting = int(status.partition("ShdPnd:")[2].split()[0], 16)
    return bool(waiting >> (number - 1) & 1)


def test_stopped_twice_is_said_in_a_line(publication: MakePublication, tmp_path: Path) -> None:
    with running_sink(tmp_path, "--faults", "stall-at-dot=1", "--stall", "30") as sink:
        desk = make_desk(publication, f"smtp://127.0.0.1:{sink.port}?tls=none")
        proof = desk.root / "content" / "issues" / f"{ISSUE}.proof.json"
        desk.via = "file:.briefing/mail"
        desk.proof()
        proof.write_text(proof.read_text().replace("file:.briefing/mail", f"smtp://127.0.0.1:{sink.port}"))
        desk.via = sink.via
        desk.fill(number=3)
        sender = desk.start()
        while len(sink.accepted()) < 3:
            time.sleep(0.05)
        for _ in range(2):
            sender.send_signal(signal.SIGINT)
            while is_pending(sender, signal.SIGINT):
                time.sleep(0.01)
        said, _ = sender.communicate(timeout=20)
    assert sender.returncode == 130, said
    assert "Traceback" not in said
    assert "3 inflight" in said
    with serving(Options(port=sink.port)) as well:
        assert desk.send().returncode == 0
        assert well.accepted == []
    assert desk.counts() == {"unknown": 3}


def test_a_lost_ledger_repeats_nobody(desk: Desk) -> None:
    desk.fill(number=2)
    desk.send()
    for file in desk.ledger.parent.glob("ledger.sqlite3*"):
        file.unlink()
    desk.fill(number=2)
    refused = desk.send()
    assert refused.returncode == 1
    assert "it is not in this ledger" in refused.stderr
    assert desk.send("--dry-run").returncode == 1
    assert len(mails(desk)) == 2


def test_a_later_proof_changes_nothing_that_has_begun(desk: Desk) -> None:
    desk.fill(number=3)
    desk.send("--sample", "1")
    issue = desk.root / "content" / "issues" / f"{ISSUE}.md"
    issue.write_text(issue.read_text().replace("Good morning.", "Good evening."))
    desk.proof()
    assert desk.send("--dry-run").returncode == 0
    done = desk.send()
    assert done.returncode == 0, done.stderr
    assert "resumes with the digest it was started with" in done.stderr
    assert all("Good morning." in mail.as_string() for mail in mails(desk))


def test_a_wrong_secret_is_not_kept(desk: Desk) -> None:
    desk.fill(number=1)
    secret = desk.ledger.parent / "secret"
    text = secret.read_text()
    secret.unlink()
    refused = desk.run("status")
    assert refused.returncode == 1
    assert "does not match this database" in refused.stderr
    assert not secret.exists()
    secret.write_text(text)
    assert desk.run("status").returncode == 0


def test_a_folder_repeats_without_asking(desk: Desk) -> None:
    desk.fill(number=4)
    desk.send("--sample", "2")
    desk.change("UPDATE deliveries SET state = 'unknown' WHERE state = 'sent'")
    assert desk.send().returncode == 0
    assert desk.counts() == {"sent": 4}
    assert len(mails(desk)) == 4  # a message replaces itself


def test_ctrl_c_stops_cleanly(publication: MakePublication, tmp_path: Path) -> None:
    with running_sink(tmp_path) as sink:
        desk = make_desk(publication, sink.via, '"per_second": 50.0')
        desk.proof()
        desk.fill(number=1000)
        sender = desk.start()
        while len(sink.accepted()) < 60:
            time.sleep(0.05)
        sender.send_signal(signal.SIGINT)
        said, _ = sender.communicate(timeout=20)
        assert sender.returncode == 130, said
        counts = desk.counts()
        assert set(counts) == {"sent", "pending"}
        assert counts["sent"] == len(sink.accepted())
    assert "run send again to resume" in said


def test_a_second_send_is_refused(publication: MakePublication, tmp_path: Path) -> None:
    with running_sink(tmp_path) as sink:
        desk = make_desk(publication, sink.via, '"per_second": 50.0')
        desk.proof()
        desk.fill(number=1000)
        sender = desk.start()
        while not sink.accepted():
            time.sleep(0.05)
        refused = desk.send()
        sender.kill()
        sender.communicate()
    assert refused.returncode == 1
    assert "another `send` is sending 2026-w14" in refused.stderr


def test_the_warm_up_s_day_ends_the_run(publication: MakePublication) -> None:
    desk = make_desk(publication, more='"warm_up": [3, 100]')
    desk.proof()
    desk.fill(number=8)
    first = desk.send()
    assert (first.returncode, first.stderr) == (0, "")
    assert "today's share of the warm-up is sent: run send again after 20" in first.stdout
    assert desk.counts() == {"sent": 3, "pending": 5}
    desk.change("UPDATE days SET day = '2026-01-01'")
    assert desk.send().returncode == 0


def test_the_pace_of_a_domain_is_kept(publication: MakePublication) -> None:
    desk = make_desk(publication, more='"domains_per_second": {"reader.example": 2.0}')
    desk.proof()
    desk.fill("fast@other.example", number=8)
    begun = time.monotonic()
    done = desk.send()
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - begun >= 3
    assert desk.counts() == {"sent": 9}


def test_a_record_that_was_not_written_is_written(desk: Desk) -> None:
    desk.fill(number=2)
    desk.send()
    record = desk.root / "content" / "issues" / f"{ISSUE}.sent.json"
    before = record.read_text()
    record.unlink()
    assert desk.send().returncode == 0
    assert record.read_text() == before
    assert len(mails(desk)) == 2


def test_an_unknown_issue_is_named(desk: Desk) -> None:
    refused = desk.run("send", "2026-w15", "--via", desk.via, "--yes")
    assert refused.returncode == 2
    assert "there is no issue `2026-w15`; did you mean 2026-w14?" in refused.stderr
    assert desk.run("status", "2026-w15").returncode == 1


def test_a_draft_is_refused(desk: Desk) -> None:
    issue = desk.root / "content" / "issues" / f"{ISSUE}.md"
    issue.write_text(issue.read_text().replace("number: 1\n", "number: 1\nstatus: draft\n"))
    refused = desk.send()
    assert refused.returncode == 1
    assert "is a draft" in refused.stderr


def test_settings_may_name_the_transport(publication: MakePublication) -> None:
    desk = make_desk(publication, more='"transport": "file:.briefing/mail"')
    done = desk.run("proof", ISSUE, "--to", "a@b.example", "--no-site-check")
    assert done.returncode == 0, done.stderr
    assert READY
