"""The ``tfkit`` command: arguments in, one call, exit code out.

Exit codes: 0 well, 1 something was found or went wrong, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfkit.training.recipe import Recipe
    from tfkit.training.run import Progress
    from tfkit.training.team import Team


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; errors of tfkit become one line on stderr."""
    options = _parser().parse_args(arguments)
    options.arguments = list(sys.argv[1:] if arguments is None else arguments)
    from tfkit.errors import TfkitError

    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except TfkitError as error:
        print(f"tfkit: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130  # what shells return after Ctrl-C
    except BrokenPipeError:  # whoever reads has enough, as in `tfkit graph model.keras | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains when it ends
        return 0
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tfkit", description="See what TensorFlow does.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    lab = commands.add_parser("lab", help="copy the lessons and open JupyterLab on the first one")
    lab.add_argument("dir", nargs="?", default="tfkit-course", help="folder for the lessons (%(default)s)")
    lab.add_argument("--port", type=_port, help="port of the server (Jupyter's own choice)")
    lab.add_argument("--no-browser", action="store_true", help="only print the address")
    lab.set_defaults(run=_lab)

    lessons = commands.add_parser("lessons", help="copy the lessons and do no more")
    lessons.add_argument("dir", help="folder for the lessons; what you changed there is kept")
    lessons.add_argument("--solutions", action="store_true", help="the teacher's edition: the exercises solved")
    lessons.set_defaults(run=_lessons)

    graph = commands.add_parser("graph", help="draw a model file")
    graph.add_argument("file", help="a SavedModel, .pb, .pbtxt, .keras, .h5, event file or log folder")
    graph.add_argument("-o", "--output", metavar="OUT", help="a .svg .png .pdf .dot .json or .html file to write")
    graph.set_defaults(run=_graph)

    doctor = commands.add_parser("doctor", help="say what is installed and how to get what is missing")
    doctor.set_defaults(run=_doctor)

    data = commands.add_parser("data", help="the full data set")
    actions = data.add_subparsers(title="actions", required=True, metavar="ACTION")
    fetch = actions.add_parser("fetch", help="download the full Fashion-MNIST, checked; goes on where it was cut off")
    fetch.set_defaults(run=_fetch)
    _add_grade(commands)
    _add_train(commands)
    return parser


def _add_grade(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    grade = commands.add_parser("grade", help="run notebooks that were handed in again, and write a table of points")
    grade.add_argument("paths", nargs="+", metavar="PATH", help="a notebook, or a folder with one folder per learner")
    grade.add_argument("-o", "--output", metavar="FILE", required=True, help="a .json or .csv file to write")
    grade.add_argument("--deadline", type=datetime.fromisoformat, metavar="TIME", help="such as 2026-12-01T18:00")
    grade.add_argument("--seed", type=_positive, help="1 or more, of the data in the checks (by chance)")
    grade.add_argument("--time-limit", type=_positive, default=300, metavar="S", help="seconds, each (%(default)s)")
    grade.add_argument(
        "--cpu-limit", type=_positive, default=600, metavar="S", help="seconds of computing (%(default)s)"
    )
    grade.add_argument("--memory-limit", type=_positive, default=4, metavar="GIB", help="memory in GiB (%(default)s)")
    grade.add_argument("--unsafe", action="store_true", help="do not shut them in: they can do whatever you can")
    grade.set_defaults(run=_grade)


def _add_train(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    train = commands.add_parser("train", help="train a network on the full Fashion-MNIST; goes on where it stopped")
    train.add_argument("--model", required=True, metavar="MODEL", help="softmax, mlp, cnn or resnet")
    length = train.add_mutually_exclusive_group()
    length.add_argument("--epochs", type=_positive, metavar="N", help="how often it sees all pictures (10)")
    length.add_argument("--minutes", type=float, metavar="M", help="or how long it trains, in whole epochs")
    train.add_argument("--seed", type=int, default=0, metavar="S", help="where chance begins (%(default)s)")
    train.add_argument("--logdir", metavar="DIR", help="for checkpoints and TensorBoard (runs/MODEL)")
    train.add_argument("--save", metavar="FILE", help="a .keras file for the trained network")
    train.add_argument("--report", metavar="FILE", help="a .json file for the report")
    train.add_argument("--precision", metavar="P", help="float32, bfloat16 or float16 (the quickest)")
    train.add_argument("--held-out", type=int, default=0, metavar="N", help="measure on N training pictures instead")
    train.add_argument(
        "--width", type=_positive, metavar="N", help="filters of the first convolution (cnn 16, resnet 24)"
    )
    train.add_argument(
        "--batch", type=_positive, metavar="N", help="pictures in a step (cnn 128, resnet 256); rates follow"
    )
    train.add_argument(
        "--workers",
        metavar="HOST:PORT,...",
        help="train in several processes; the same on each machine, in a network that you trust",
    )
    train.set_defaults(run=_train)


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port < 65536:
        raise argparse.ArgumentTypeError(f"{text} is not a port; it must be from 0 to 65535")
    return port


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number


def _lessons(options: argparse.Namespace) -> int:
    from tfkit.workbook import copy_lessons, copy_solutions

    print(copy_solutions(options.dir) if options.solutions else copy_lessons(options.dir))
    return 0


def _lab(options: argparse.Namespace) -> int:
    from tfkit.errors import LessonError
    from tfkit.workbook import copy_lessons, lessons

    if importlib.util.find_spec("jupyterlab") is None:
        raise LessonError('JupyterLab is not installed. Run: pip install "tfkit-course[lab]"')
    print(copy_lessons(options.dir), flush=True)
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={Path(options.dir).resolve()}",
        f"--LabApp.default_url=/lab/tree/{lessons()[0].name}",
        "--ServerApp.ip=127.0.0.1",
    ]
    if options.port is not None:
        command.append(f"--ServerApp.port={options.port}")
    if options.no_browser:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # containers; the server listens on this machine only
    return _become(command)


def _become(command: list[str]) -> int:
    """Let another program take the place of this one: whoever ends `tfkit lab` ends the server, not its parent."""
    if os.name == "posix":
        sys.stdout.flush()
        os.execv(command[0], command)
    return subprocess.run(command, check=False).returncode  # Windows has no such call


def _graph(options: argparse.Namespace) -> int:
    from tfkit.files import read_graph

    graph = read_graph(options.file)
    print(graph.save(options.output) if options.output else graph.to_text())
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from tfkit.doctor import State, examine

    worst = 0
    for finding in examine():
        print(finding, flush=True)
        worst = max(worst, int(finding.state == State.MISSING))
    return worst


def _fetch(options: argparse.Namespace) -> int:
    from tfkit.course.data import fetch_fashion_mnist

    print(fetch_fashion_mnist(progress=_report))
    return 0


def _grade(options: argparse.Namespace) -> int:
    from tfkit.course.grading.grade import check_table_name, grade
    from tfkit.course.grading.isolation import GIB, Limits

    check_table_name(options.output)
    table = grade(
        options.paths,
        deadline=options.deadline,
        seed=options.seed,
        limits=Limits(options.time_limit, options.cpu_limit, options.memory_limit * GIB),
        unsafe=options.unsafe,
        report=lambda name: print(name, file=sys.stderr, flush=True),
    )
    print(table.save(options.output))
    print(table)
    return int(table.failures > 0)


def _train(options: argparse.Namespace) -> int:
    from tfkit.training.workers import STOPPED, is_worker, launch, parse_workers

    if not options.workers:
        return _train_here(options, None)
    if not is_worker():
        command = [sys.executable, "-m", "tfkit.cli", *options.arguments]
        return 0 if launch(parse_workers(options.workers), command) else STOPPED
    from tfkit.training.member import work

    return work(partial(_train_here, options))


def _train_here(options: argparse.Namespace, team: Team | None) -> int:
    from tfkit.training.train import train
    from tfkit.training.workers import STOPPED

    shown = _Line()
    leads = team is None or team.leads
    report = train(
        options.model,
        epochs=options.epochs,
        minutes=options.minutes,
        seed=options.seed,
        logdir=options.logdir or Path("runs", options.model),
        save=options.save,
        report=options.report,
        precision=options.precision,
        held_out=options.held_out,
        progress=shown.progress if leads else None,
        recipe=_recipe(options.model, options.width, options.batch),
        team=team,
    )
    print(report)
    return 0 if report.finished else STOPPED


def _recipe(model: str, width: int | None, batch_size: int | None) -> Recipe | None:
    """Return the recipe of this machine with what was asked for instead; None: `train` finds it."""
    from tfkit.training.device import find_device
    from tfkit.training.recipe import RECIPES, for_device, with_batch_size

    if model not in RECIPES or (width is None and batch_size is None):
        return None
    recipe = for_device(RECIPES[model], find_device().kind)
    recipe = recipe if batch_size is None else with_batch_size(recipe, batch_size)
    return recipe if width is None else replace(recipe, width=width)


class _Line:
    """A line that is written over on a terminal; in a log there is one for each epoch."""

    def progress(self, now: Progress) -> None:
        whole = now.done == 1
        if not (whole or sys.stderr.isatty()):
            return
        bar = "" if whole else f" {'=' * round(10 * now.done):10}|"
        left = f"{now.images_per_second:,.0f} images/s"
        text = f"epoch {now.epoch}/{now.epochs}{bar} loss {now.loss:.3f}, accuracy {now.accuracy:.3f}, {left}"
        start, end = ("\r", "\n" if whole else "") if sys.stderr.isatty() else ("", "\n")
        print(f"{start}{text:<78}", end=end, file=sys.stderr, flush=True)


def _report(name: str, done_bytes: int, all_bytes: int | None) -> None:
    """Show how far a download is, on one line that is written over; in a log it would only be noise."""
    if sys.stderr.isatty():
        of = f" of {all_bytes / 1e6:.1f}" if all_bytes else ""
        end = "\n" if done_bytes == all_bytes else ""
        print(f"\r{name}: {done_bytes / 1e6:.1f}{of} MB", end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
