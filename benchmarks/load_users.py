"""`provisor users load` of 100,000 rows against `provisor serve`, and what the Python processes then weigh.

The app is assigned to Everyone afterwards, so that the worker has all of them in hand too.
    python -m benchmarks.load_users [--rows 100000] [--no-app]
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import aiohttp
import uvloop

from benchmarks.harness import Server, provisor_server, reference_server

COLUMNS = ("login", "email", "firstName", "lastName", "title", "department", "employeeNumber", "city", "countryCode")


def write_csv(file: Path, rows: int) -> None:
    """People as an HR system exports them."""
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        for n in range(rows):
            login = f"person{n}@example.com"
            writer.writerow([login, login, f"First{n}", f"Last{n}", "Engineer", "Research", n, "Oslo", "NO"])


def load(server: Server, file: Path) -> dict[str, object]:
    """Run the command; its report, its seconds and its peak memory."""
    program = str(Path(sys.executable).with_name("provisor"))
    started = time.perf_counter()
    process = subprocess.Popen(
        [program, "users", "load", str(file), "--json"], env=server.environment(), stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, said
    report = json.loads(said)
    return {
        "created": report["created"],
        "unchanged": report["unchanged"],
        "seconds": round(seconds, 1),
        "rows_per_s": round((report["created"] + report["unchanged"]) / seconds),
        "command_peak_mb": usage.ru_maxrss // 1024,
    }


def memory(pid: int) -> dict[str, int]:
    """Megabytes now and at most, as the kernel counts them."""
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return {key: int(lines[name].split()[0]) // 1024 for key, name in (("rss_mb", "VmRSS"), ("peak_mb", "VmHWM"))}


def weigh(server: Server, when: str) -> None:
    """All Python processes of the server: itself and PostgreSQL's watchdog."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if "python" in command and str(server.data_dir) in command:
                found["watchdog" if "watchdog" in command else "server"] = memory(int(entry.name))
    together = {key: sum(each[key] for each in found.values()) for key in ("rss_mb", "peak_mb")}
    print(json.dumps({"when": when, **found, "together": together}), flush=True)


async def provision(server: Server, base_url: str, rows: int) -> None:
    """Give everybody an account, and wait until nobody is due."""
    async with aiohttp.ClientSession() as session:
        app = await server.app(session, base_url)
        everyone = (await server.call(session, "GET", "/api/v1/groups?q=Everyone"))[0]["id"]
        started = time.perf_counter()
        await server.call(session, "PUT", f"/api/v1/apps/{app}/groups/{everyone}")
        print(json.dumps({"assigned": rows, "seconds": round(time.perf_counter() - started, 1)}), flush=True)
        while True:
            async with session.get(server.url + "/metrics") as answer:
                if "provisor_queue_depth{" not in await answer.text():
                    break
            await asyncio.sleep(1)
        seconds = time.perf_counter() - started
    print(json.dumps({"provisioned": rows, "seconds": round(seconds, 1), "per_s": round(rows / seconds)}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--no-app", action="store_true", help="Load and weigh only.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="provisor-bench-csv-") as directory, provisor_server() as server:
        file = Path(directory) / "people.csv"
        write_csv(file, options.rows)
        weigh(server, "at the start")
        print(json.dumps({"load": "new people", **load(server, file)}), flush=True)
        weigh(server, "loaded")
        print(json.dumps({"load": "the same again", **load(server, file)}), flush=True)
        weigh(server, "loaded twice")
        if not options.no_app:
            with reference_server() as peer:
                uvloop.run(provision(server, peer.url, options.rows))
                weigh(server, "provisioned")


if __name__ == "__main__":
    main()
