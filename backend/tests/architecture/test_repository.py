"""Content that no file of the repository may have."""

import re

from architecture.sources import ROOT, complain, lines_matching, text_files

# Assembled here, so that this file does not contain the names itself.
_REGISTRIES = re.compile(r"pypi\.(?:org|io)|python" + r"hosted\.org|npm" + r"js\.(?:org|com)|yarn" + r"pkg\.com", re.I)
_ADDRESS = re.compile(r"[a-z+]+:" + r"//|^\s*-[-if]|^\s*\"resolved\"|\bfile:", re.I)
_LOCKS = {"requirements.lock", "requirements-test.lock", "requirements-node.lock", "package-lock.json", "uv.lock"}


def test_no_package_registry_is_named() -> None:
    places = [
        f"{path.relative_to(ROOT)}:{line}"
        for path, text in text_files()
        for line, _ in lines_matching(_REGISTRIES, text)
    ]
    complain(
        "no file names the host of a package registry",
        "the installing machine decides where packages come from; hashes verify them",
        places,
    )


def test_locks_hold_versions_and_hashes_only() -> None:
    locks = [(path, text) for path, text in text_files() if path.name in _LOCKS]
    assert {path.name for path, _ in locks} >= {"requirements.lock", "requirements-test.lock", "requirements-node.lock"}
    places = [
        f"{path.relative_to(ROOT)}:{line} {content.strip()[:60]}"
        for path, text in locks
        if path.suffix == ".lock"
        for line, content in lines_matching(_ADDRESS, text)
        if not content.strip().startswith("--hash=sha256:")
    ]
    places += [
        f"{path.relative_to(ROOT)}:{line}"
        for path, text in locks
        if path.suffix == ".json"
        for line, _ in lines_matching(re.compile(r"\"resolved\""), text)
    ]
    complain("a lock has no addresses, options or paths", "it must work with any package source", places)


def test_every_locked_package_has_a_hash() -> None:
    for name in ("requirements.lock", "requirements-test.lock", "requirements-node.lock"):
        entries = re.split(r"\n(?=\S)", (ROOT / name).read_text().strip())
        bare = [entry.splitlines()[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry]
        complain(f"{name}: every entry has a version and hashes", "pip then installs exactly the verified files", bare)


def test_no_file_names_a_path_of_one_machine() -> None:
    home = re.compile(r"(?<![\w.])/(?:home|Users|root|work)/\w")
    places = [
        f"{path.relative_to(ROOT)}:{line}" for path, text in text_files() for line, _ in lines_matching(home, text)
    ]
    complain("no file has an absolute path of one machine", "the path does not exist elsewhere", places)
