"""How long a check outlasts its timeout, beside a `sleep` of that length: what the machine adds
falls on both."""

import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from support.servers import SHIPPED, sidecar_environment

MARGIN = 0.25  # seconds over the `sleep`; for tests that run alone


def _one(service, seconds, env, binary):
    """Seconds by which a check outlasts the `sleep` that started with it, and its result. Negative
    if it ends first."""
    start = time.monotonic()
    with subprocess.Popen(["sleep", str(seconds)]) as sleep, ThreadPoolExecutor(1) as waiter:
        slept = waiter.submit(lambda: (sleep.wait(), time.monotonic())[1])
        argv = [binary, "check", *service.split(), "--timeout", f"{int(seconds * 1000)}ms"]
        how = {
            "env": sidecar_environment(env),
            "capture_output": True,
            "text": True,
            "timeout": 60,
            "check": False,
        }
        result = subprocess.run(argv, **how)  # noqa: PLW1510 - it is in `how`
        took = time.monotonic() - start
        return took - (slept.result() - start), result


def overruns(service, env, seconds, times=20, at_once=5, binary=SHIPPED):
    """The overruns of so many checks, sorted, and their results. `service` is one service or none,
    and flags."""
    with ThreadPoolExecutor(at_once) as pool:
        pairs = list(pool.map(lambda _: _one(service, seconds, env, binary), range(times)))
    found = sorted(overrun for overrun, _ in pairs)
    print(
        f"overruns: median {found[len(found) // 2] * 1000:.0f} ms, worst {found[-1] * 1000:.0f} ms"
    )
    return found, [result for _, result in pairs]
