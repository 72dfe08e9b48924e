"""Serves one comparator with the uvicorn settings of the service.

`python -m bench.comparators.serve bare|naive|rows --port N`.
"""

import argparse
from pathlib import Path

import uvicorn

from bench.comparators import bare, naive, rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.comparators.serve")
    parser.add_argument("comparator", choices=("bare", "naive", "rows"))
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--overview", type=Path, help="bare: the file that GET /progress answers")
    parser.add_argument(
        "--database-url", default="", help="naive: postgresql://… of an empty database; rows: of the service's database"
    )
    options = parser.parse_args()
    if options.comparator == "bare":
        app = bare.create_app(options.overview)
    else:
        app = (naive if options.comparator == "naive" else rows).create_app(options.database_url)
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=options.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
