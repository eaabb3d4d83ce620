"""Building the bank of optimal solutions, or adding to it: only what is missing is computed."""

import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from aefusion.evolution import evaluations
from aefusion.evolution.bank import Bank
from aefusion.evolution.data import Source, look_at
from aefusion.evolution.index import candidate_key, choose, identity, locked, make_folder, open_index
from aefusion.evolution.pictures import picture_path
from aefusion.evolution.work import Candidate, Job
from aefusion.evolution.workers import Made, Measured, run
from aefusion.files import PART
from aefusion.image.thermal import Range
from aefusion.library import METHODS

NEED_WEIGHTS = tuple(name for name, method in METHODS.items() if "learned" in method.extra.split(","))
"""Networks, most of whose weights are not part of the package."""
Identities = Mapping[str, tuple[str, str]]
"""By the method's name: the version of its code, and its parameters."""
DEFAULT = tuple(name for name, method in METHODS.items() if method.speed != "slow" and name not in NEED_WEIGHTS)


class Failure(NamedTuple):
    """A candidate that is not there, or could not be measured, and why."""

    pair: str
    method: str
    reason: str


@dataclass(frozen=True)
class Built:
    """What a build did."""

    pairs: int
    made: int
    """Pictures that were computed now."""
    failures: list[Failure]
    """Of these pairs and methods, with those of earlier builds."""
    moved: dict[str, tuple[str | None, str]]
    """By the pair's name: the method that O came from before, and the one that it comes from now, where it moved."""
    without: list[str]
    """Names of the pairs that have no candidate with a score."""

    def __str__(self) -> str:
        new = sum(before is None for before, _ in self.moved.values())
        return (
            f"{self.pairs} pairs, {self.made} pictures made now, {len(self.failures)} failed; "
            f"optimal solutions: {new} new, {len(self.moved) - new} moved"
            + (f", {len(self.without)} pairs have none" if self.without else "")
        )

    def failure_lines(self) -> list[str]:
        """A line for each method and reason, with how many pairs, and one of them."""
        reasons: dict[tuple[str, str], list[str]] = {}
        for name, method, why in self.failures:
            reasons.setdefault((method, why), []).append(name)
        return [f"{method}: {len(x)} pairs, such as {x[0]}: {why}" for (method, why), x in reasons.items()]


def build_bank(
    data: Path | str,
    bank: Path | str,
    *,
    methods: Iterable[str] | None = None,
    jobs: int | None = None,
    evaluation: str = "E2",
    limit: float = 300,
    retry: bool = False,
    pattern: str | None = None,
    range: Range = "auto",
    progress: Callable[[int, int, str], None] | None = None,
) -> Built:
    """Let every method make its candidate of every pair, and E score it; what the bank has already stays as it is.

    `data` holds ``<task>/<dataset>/{a,b}/<stem>.*``, or see `image.pair_tree`; `pattern` says which files are pairs
    (`image.pairs`), and `range` how thermal pictures are shown, as in `aefusion.fuse_folders`.
    `bank` is a folder, made if it is not there. `methods`: names of the library (with parameters after commas:
    ``lp,base=max``) or ``file.py:function``; all that take under a second, if not given. A method of the library makes
    candidates for the tasks that it is for, and for tasks of other names.
    `jobs`: processes, of one thread each; as many as there are cores, if not given. `evaluation`: what scores the
    candidates, see `evaluations.evaluation`. `limit`: seconds for one picture, and again for measuring it. Failures
    are kept; they are tried again if `retry`, or if they took too long and `limit` is larger now. `progress` is called
    after each candidate with how many are done, how many there are, and the name of its method.

    A build that was stopped, in whatever way, goes on when it is called again. ValueError, one line, names what is
    wrong with the folders, the methods or the evaluation, before anything is computed. In a script, call it under
    ``if __name__ == "__main__":``, since its processes import the script.
    """
    data, bank = Path(data), Path(bank)
    if not limit > 0 or (jobs is not None and jobs < 1):
        raise ValueError(f"limit {limit}, jobs {jobs}: expected a limit above 0 and at least one job")
    metrics = {name: evaluations.measure_version(name) for name in evaluations.evaluation(evaluation).metrics}
    identities = {name: identity(name) for name in dict.fromkeys(methods or DEFAULT)}
    sources = look_at(data, pattern, range)
    make_folder(bank)
    with locked(bank), closing(open_index(bank, create=True)) as index:
        for part in (*bank.glob(f"{PART}*"), *bank.glob(f"pictures/*/{PART}*")):
            part.unlink()
        register(index, data, sources, identities, evaluation)
        before = {key: optimum.method for key, optimum in Bank(bank, evaluation=evaluation).optima.items()}
        todo = plan(index, bank, sources, identities, metrics, limit, retry)
        done, total, made = 0, sum(len(job.candidates) for job in todo), 0
        for event in run(todo, jobs or os.cpu_count() or 1, limit):
            record(index, event, metrics, limit)
            if isinstance(event, Made):
                made += event.failure is None
            if isinstance(event, Measured) or event.failure or not event.candidate.metrics:
                done += 1
                if progress:
                    progress(done, total, event.candidate.method)
        index.execute("REPLACE INTO settings VALUES ('evaluation', ?)", [evaluation])
        after = Bank(bank, evaluation=evaluation).optima
        moved = {x.name: (before.get(k), x.method) for k, x in after.items() if before.get(k) != x.method}
        without = [source.pair.full_name for source in sources if source.key not in after]
        return Built(len(sources), made, failures(index, sources, identities, metrics), moved, without)


