"""What is wanted of the trainings in `training.py`, and the table that says whether it is so."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

BEYOND = "   <- beyond"
SLOWER = 1.6  # without fast bfloat16 a training may take so many times its seconds
C_SECONDS = 102  # what (c) took on the core for which the seconds were set
LOADING = (0.05, 0.15)  # seconds of the second time; as a part of the first
REPLICAS = 1e-5  # between the losses of two workers and of one


@dataclass(frozen=True)
class Wanted:
    """What is wanted of a training.

    Args:
        title: What the table calls it.
        training: Its name.
        accuracy: At least this part of the test pictures; None: what the other training reaches.
        against: The name of that other one.
        part: At most this part of its seconds.
        seconds: At most so many, where `against` is None.
    """

    title: str
    training: str
    accuracy: float | None = None
    against: str | None = None
    part: float = 1.0
    seconds: float = 0.0


WANTED = (
    Wanted("the same net as (b)", "mlp", against="b", part=1 / 3),
    Wanted("about the time of (b), cnn", "cnn", 0.905, against="b", part=1.25),
    Wanted("the accuracy of (c), cnn", "cnn", against="c", part=1 / 5),
    Wanted("three minutes, cnn", "three", 0.937, seconds=180),
    Wanted("94 %, resnet", "94", 0.94, seconds=300),
    Wanted("eight minutes, resnet", "eight", 0.944, seconds=480),
)


@dataclass(frozen=True)
class Mean:
    """What all seeds of a row make together."""

    accuracies: list[float]
    seconds: float
    speed: float
    share: float
    epochs: int
    precisions: str
    is_shared: bool

    @property
    def accuracy(self) -> float:
        return statistics.fmean(self.accuracies)

    def __str__(self) -> str:
        accuracy = f"{self.accuracy:.2%} ({min(self.accuracies):.2%} to {max(self.accuracies):.2%})"
        where = f"{self.share:4.0%} {self.precisions}" + " shared!" * self.is_shared
        return f"{self.epochs:>6}  {accuracy:<26} {self.seconds:8.1f} {self.speed:9,.0f}  {where:<21}"


def mean(results: Sequence[dict[str, Any]]) -> Mean | None:
    if not results:
        return None
    seconds, speed, share = (
        statistics.fmean(result[key] for result in results) for key in ("cpu_seconds", "images_per_second", "share")
    )
    return Mean(
        [result["accuracy"] for result in results],
        *(seconds, speed, share),
        results[0]["epochs"],
        "/".join(sorted({result["precision"] for result in results})),
        any(result["wall_seconds"] > 1.1 * result["cpu_seconds"] for result in results),
    )


def judged(wanted: Wanted, found: Mean, anchor: Mean | None, slower: float) -> str:
    """Return the ratio to the anchor, what is wanted, and the verdict; (c) tells how fast the core is."""
    if wanted.against is None:
        most, accuracy = wanted.seconds * slower, wanted.accuracy or 0.0
        told, reach = f"{found.seconds / anchor.seconds:.2f} (c)" if anchor else "", f"{most:.0f} s"
    elif anchor is None:
        return f"not without row {wanted.against}"
    else:
        most, accuracy = wanted.part * anchor.seconds, anchor.accuracy if wanted.accuracy is None else wanted.accuracy
        told, reach = f"{found.seconds / anchor.seconds:.2f} ({wanted.against})", f"{wanted.part:.2f}"
    beyond = found.seconds > most or found.accuracy < accuracy
    return f"{told:>8}   {reach:>6}, {accuracy:.2%}{BEYOND * beyond}"


def show(results: Sequence[dict[str, Any]], titles: Mapping[str, str], is_slow: bool) -> None:
    """Print the table.

    Args:
        results: What the trainings found out.
        titles: Of those that others teach.
        is_slow: Whether ours had no fast bfloat16.
    """
    names = {*titles, *(wanted.training for wanted in WANTED)}
    rows = {name: mean([result for result in results if result["name"] == name]) for name in names}
    head = f"{'epochs':>6}  {'test accuracy':<26} {'CPU s':>8} {'images/s':>9}  {'of the peak':<21}"
    print(f"{'':<32} {head} {'ratio':>8}   reach" + f", without fast bfloat16 in {SLOWER} x the seconds" * is_slow)
    for name, title in titles.items():
        if row := rows[name]:
            pace = f" {row.seconds / C_SECONDS:7.2f} of its time where the seconds below were set" * (name == "c")
            print(f"{title:<32} {row}{pace}")
    for wanted in WANTED:
        if row := rows[wanted.training]:
            verdict = judged(wanted, row, rows.get(wanted.against or "c"), SLOWER if is_slow else 1.0)
            print(f"{wanted.title:<32} {row} {verdict}")
    if eager := [result["epoch_seconds"] for result in results if result["name"] == "eager"]:
        seconds, b = statistics.fmean(eager), rows["b"]
        times = "" if b is None else f", {seconds / (b.seconds / b.epochs):.1f} times the tutorial's"
        print(f"eager loop, the net of (b): {seconds:.1f} CPU s an epoch{times}")
    for loading in (result for result in results if result["name"] == "loading"):
        second, part = loading["second"], loading["second"] / loading["first"]
        beyond = BEYOND * (second > LOADING[0] or part > LOADING[1])
        told = f"{second:.4f} s, {part:.2f} of the first   reach {LOADING[0]}, {LOADING[1]}"
        print(f"load the full data set: second time {told}{beyond}")
    for model, found in (item for result in results for item in result.get("replicas", {}).items()):
        beyond = BEYOND * (found["difference"] > REPLICAS)
        told = f"{found['difference']:.1e} over {found['steps']} steps   reach {REPLICAS:.0e}"
        print(f"losses of two workers against one, {model}: {told}{beyond}")
