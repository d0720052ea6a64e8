"""Generators, coroutines and context managers around operations."""

import asyncio
import contextlib
import itertools

import tensorflow as tf

from tests.tracing.odd.case import NOTES, kept, odd


def powers(x):
    """Yield x, x**2, x**3 without end."""
    y = x
    try:
        while True:
            yield y
            y = y * x
    finally:
        NOTES.append("closed")


@odd(2.0, ops="Mul*3 AddV2*3", graph="Mul*3 AddV2*3")
def sum_of_a_generator(x):
    return sum(x * factor for factor in (1.0, 2.0, 3.0))


@odd(2.0, ops="Mul*2", graph="Mul*2")
def takes_part_of_a_generator(x):
    generator = powers(x)
    found = [next(generator) for _ in range(3)]
    generator.close()
    return found


@odd(2.0, ops="Mul*2", graph="Mul*2")
def slices_a_generator(x):
    return list(itertools.islice(powers(x), 3))[-1]


@odd(2.0, ops="Mul AddV2", graph="Mul AddV2")
def sends_and_throws(x):
    def listening():
        got = yield
        try:
            yield got * x
        except KeyError:
            yield got + x

    generator = listening()
    next(generator)
    return generator.send(x), generator.throw(KeyError("thrown")), generator.close()


@odd(2.0, ops="", has_value=False)
def returns_a_generator(x):
    return powers(x)


@odd(2.0, ops="Mul*2", graph="Mul*2")
def yields_from(x):
    def inner():
        yield x * x
        return x * 3.0

    def outer():
        last = yield from inner()
        yield last

    return list(outer())


@odd(2.0, ops="Exp", graph="Exp")
def raises_in_a_generator(x):
    def inner():
        yield tf.exp(x)
        raise kept(ValueError("from a generator"))

    return list(inner())


@odd(2.0, ops="Exp")
def stops_in_a_generator(x):
    def inner():
        yield tf.exp(x)
        raise StopIteration("which Python turns into another")

    return list(inner())


@odd(2.0, ops="Exp Sin")
def runs_coroutines(x):
    async def one(make):
        await asyncio.sleep(0)
        return make(x)

    async def both():
        return await asyncio.gather(one(tf.exp), one(tf.sin))

    return asyncio.run(both())


@odd(2.0, ops="Exp*3")
def consumes_an_asynchronous_generator(x):
    async def several():
        for _ in range(3):
            yield tf.exp(x)

    async def consumed():
        return [one async for one in several()]

    return asyncio.run(consumed())


@odd(2.0, ops="Exp", threads="Sin")
def leaves_the_loop_for_a_thread(x):
    async def both():
        return tf.exp(x), await asyncio.to_thread(tf.sin, x)

    return asyncio.run(both())


@odd(2.0, ops="Exp")
def drives_a_coroutine_by_hand(x):
    async def one():
        return tf.exp(x)

    coroutine = one()
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value


@odd(2.0, ops="Exp Sin Cos", graph="Exp Sin Cos")
def opens_contexts(x):
    found = []

    class Around:
        def __enter__(self):
            found.append(tf.exp(x))

        def __exit__(self, *error):
            found.append(tf.cos(x))
            return True

    with Around():
        found.append(tf.sin(x))
        raise ValueError("swallowed")
    return found


@odd(2.0, ops="Exp Sin", graph="Exp Sin")
def leaves_a_stack_of_contexts(x):
    found = []
    with contextlib.ExitStack() as stack:
        stack.callback(lambda: found.append(tf.sin(x)))
        found.append(tf.exp(x))
    return found


@odd(2.0, ops="Exp*3 Mul*3")
def copies_an_iterator(x):
    first, second = itertools.tee(tf.exp(x) for _ in range(3))
    return [a * b for a, b in zip(first, second, strict=True)]
