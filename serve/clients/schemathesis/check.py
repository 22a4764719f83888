"""schemathesis against `serve`: as a manager, as an agent and as nobody.

It asks what openapi.json describes, and what it does not allow, and compares each answer
with the document. Here is added that it did ask: the statuses that each caller must have
seen, and that it finds out a document that is wrong.
"""

import collections
import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

URL = os.environ["SERVE_URL"]
TOKEN = os.environ["SERVE_TOKEN"]
PLACE = Path(sys.prefix) / "runs"
SEED = 20220915

# Who asks, how many random requests for each method beside the systematic ones, and the
# statuses of the answers. 401: it leaves out or spoils the credentials too. 405: it tries
# the methods that the document lacks.
RUNS = [
    ("manager", 200, {200, 400, 401, 405}),
    ("agent", 30, {401, 403, 405}),
    ("nobody", 30, {401, 405}),
]


def schemathesis(name, document, examples, *more):
    """Runs it, and returns its exit code and the path of its report."""
    report = PLACE / f"{name}.ndjson"
    report.unlink(missing_ok=True)
    command = [
        *[Path(sys.executable).with_name("schemathesis"), "run", document, "--url", URL],
        *["--seed", str(SEED), "--max-examples", str(examples), "--no-color"],
        *["--generation-database", "none", "--warnings", "off"],
        *["--report", "ndjson", "--report-ndjson-path", report, *more],
    ]
    with open(PLACE / f"{name}.txt", "w") as output:
        code = subprocess.run(
            command, cwd=PLACE, stdout=output, stderr=subprocess.STDOUT
        ).returncode
    return code, report


def read(report):
    """How many answers there were of each status, and checks of each kind and result."""
    statuses, checks = collections.Counter(), collections.Counter()
    with open(report) as lines:
        for line in lines:
            recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
            for exchange in recorder.get("interactions", {}).values():
                statuses[(exchange["response"] or {}).get("status_code")] += 1
            for case in recorder.get("checks", {}).values():
                checks.update((check["name"], check["status"]) for check in case)
    return statuses, checks


def as_(user):
    if user == "nobody":
        return []
    return ["--header", f"X-User-Id: {user}", "--header", f"X-Auth-Token: {TOKEN}"]


def main():
    PLACE.mkdir(exist_ok=True)
    answers = 0
    for user, examples, wanted in RUNS:
        code, report = schemathesis(user, f"{URL}/openapi.json", examples, *as_(user))
        statuses, checks = read(report) if report.exists() else ({}, {})
        if code != 0 or set(statuses) != wanted:
            print((PLACE / f"{user}.txt").read_text())
            sys.exit(f"as {user}: exit code {code}, statuses {dict(statuses)}")
        failed = {kind: n for kind, n in checks.items() if kind[1] != "success"}
        if failed or sum(checks.values()) < sum(statuses.values()):
            sys.exit(f"as {user}: {checks}")
        answers += sum(statuses.values())
        seen = ", ".join(f"{n} × {status}" for status, n in sorted(statuses.items()))
        print(f"as {user}: {seen}; {sum(checks.values())} checks")

    with urllib.request.urlopen(f"{URL}/openapi.json") as response:
        document = response.read().decode()
    wrong = PLACE / "wrong.json"
    wrong.write_text(document.replace("You must be logged in", "You should be logged in"))
    code, report = schemathesis("wrong", wrong, 1, "--phases", "examples")
    failed = {name for name, result in read(report)[1] if result != "success"}
    if code == 0 or failed != {"response_schema_conformance"}:
        sys.exit(f"a wrong document: exit code {code}, {failed} failed")
    print("a wrong document is found out")
    print(f"{answers} passed, 0 failed")


main()
