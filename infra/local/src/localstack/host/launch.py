"""Runs LocalStack as a process of this machine, until its standard input ends: with it, whoever started it is gone.

LocalStack opens its port on every address of the machine, whatever GATEWAY_LISTEN says; here it gets 127.0.0.1 alone.
"""

import functools
import os
import signal
import sys
import threading

from twisted.internet import endpoints

endpoints.TCP4ServerEndpoint = functools.partial(endpoints.TCP4ServerEndpoint, interface="127.0.0.1")


def end_with_parent() -> None:
    while sys.stdin.buffer.read(4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


threading.Thread(target=end_with_parent, daemon=True).start()

from localstack.runtime.main import main  # noqa: E402 (reads the endpoint class when it is loaded)

main()
