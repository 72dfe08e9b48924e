"""What pyproject.toml cannot say: a wheel carries the built dashboard, if it has been built (scripts/build-dashboard).

A wheel is made without Node.js: `frontend/dist` is copied as it is. An installation for development copies nothing and
reads the folder itself.
"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

_BUILT = Path(__file__).resolve().parent / "frontend/dist"


class BuildWithDashboard(build_py):
    """Adds the built dashboard to the package."""

    def run(self) -> None:
        """Copy the package, then the dashboard into it."""
        super().run()
        if self.editable_mode or not (_BUILT / "index.html").is_file():
            return
        target = Path(self.build_lib) / "milepost/dashboard_files"
        shutil.rmtree(target, ignore_errors=True)
        # What begins with a dot is for the build alone.
        shutil.copytree(_BUILT, target, ignore=shutil.ignore_patterns(".*"))


setup(cmdclass={"build_py": BuildWithDashboard})
