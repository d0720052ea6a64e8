"""The first Ctrl-C is a wish, the second an order; afterwards all is as before."""

import signal
import threading

import pytest

from tfkit.training.interrupt import patient


def test_the_first_is_noted_and_the_second_interrupts():
    with patient() as wished:
        assert not wished()
        signal.raise_signal(signal.SIGINT)
        assert wished()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_afterwards_ctrl_c_does_what_it_did():
    before = signal.getsignal(signal.SIGINT)

    def work():
        with patient():
            assert signal.getsignal(signal.SIGINT) is not before
            raise ValueError("inside")

    with pytest.raises(ValueError, match="inside"):
        work()
    assert signal.getsignal(signal.SIGINT) is before


def test_another_thread_changes_nothing():
    before, found = signal.getsignal(signal.SIGINT), []

    def work():
        with patient() as wished:
            found.append((wished(), signal.getsignal(signal.SIGINT) is before))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [(False, True)]
