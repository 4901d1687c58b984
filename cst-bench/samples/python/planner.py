"""Plans jobs over workers: a small scheduler with dependencies, retries and a report."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import json
import logging
from collections import defaultdict, deque
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, AsyncIterator, Callable, Iterable, Mapping

log = logging.getLogger(__name__)

DEFAULT_RETRIES = 3
_counter = itertools.count(1)


class State(Enum):
    """What has become of a job."""

    WAITING = auto()
    READY = auto()
    RUNNING = auto()
    DONE = auto()
    FAILED = auto()

    @property
    def is_final(self) -> bool:
        return self in {State.DONE, State.FAILED}


class CycleError(ValueError):
    def __init__(self, names: Iterable[str]) -> None:
        self.names = sorted(names)
        super().__init__(f"these jobs wait for each other: {', '.join(self.names)!r}")


@dataclass(order=True)
class Job:
    """Something to do, after others are done."""

    priority: int
    name: str = field(compare=False)
    action: Callable[..., Any] = field(compare=False, repr=False)
    after: frozenset[str] = field(default_factory=frozenset, compare=False)
    retries: int = field(default=DEFAULT_RETRIES, compare=False)
    state: State = field(default=State.WAITING, compare=False)
    result: Any = field(default=None, compare=False)
    number: int = field(default_factory=lambda: next(_counter))

    def describe(self, *, verbose: bool = False) -> str:
        text = f"#{self.number:04d} {self.name:<20} {self.state.name.lower()}"
        if verbose and self.after:
            text += f" (after {', '.join(sorted(self.after))})"
        return text


class Plan:
    """Jobs by name, checked for cycles when it is frozen."""

    def __init__(self, jobs: Iterable[Job] = ()) -> None:
        self._jobs: dict[str, Job] = {}
        self._waiters: Mapping[str, set[str]] = defaultdict(set)
        for job in jobs:
            self.add(job)

    def __len__(self) -> int:
        return len(self._jobs)

    def __contains__(self, name: object) -> bool:
        return name in self._jobs

    def __getitem__(self, name: str) -> Job:
        try:
            return self._jobs[name]
        except KeyError as error:
            raise LookupError(f"no job is called {name!r}") from error

    def add(self, job: Job, /) -> "Plan":
        if job.name in self._jobs:
            raise ValueError(f"{job.name!r} is there already")
        self._jobs[job.name] = job
        for other in job.after:
            self._waiters[other].add(job.name)
        return self

    def job(self, name: str, *after: str, priority: int = 10, **options: Any):
        """Decorates a function that is the action of a new job."""

        def decorate(action):
            self.add(Job(priority, name, action, frozenset(after), **options))
            return action

        return decorate

    def order(self) -> list[Job]:
        missing = {name: len(job.after) for name, job in self._jobs.items()}
        ready = deque(name for name, count in missing.items() if count == 0)
        ordered = []
        while ready:
            name = ready.popleft()
            ordered.append(self[name])
            for waiter in sorted(self._waiters.get(name, ())):
                missing[waiter] -= 1
                if missing[waiter] == 0:
                    ready.append(waiter)
        if len(ordered) != len(self):
            raise CycleError(name for name, count in missing.items() if count > 0)
        return ordered


class Runner:
    """Runs a plan with a number of workers."""

    def __init__(self, plan: Plan, workers: int = 4, backoff: float = 0.05) -> None:
        self.plan, self.workers, self.backoff = plan, workers, backoff
        self._ready: list[tuple[int, int, Job]] = []
        self._slots = asyncio.Semaphore(workers)
        self.log: list[str] = []

    @asynccontextmanager
    async def _slot(self, job: Job) -> AsyncIterator[None]:
        async with self._slots:
            job.state = State.RUNNING
            try:
                yield
            finally:
                if not job.state.is_final:
                    job.state = State.FAILED
                self.log.append(job.describe(verbose=True))

    async def _attempt(self, job: Job) -> Any:
        inputs = {name: self.plan[name].result for name in job.after}
        outcome = job.action(inputs)
        return await outcome if asyncio.iscoroutine(outcome) else outcome

    async def _run(self, job: Job) -> None:
        async with self._slot(job):
            for attempt in range(1, job.retries + 1):
                try:
                    job.result = await self._attempt(job)
                except (OSError, asyncio.TimeoutError) as error:
                    log.warning("%s: attempt %d of %d: %s", job.name, attempt, job.retries, error)
                    await asyncio.sleep(self.backoff * 2 ** (attempt - 1))
                except Exception:
                    log.exception("%s gave up", job.name)
                    return
                else:
                    job.state = State.DONE
                    return
            else:
                job.result = None

    async def run(self) -> dict[str, int]:
        done: set[str] = set()
        for job in self.plan.order():
            heapq.heappush(self._ready, (job.priority, job.number, job))
        while self._ready:
            wave = [entry for entry in self._ready if entry[2].after <= done]
            if not wave:
                break
            self._ready = [entry for entry in self._ready if entry not in wave]
            heapq.heapify(self._ready)
            await asyncio.gather(*(self._run(job) for *_, job in sorted(wave)))
            done |= {job.name for *_, job in wave if job.state is State.DONE}
        counts = defaultdict(int)
        for job in self.plan.order():
            counts[job.state.name] += 1
        return dict(counts)


def report(runner: Runner, *, as_json: bool = False) -> str:
    lines = [line.rstrip() for line in runner.log]
    if as_json:
        return json.dumps({"workers": runner.workers, "log": lines}, indent=2, sort_keys=True)
    width = max((len(line) for line in lines), default=0)
    return "\n".join(f"| {line:<{width}} |" for line in lines) or "nothing ran"


def main(argv: list[str] | None = None) -> int:
    plan = Plan()

    @plan.job("fetch", priority=1)
    async def fetch(_):
        await asyncio.sleep(0)
        return [x ** 2 for x in range(10) if x % 3 != 1]

    @plan.job("sum", "fetch", retries=1)
    def total(inputs):
        return sum(inputs["fetch"], start=-0.5e1)

    match argv:
        case ["--json", *_]:
            as_json = True
        case [] | None:
            as_json = False
        case [other, *rest] if other.startswith("-"):
            raise SystemExit(f"unknown option {other} before {rest}")
        case _:
            return 2
    runner = Runner(plan)
    counts = asyncio.run(runner.run())
    print(report(runner, as_json=as_json))
    return 0 if counts.get("FAILED", 0) == 0 else 1


if __name__ == "__main__":
    import sys

    sys.exit(main(sys.argv[1:]))
