"""The command line: serve, schema, migrate, import, backup, restore, token, codes, evidence, forecast, check."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path

from gateway import backup, codes, commands, evidence, forecasts, modelling, proving, tokens
from gateway.importing import WrongMapping
from gateway.migrations.branches import DatabaseMismatch
from gateway.server import loop_factory
from gateway.settings import Settings, SettingsError, read_settings
from modules.kernel.errors import Unavailable
from modules.kernel.moments import parse_moment
from modules.kernel.viewer import Role
from modules.runtime.misconfigured import Misconfigured

Command = Callable[[Settings, argparse.Namespace], Coroutine[None, None, int]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; answers the exit code: 0 done, 1 done with refusals, 2 could not be done."""
    options = _parser().parse_args(arguments)
    run: Command = options.run
    try:
        settings = read_settings(
            os.environ,
            data=getattr(options, "data", None),
            host=getattr(options, "host", None),
            port=getattr(options, "port", None),
            workers=getattr(options, "workers", None),
            parts=tuple(getattr(options, "only", None) or ()),
            empty=getattr(options, "empty", False),
        )
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            return runner.run(run(settings, options))
    except (SettingsError, Misconfigured, DatabaseMismatch, WrongMapping, Unavailable, backup.BackupRefused) as error:
        print(f"cogwerk: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("cogwerk: stopped", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cogwerk", description="A commerce backend behind one GraphQL gateway.")
    command = parser.add_subparsers(required=True, metavar="COMMAND")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--data", type=Path, metavar="DIR", help="the data directory (COGWERK_DATA)")
    _add_serve(command, common)

    schema = command.add_parser("schema", help="print the GraphQL schema")
    schema.add_argument("--only", action="append", metavar="MODULE", help="the subgraph of this module")
    schema.set_defaults(run=commands.schema)

    migrate = command.add_parser("migrate", parents=[common], help="bring the database to this program's tables")
    migrate.add_argument("--revise", metavar="MODULE", help="for developers: write the module's next revision")
    migrate.add_argument("--message", default="change", help="what the revision is for")
    migrate.set_defaults(run=commands.migrate)

    load = command.add_parser("import", parents=[common], help="read files into the shop by a mapping")
    load.add_argument("mapping", type=Path, metavar="MAPPING", help="the mapping file (docs/importing.md)")
    load.add_argument("directory", type=Path, metavar="DIR", help="where the files it names lie")
    load.add_argument("--refused", type=Path, metavar="FILE", help="where refused rows go (the data directory)")
    load.set_defaults(run=commands.load)

    _add_backup(command, common)
    _add_token(command, common)
    _add_codes(command, common)
    _add_forecast(command, common)
    _add_evidence(command, common)
    _add_configurator(command, common)

    _add_check(command, common)
    return parser


