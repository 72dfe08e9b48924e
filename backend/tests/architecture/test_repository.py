"""What no file of the repository contains."""

import re

from architecture.sources import ROOT, complain, lines_matching, text_files

# Put together here, so that this file does not contain them itself.
_REGISTRIES = re.compile(r"pypi\.(?:org|io)|python" + r"hosted\.org|npm" + r"js\.(?:org|com)|yarn" + r"pkg\.com", re.I)
_ADDRESS = re.compile(r"[a-z+]+:" + r"//|^\s*-[-if]|^\s*\"resolved\"|\bfile:", re.I)
_LOCKS = {"requirements.lock", "requirements-test.lock", "package-lock.json", "uv.lock"}


def test_no_package_registry_is_named() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path, text in text_files()
        for line, _ in lines_matching(_REGISTRIES, text)
    ]
    complain(
        "no file names the host of a package registry",
        "where packages come from is the business of the machine that installs; hashes say whether they are right",
        found,
    )


def test_locks_hold_versions_and_hashes_only() -> None:
    locks = [(path, text) for path, text in text_files() if path.name in _LOCKS]
    assert {path.name for path, _ in locks} >= {"requirements.lock", "requirements-test.lock"}
    found = [
        f"{path.relative_to(ROOT)}:{line} {content.strip()[:60]}"
        for path, text in locks
        if path.suffix == ".lock"
        for line, content in lines_matching(_ADDRESS, text)
        if not content.strip().startswith("--hash=sha256:")
    ]
    found += [
        f"{path.relative_to(ROOT)}:{line}"
        for path, text in locks
        if path.suffix == ".json"
        for line, _ in lines_matching(re.compile(r"\"resolved\""), text)
    ]
    complain("a lock has no addresses, options or paths", "it must work wherever packages come from", found)


def test_every_locked_package_has_a_hash() -> None:
    for name in ("requirements.lock", "requirements-test.lock"):
        entries = re.split(r"\n(?=\S)", (ROOT / name).read_text().strip())
        bare = [entry.splitlines()[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry]
        complain(f"{name}: every entry has a version and hashes", "pip installs nothing else then", bare)


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    home = re.compile(r"(?<![\w.])/(?:home|Users|root|work)/\w")
    found = [
        f"{path.relative_to(ROOT)}:{line}" for path, text in text_files() for line, _ in lines_matching(home, text)
    ]
    complain("no absolute path of somebody's machine", "nobody else has it", found)
