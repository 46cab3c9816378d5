"""An interrupt ends a wait without end, whenever it comes."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from mapper.cli.awaiting import await_input


def test_an_interrupt_that_ends_no_system_call_ends_the_wait() -> None:
    """As one just before the call; this one is taken by another thread."""
    output, input_ = os.pipe()
    came = threading.Event()

    def interrupt() -> None:
        time.sleep(0.1)
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)
        time.sleep(60)
        came.set()
        os.write(input_, b"a")

    threading.Thread(target=interrupt, daemon=True).start()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with pytest.raises(KeyboardInterrupt):
            await_input(output)
        assert not came.is_set()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