def _add_token(command: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    token = command.add_parser("token", parents=[common], help="issue a token for a developer's own machine")
    roles = [str(role) for role in Role]
    token.add_argument("--role", action="append", choices=roles, help="whose rights it has (shopper)")
    token.add_argument("--subject", default="developer", metavar="NAME", help="who bears it (developer)")
    token.add_argument("--customer", metavar="ID", help="a shopper's account")
    token.add_argument("--channel", action="append", metavar="ID", help="where it may be used alone (everywhere)")
    token.add_argument("--store", action="append", metavar="ID", help="the stores it may be used in alone (all)")
    token.add_argument("--hours", type=float, default=8, metavar="N", help="how long it holds (8)")
    token.set_defaults(run=tokens.issue)


def _add_check(command: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    check = command.add_parser(
        "check", parents=[common], help="examine settings, database, Redis and schema; or whom a schema would break"
    )
    what = "manifests and documents of clients, or directories of them: tell which the schema would break"
    check.add_argument("operations", nargs="*", type=Path, metavar="OPERATIONS", help=what)
    check.add_argument("--schema", type=Path, metavar="FILE", help="the schema to be (this checkout's)")
    check.add_argument("--against", type=Path, metavar="OLD", help="list what breaks since this schema, and for whom")
    check.add_argument("--field", action="append", metavar="TYPE.FIELD", help="tell who uses this field")
    check.add_argument("--days", type=int, default=30, metavar="N", help="count traffic of so many days (30)")
    check.add_argument("--no-traffic", action="store_true", help="leave out what clients were seen to send")
    check.set_defaults(run=commands.check)


def _add_backup(command: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    make = command.add_parser("backup", parents=[common], help="copy the shop into a directory, while it serves")
    make.add_argument("directory", type=Path, metavar="DIR", help="a directory that is not there yet")
    make.set_defaults(run=backup.backup)

    restore = command.add_parser("restore", parents=[common], help="make a shop of what backup has copied")
    restore.add_argument("directory", type=Path, metavar="DIR", help="what backup has made")
    restore.add_argument("--dry-run", action="store_true", help="examine the back-up and the settings, change nothing")
    restore.add_argument("--force", action="store_true", help="replace the database, and empty Redis")
    restore.add_argument("--keep-carts", action="store_true", help="leave the carts in Redis as they are")
    restore.set_defaults(run=backup.restore)


def _add_codes(command: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    parser = command.add_parser("codes", help="make codes of a promotion, or write them to a file")
    action = parser.add_subparsers(required=True, metavar="ACTION")

    generate = action.add_parser("generate", parents=[common], help="make unique codes for one use each")
    generate.add_argument("promotion", metavar="PROMOTION", help="whose codes they are")
    generate.add_argument("--count", type=int, default=1, metavar="N", help="how many, up to 1000000 (1)")
    generate.add_argument("--prefix", default="", metavar="TEXT", help="what all of them begin with")
    generate.add_argument("--length", type=int, metavar="N", help="signs behind the prefix (what the number needs)")
    generate.add_argument("--valid-from", type=parse_moment, metavar="MOMENT", help="as 2026-12-01T00:00:00+01:00")
    generate.add_argument(
        "--valid-until", type=parse_moment, metavar="MOMENT", help="the first moment they do not hold"
    )
    generate.add_argument("--reason", default="codes generate", metavar="TEXT", help="why, for the audit log")
    generate.add_argument("--resume", metavar="BATCH", help="go on with a batch that was interrupted")
    generate.add_argument("--out", type=Path, metavar="FILE", help="write the batch to this new CSV file")
    generate.set_defaults(run=codes.generate)

    export = action.add_parser("export", parents=[common], help="write codes and their uses to a file")
    export.add_argument("promotion", metavar="PROMOTION", help="whose codes")
    export.add_argument("--batch", metavar="BATCH", help="of this batch alone")
    export.add_argument("--out", type=Path, required=True, metavar="FILE", help="a new CSV file")
    export.set_defaults(run=codes.export)


def _add_evidence(
    command: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    proof = command.add_parser("evidence", parents=[common], help="write what a promotion made of prices to a file")
    proof.add_argument("promotion", metavar="PROMOTION", help="whose evidence")
    proof.add_argument("--format", choices=evidence.FORMATS, default="csv", help="how it is written (csv)")
    proof.add_argument("--out", type=Path, required=True, metavar="FILE", help="a new file")
    proof.set_defaults(run=evidence.export)


def _add_forecast(
    command: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    parser = command.add_parser("forecast", help="plan stock from demand, or draw what is known of a product")
    action = parser.add_subparsers(required=True, metavar="ACTION")
    place = argparse.ArgumentParser(add_help=False)
    place.add_argument("--source", metavar="SOURCE", help="where (all sources together)")

    plot = action.add_parser("plot", parents=[common, place], help="draw demand, forecast and safety stock as SVG")
    plot.add_argument("sku", metavar="SKU", help="of which product")
    plot.add_argument("--out", type=Path, metavar="FILE.svg", help="replaced if it is there (SKU.svg)")
    plot.set_defaults(run=forecasts.plot)

    plan = action.add_parser("plan", parents=[common, place], help="work out and keep all forecasts of a source")
    plan.add_argument("--reason", default="forecast plan", metavar="TEXT", help="why, for the audit log")
    plan.set_defaults(run=forecasts.plan)


def _add_configurator(
    command: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    parser = command.add_parser("configurator", help="take models in, write them out, time their choices")
    action = parser.add_subparsers(required=True, metavar="ACTION")
    taking = argparse.ArgumentParser(add_help=False)
    taking.add_argument("file", type=Path, metavar="FILE", help="what is taken in")
    taking.add_argument("--dry-run", action="store_true", help="say what would be different, change nothing")
    taking.add_argument("--reason", default="imported", metavar="TEXT", help="why, for the audit log")
    naming = argparse.ArgumentParser(add_help=False)
    naming.add_argument("--family", metavar="ID", help="what the family is called (as the model or the file)")

    load = action.add_parser("import", parents=[common, taking], help="make a family what its document says")
    load.set_defaults(run=modelling.take_in)
    uvl = action.add_parser("import-uvl", parents=[common, taking, naming], help="make a family of a feature model")
    uvl.set_defaults(run=modelling.take_uvl)
    xcsp = action.add_parser("import-xcsp", parents=[common, taking, naming], help="make a family of an XCSP3 file")
    xcsp.set_defaults(run=modelling.take_xcsp)

    export = action.add_parser("export", parents=[common], help="write the document of a family")
    export.add_argument("family", metavar="FAMILY", help="which family")
    export.add_argument("--format", choices=("yaml", "json"), default="yaml", help="how it is written (yaml)")
    export.add_argument("--out", type=Path, metavar="FILE", help="replaced if it is there (standard output)")
    export.set_defaults(run=modelling.write_out)

    bench = action.add_parser("bench", parents=[common], help="time the choices of random sessions on a part")
    bench.add_argument("part", metavar="PART", help="the sku of the part")
    bench.add_argument("--sessions", type=int, default=100, metavar="N", help="how many (100)")
    bench.add_argument("--seed", type=int, default=7, metavar="N", help="of the random choices (7)")
    bench.add_argument("--json", action="store_true", help="print the figures as JSON")
    bench.add_argument("--out", type=Path, metavar="FILE", help="where the sessions go (PART-sessions.jsonl)")
    bench.add_argument("--replay", type=Path, metavar="FILE", help="play the sessions of such a file instead")
    bench.set_defaults(run=modelling.bench)
    _add_proofs(action, common)


def _add_proofs(action: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    of = argparse.ArgumentParser(add_help=False)
    of.add_argument("part", metavar="PART", help="the sku of the part")
    which = argparse.ArgumentParser(add_help=False)
    which.add_argument("--revision", type=int, metavar="N", help="which revision (the newest that is not obsolete)")

    check = action.add_parser("check", parents=[common, of, which], help="check a revision and run its test cases")
    check.set_defaults(run=proving.check)
    trace = action.add_parser("trace", parents=[common, of, which], help="tell what comes of choices, and why")
    trace.add_argument("choices", nargs="*", metavar="NAME=VALUE", help="in their order; a quantity as in KEY=YES#2")
    trace.set_defaults(run=proving.trace)
    diff = action.add_parser("diff", parents=[common, of], help="tell in what two revisions of a part differ")
    diff.add_argument("before", metavar="REVISION", help="its number, with a content version as in 2.1 if need be")
    diff.add_argument("after", metavar="REVISION", help="the other one")
    diff.set_defaults(run=proving.compare)


def _add_serve(command: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    serve = command.add_parser("serve", parents=[common], help="serve the graph")
    serve.add_argument("--host", help="where to listen (COGWERK_HOST, 127.0.0.1)")
    serve.add_argument("--port", help="the port, 0 for a free one (COGWERK_PORT, 8000)")
    serve.add_argument("--workers", metavar="N", help="how many processes serve (COGWERK_WORKERS, 1)")
    serve.add_argument("--worker", help=argparse.SUPPRESS)
    serve.add_argument("--empty", action="store_true", help="leave an empty store empty, without the demo shop")
    serve.add_argument("--only", action="append", metavar="MODULE", help="serve this module's subgraph alone")
    serve.set_defaults(run=commands.serve)


if __name__ == "__main__":
    sys.exit(main())