def register(
    index: sqlite3.Connection, data: Path, sources: Sequence[Source], identities: Identities, evaluation: str
) -> None:
    """Note which pairs and which versions of the methods count from now on."""
    root = str(data.resolve())
    index.execute("BEGIN")
    for source in sources:
        # The same name with other pixels: the picture was changed, the old pair is no more.
        name = source.pair.full_name
        index.execute("DELETE FROM pairs WHERE root = ? AND name = ? AND pair != ?", [root, name, source.key])
        index.execute("REPLACE INTO pairs VALUES (?, ?, ?, ?)", [source.key, name, source.pair.task, root])
    for name, (version, parameters) in identities.items():
        index.execute("REPLACE INTO methods VALUES (?, ?, ?)", [name, version, parameters])
    index.execute("INSERT OR IGNORE INTO settings VALUES ('evaluation', ?)", [evaluation])
    index.execute("COMMIT")


def plan(
    index: sqlite3.Connection,
    bank: Path,
    sources: Sequence[Source],
    identities: Identities,
    metrics: Mapping[str, str],
    limit: float,
    retry: bool,
) -> list[Job]:
    """What is missing: a job for each pair."""

    def again(failure: str | None, time_limit: float | None) -> bool:
        return failure is not None and (retry or (time_limit is not None and time_limit < limit))

    fused = {key: rest for key, *rest in index.execute("SELECT candidate, failure, time_limit FROM candidates")}
    marks = {
        (key, metric, version): rest
        for key, metric, version, *rest in index.execute(
            "SELECT candidate, metric, version, failure, time_limit FROM marks"
        )
    }
    chosen, jobs = {name: choose(name) for name in identities}, {}
    for source in sources:
        for method, (version, parameters) in identities.items():
            if not chosen[method].suits(source.pair.task):
                continue
            key = candidate_key(source.key, method, version, parameters)
            picture = picture_path(bank, key)
            known = fused.get(key)
            fuse = known is None or again(*known) or (known[0] is None and not picture.is_file())
            if known and known[0] and not fuse:
                continue
            missing = [
                metric
                for metric, code in metrics.items()
                if (key, metric, code) not in marks or again(*marks[key, metric, code])
            ]
            if fuse or missing:
                todo = Candidate(key, source.key, method, version, parameters, picture, fuse, tuple(missing))
                jobs.setdefault(source.key, (source, {}))[1][key] = todo
    return [Job(source.pair, source.displays, tuple(todo.values())) for source, todo in jobs.values()]


def record(index: sqlite3.Connection, event: Made | Measured, metrics: Mapping[str, str], limit: float) -> None:
    """Commit what a worker has done; its picture is on the disk by now."""
    time_limit = limit if event.overtime else None
    if isinstance(event, Made):
        c = event.candidate
        row = [c.key, c.pair, c.method, c.version, c.parameters, event.seconds, event.failure, time_limit]
        index.execute("REPLACE INTO candidates VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        return
    rows = [(event.candidate.key, m, metrics[m], value, why, time_limit) for m, (value, why) in event.values.items()]
    index.execute("BEGIN")
    index.executemany("REPLACE INTO marks VALUES (?, ?, ?, ?, ?, ?)", rows)
    index.execute("COMMIT")


def failures(
    index: sqlite3.Connection, sources: Sequence[Source], identities: Identities, metrics: Mapping[str, str]
) -> list[Failure]:
    """Every candidate that is not there or could not be measured."""
    names = {source.key: source.pair.full_name for source in sources}
    rows = index.execute(
        "SELECT pair, method, failure FROM candidates JOIN methods USING (method, version, parameters) "
        "WHERE failure IS NOT NULL ORDER BY method, pair"
    ).fetchall()
    marks = index.execute(
        "SELECT pair, candidates.method, metric, marks.version, marks.failure FROM marks "
        "JOIN candidates USING (candidate) JOIN methods ON (methods.method, methods.version, methods.parameters) "
        "= (candidates.method, candidates.version, candidates.parameters) "
        "WHERE marks.failure IS NOT NULL ORDER BY candidates.method, pair"
    )
    rows += [(pair, method, f"{metric}: {why}") for pair, method, metric, v, why in marks if metrics.get(metric) == v]
    return [Failure(names[pair], method, why) for pair, method, why in rows if pair in names and method in identities]
