#!/bin/sh
# Python 3.11 (Debian 12): a task that is cancelled while it is in asyncio.wait_for(), in the same
# turn of the loop in which the answer comes, goes on with the answer; the cancellation is lost
# and task.cancel() has said True. asyncio.timeout(), new in 3.11, raises CancelledError there.
# The manual: "If the wait is cancelled, the future aw is also cancelled", not that one is dropped.
# (wait_for() is made of timeout() since 3.12.)
#
# For us: Ctrl-C of `make run` cancels the runner's task; run asks within asyncio.timeout()
# alone wherever a loop goes on after the answer.
#
# Wants any user, apt-get, and libraries of Debian 12. Exit 1: changed.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -q python3.11-minimal libpython3.11-minimal libpython3.11-stdlib >/dev/null 2>&1
for deb in *.deb; do dpkg -x "$deb" root; done
export PYTHONHOME="$work/root/usr" PYTHONDONTWRITEBYTECODE=1
got=$(root/usr/bin/python3.11 - <<'PY'
import asyncio, sys
print("Python", sys.version.split()[0], file=sys.stderr)

async def ask(within):
    answer = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(within(answer))
    await asyncio.sleep(0)
    answer.set_result("answer")
    assert task.cancel()
    try:
        return f"goes on with the {await task}"
    except asyncio.CancelledError:
        return "cancelled"

async def by_wait_for(answer):
    return await asyncio.wait_for(answer, 10)

async def by_timeout(answer):
    async with asyncio.timeout(10):
        return await answer

for within in by_wait_for, by_timeout:
    print(f"{within.__name__}: {asyncio.run(ask(within))}")
PY
)
echo "$got"
wanted='by_wait_for: goes on with the answer
by_timeout: cancelled'
[ "$got" = "$wanted" ] || { echo "not as it was seen:"; echo "$wanted"; exit 1; }
