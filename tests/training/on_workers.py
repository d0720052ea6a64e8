"""A training for tests of several workers: the parent, one of the workers, or all alone (without addresses)."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import tfkit
from tfkit.errors import TfkitError
from tfkit.training.member import work
from tfkit.training.recipe import RECIPES
from tfkit.training.team import Team
from tfkit.training.train import train
from tfkit.training.workers import STOPPED, is_worker, launch, parse_workers


def run(team: Team) -> int:
    losses: list[float] = []
    report = train(
        MODEL,
        epochs=int(EPOCHS),
        precision="float32",
        data=tfkit.load_fashion_mnist("small"),
        recipe=replace(RECIPES[MODEL], batch_size=100, kernel_rate=0.02, rate=0.003),  # 20 steps, and a word after each
        logdir=Path(FOLDER, "log"),
        save=Path(FOLDER, "net.keras"),
        progress=lambda now: losses.append(now.loss),
        team=team,
    )
    if team.leads:
        Path(FOLDER, "losses.json").write_text(json.dumps([losses, report.losses]))
    return 0 if report.finished else STOPPED


if __name__ == "__main__":  # pytest looks for doctests here, too
    MODEL, EPOCHS, FOLDER, ADDRESSES, WAIT_S = (*sys.argv[1:], "", "", "")[:5]
    if is_worker():
        work(run)
    if not ADDRESSES:
        sys.exit(run(Team()))
    try:
        ended = launch(parse_workers(ADDRESSES), [sys.executable, *sys.argv], float(WAIT_S or 60))
    except TfkitError as error:
        sys.exit(f"tfkit: {error}")
    sys.exit(0 if ended else STOPPED)
