"""What the numbers of a training say. Only NumPy: a saved history can be diagnosed anywhere."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tfkit.drawing.style import short_number
from tfkit.gradients.findings import Finding
from tfkit.gradients.history import Array, History, Track, finite_median

# A usual update is about a thousandth of the weight (A. Karpathy, "A Recipe for Training Neural Networks").
_LARGE_UPDATE, _SMALL_UPDATE = 0.15, 1e-5
_VANISHED = 1e-3  # of the relative gradient of the last layers: a factor of ten for each of three layers
_EXPLODED = 100.0  # times the usual length at first
_DEAD = 0.9  # of the units of a layer, for the last reports
_FLAT_GRADIENT = 1e-6  # of all variables together, where a loss of order one is far from its minimum
_NO_PROGRESS = 0.02  # of the first loss
_FEWEST = 3  # reports from which anything can be said of a course


def of_history(history: History) -> Iterator[Finding]:
    """Yield what is suspicious, the gravest first."""
    if not history.steps.size:
        if history.notes:
            yield Finding(
                "nothing-seen",
                history.name or "training",
                " ".join(history.notes).removesuffix("."),
                "Let it run to the first report, or watch a tf.function before it is called for the first time.",
            )
        return
    odd = list(_non_finite(history))
    yield from odd
    if odd or history.steps.size < _FEWEST:
        return
    exploding = list(_exploding(history))
    yield from exploding
    yield from _no_gradient(history)
    dead = list(_dead(history))
    yield from dead
    if not exploding:
        vanishing = [] if dead else list(_vanishing(history))
        yield from vanishing
        if not (dead or vanishing):
            yield from _steps(history)


def _kernels(history: History) -> list[Track]:
    """Return the variables that matter for comparisons: matrices and filters, in the order of the layers."""
    kernels = [track for track in history.tracks if len(track.shape) > 1 and finite_median(track.gradient_norm) > 0]
    return kernels or [track for track in history.tracks if finite_median(track.gradient_norm) > 0]


def _non_finite(history: History) -> Iterator[Finding]:
    found = []
    for track in history.tracks:
        for what, counts in (("weights", track.weight_nonfinite), ("gradients", track.gradient_nonfinite)):
            if counts.any():
                found.append((int(np.argmax(counts > 0)), what, track.name, int(counts.max())))
    if found:
        place, what, name, count = min(found)
        yield Finding(
            "non-finite",
            name,
            f"{count:,} of its {what} were NaN or infinite at step {int(history.steps[place]):,}",
            "tfkit.find_nan says which operation made the first; often the learning rate is too high, or a logarithm "
            "or division meets zero.",
        )


def _exploding(history: History) -> Iterator[Finding]:
    total = np.sqrt(np.sum([np.nan_to_num(track.gradient_norm, nan=0.0) ** 2 for track in history.tracks], axis=0))
    usual = finite_median(total[: max(_FEWEST, total.size // 5)])
    place = int(np.argmax(total))
    rises = _rise(history.losses)
    if usual > 0 and total[place] > _EXPLODED * usual and place > 0:
        yield Finding(
            "exploding",
            max(history.tracks, key=lambda track: float(np.nan_to_num(track.gradient_norm)[place])).name,
            f"the gradient grew to {short_number(float(total[place]))}, "
            f"{short_number(float(total[place] / usual))} times what it was at first",
            "Lower the learning rate, or clip the gradients (clipnorm=1.0 in the optimizer).",
        )
    elif rises is not None and rises > 3.0:
        yield Finding(
            "diverging",
            history.name,
            f"the loss ended {short_number(rises)} times as high as it was",
            "Lower the learning rate by a factor of ten.",
        )


def _rise(losses: Array) -> float | None:
    """Return the last losses by the first ones, if both are known."""
    known = losses[np.isfinite(losses)]
    if known.size < _FEWEST or known[0] <= 0:
        return None
    tail = max(1, known.size // 10)
    return float(np.median(known[-tail:]) / np.median(known[:tail]))


def _no_gradient(history: History) -> Iterator[Finding]:
    lacking = [track.name for track in history.tracks if not np.nan_to_num(track.gradient_norm).any()]
    if lacking and len(lacking) < len(history.tracks):
        yield Finding(
            "no-gradient",
            ", ".join(lacking[:3]) + (f" and {len(lacking) - 3} more" if len(lacking) > 3 else ""),
            "not one step brought any gradient",
            "Something before the loss cuts the way back (stop_gradient, a conversion to whole numbers, dead units): "
            "tfkit.backprop names it.",
        )


def _dead(history: History) -> Iterator[Finding]:
    hidden = [track for track in history.tracks if len(track.shape) > 1][:-1]
    for track in hidden:
        late = track.dead[-max(_FEWEST, track.dead.size // 5) :]
        if np.isfinite(late).all() and late.min() >= _DEAD:
            yield Finding(
                "dead-units",
                track.layer,
                f"{late.mean():.0%} of its units got no gradient at all in the last {late.size} reports",
                "A ReLU that is negative for every example learns no more: lower the learning rate, or use "
                "leaky_relu or another initializer.",
            )
            return


def _vanishing(history: History) -> Iterator[Finding]:
    kernels = _kernels(history)
    relative = [finite_median(track.gradient_norm / np.maximum(track.weight_norm, 1e-12)) for track in kernels]
    if len(kernels) < 3 or not relative[-1]:
        return
    strongest = max(relative[len(relative) // 2 :])
    if relative[0] < _VANISHED * strongest:
        yield Finding(
            "vanishing",
            kernels[0].layer,
            f"its gradient is {short_number(relative[0] / strongest)} of that of the last layers, each by its weights",
            "Use relu instead of sigmoid or tanh, batch normalization, or connections that skip layers.",
        )


def _steps(history: History) -> Iterator[Finding]:
    kernels = _kernels(history)
    ratios = [finite_median(track.update_ratio[np.isfinite(track.update_ratio)]) for track in kernels]
    moved = [ratio for ratio in ratios if ratio > 0]
    rise = _rise(history.losses)
    if moved and max(moved) > _LARGE_UPDATE:
        track = kernels[ratios.index(max(moved))]
        yield Finding(
            "steps-too-large",
            track.name,
            f"each step changes it by {max(moved):.0%} of its length, and usual is about 0.1 %",
            "Lower the learning rate by a factor of ten.",
        )
        return
    total = float(np.sqrt(sum(finite_median(track.gradient_norm) ** 2 for track in history.tracks)))
    flat = rise is not None and rise > 1 - _NO_PROGRESS
    if flat and total < _FLAT_GRADIENT:
        yield Finding(
            "saturated",
            history.name,
            f"the loss does not fall, and the gradient of all variables together is {short_number(total)}",
            "The output is saturated, or the loss does not depend on the weights: look at the last activation and at "
            "the scale of the inputs.",
        )
    elif flat and moved and max(moved) < _SMALL_UPDATE:
        yield Finding(
            "steps-too-small",
            history.name,
            f"each step changes the weights by {short_number(max(moved))} of their length at most, and the loss does "
            "not fall",
            "Raise the learning rate by a factor of ten, or more.",
        )
