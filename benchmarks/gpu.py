"""All that matters on a GPU, in one run of limited time: ``python -m benchmarks.gpu --out FILE.json``.

Kernels of a fit, value and gradient of ln L, profile fits by lanes of a batch, a plane of a million masses and
branching fractions, rates, a plane of couplings, many chains. Runs on whatever device JAX finds; ``--small`` is a test
on a CPU. Every time is that of calls after compilation, their results computed to the end; compilations of a section
run beside each other, their times are given apart. Each section has a share of the budget, cuts what does not fit, and
says how many points were done.
"""

import argparse
import dataclasses
import faulthandler
import functools
import os
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.report import Report
from jaxflav.numerics.precision import enable_x64


@dataclasses.dataclass(frozen=True)
class Sizes:
    """How much each section does at most."""

    lanes_of_kernels: int
    matrix: int
    gradients: tuple[int, ...]  # points in one call
    gradient_points: int  # in many calls
    lanes: tuple[int, ...]  # fits in one call, the first ones are the most important
    lanes_of_parts: tuple[int, ...]
    grid: int  # masses, and branching fractions
    many: int  # fits of fit_many
    rate_chunks: tuple[int, ...]
    rate_points: tuple[int, ...]
    plane: int  # values of each coupling
    plane_lanes: tuple[int, ...]
    library_plane: int
    chains: tuple[int, ...]
    warmup: int
    draws: int


FULL = Sizes(
    lanes_of_kernels=10_000,
    matrix=8192,
    gradients=(16, 256, 1000, 4096, 10_000, 16_384, 100_000),
    gradient_points=100_000,
    lanes=(4096, 256, 16_384, 16, 65_536),
    lanes_of_parts=(4096, 16),
    grid=1000,
    many=1024,
    rate_chunks=(100_000, 10_000, 1000),
    rate_points=(100_000, 1_000_000),
    plane=100,
    plane_lanes=(10_000, 1000, 16),
    library_plane=24,
    chains=(4096, 512),
    warmup=100,
    draws=400,
)
SMALL = Sizes(
    lanes_of_kernels=256,
    matrix=512,
    gradients=(16, 256),
    gradient_points=2048,
    lanes=(16, 64),
    lanes_of_parts=(16,),
    grid=40,
    many=32,
    rate_chunks=(1000,),
    rate_points=(10_000,),
    plane=10,
    plane_lanes=(20,),
    library_plane=4,
    chains=(16,),
    warmup=30,
    draws=60,
)
MASS, COUPLING_MASS, TOP = 1.0, 0.6, 4.7
BRANCHING = 3e-5
ORDER = 24  # nodes of the rates
CHECKED = 64  # points compared with the CPU


def sizes(section):
    return SMALL if section.small else FULL


def reference(section, function, *arguments):
    """Compile for the CPU of this process; what is returned computes there and gives NumPy arrays."""
    arguments = jax.device_put(arguments, jax.devices("cpu")[0])
    program = section.compile(function, *arguments)
    return lambda: jax.tree.map(np.asarray, program.get(section.left())(*arguments))


def kernels(section):
    """Ceilings of the device, then the small operations of a fit."""
    from benchmarks.kernels import kernels

    size = sizes(section)
    n, lanes = size.matrix, size.lanes_of_kernels
    matrix = jax.random.normal(jax.random.PRNGKey(0), (n, n))
    cast = matrix.astype(jnp.float32)
    product, copy = jax.jit(jnp.matmul), jax.jit(lambda a: a + 1.0)
    for name, a in (("float64", matrix), ("float32", cast)):
        took = section.time(lambda a=a: product(a, a), spend=1.0)
        section.add(f"matrix product, {name}", n=n, **took, tflops=2e-12 * n**3 / took["seconds"])
    took = section.time(lambda: copy(matrix), queued=10, spend=1.0)
    section.add("read and write", mb=matrix.nbytes / 1e6, **took, gb_per_s=2e-9 * matrix.nbytes / took["seconds"])
    host = np.zeros((16, 238))
    section.add("16 x 238 to the device", **section.time(lambda: jax.device_put(host), most=50, spend=0.5))
    tiny = jax.jit(lambda a: a + 1.0)
    there = jax.device_put(host)
    section.add("launch, waited for", **section.time(lambda: tiny(there), most=50, spend=0.5))
    section.add("launch, 100 queued", **section.time(lambda: tiny(there), most=20, spend=0.5, queued=100))
    section.add("launch, and to the host", **section.time(lambda: np.asarray(tiny(there)), most=50, spend=0.5))

    work = kernels(lanes)
    programs = {name: section.compile(function, *arguments) for name, (function, arguments, _, _) in work.items()}
    for name, (_, arguments, operations, turns) in work.items():
        with section.guarded(name):
            program = programs[name].get(section.left())
            took = section.time(lambda f=program, a=arguments: f(*a), spend=0.7, queued=1 if turns > 1 else 10)
            each = took["seconds"] / turns
            rate = {} if operations is None else {"gflops": 1e-9 * operations * lanes / each}
            done = len(arguments[-1]) if name.startswith("x + 1") else lanes
            section.add(name, lanes=done, us=1e6 * each, **took, **rate, compile_s=programs[name].compiling)
    matrices, right = work["cholesky 30 x 30, lanes last"][1][0], work["cho_solve, 3 right sides, lanes last"][1][1]
    with section.guarded("residual of the solves with lanes last"):
        factor = programs["cholesky 30 x 30, lanes last"].get(section.left())(matrices)
        solved = programs["cho_solve, 3 right sides, lanes last"].get(section.left())(factor, right)
        gap = jnp.max(jnp.abs(jnp.einsum("ijl,jkl->ikl", matrices, solved) - right))
        section.add("residual of the solves with lanes last", largest=float(gap))


def gradients(section):
    """Value and gradient of ln L of the published Belle II likelihood."""
    from benchmarks import belle2
    from jaxflav.likelihood.likelihood import log_likelihood

    size = sizes(section)
    start = time.perf_counter()
    likelihood = belle2.published()
    section.add("load", seconds=time.perf_counter() - start)
    points = belle2.random_points(likelihood, max(*size.gradients, size.gradient_points))
    batched = jax.vmap(jax.value_and_grad(log_likelihood, argnums=1), in_axes=(None, 0))
    programs = {n: section.compile(batched, likelihood, points[:n]) for n in size.gradients}
    few = min(size.gradients)
    there = reference(section, batched, likelihood, points[:few])
    for n, program in programs.items():
        with section.guarded("one call", points=n):
            function, some = program.get(section.left()), points[:n]
            took = section.time(lambda f=function, x=some: f(likelihood, x), spend=1.0)
            section.add("one call", points=n, us_per_point=1e6 * took["seconds"] / n, **took, **program.facts())
    for n, program in programs.items():
        starts = range(0, min(size.gradient_points, 256 * n) - n + 1, n)
        if len(starts) < 2:
            continue
        with section.guarded("calls queued", lanes=n):
            function, done = program.get(section.left()), n * len(starts)

            chunks = jax.device_put([np.asarray(points)[i : i + n] for i in starts])

            def work(f=function, chunks=chunks):
                return [f(likelihood, x)[0] for x in chunks]

            took = section.time(work, spend=1.0, most=3)
            section.add("calls queued", lanes=n, points=done, us_per_point=1e6 * took["seconds"] / done, **took)
    with section.guarded("against the CPU", points=few):
        value, gradient = programs[few].get(section.left())(likelihood, points[:few])
        value_there, gradient_there = there()
        section.add(
            "against the CPU",
            points=few,
            value=float(np.max(np.abs(value - value_there))),
            gradient=float(np.max(np.abs(gradient - gradient_there) / (1 + np.abs(gradient_there)))),
        )


def profile(likelihood, hold, mass, branching):
    """Fits with mu, mass and branching fraction held: ln L, status, steps."""
    from jaxflav.inference.fitting.fisher_scoring import fit

    k, m = likelihood.index("branching_fraction"), likelihood.index("mu")

    def one(mass, branching):
        start = likelihood.start.at[k].set(branching).at[m].set(1.0)
        result = fit(likelihood, mass, start, hold)
        return result.log_likelihood, result.status, result.iterations

    return jax.vmap(one)(mass, branching)


@functools.cache
def two_body():
    """The likelihood with a new particle, and what is held."""
    from benchmarks import belle2

    likelihood = belle2.two_body()
    held = [likelihood.index(name) for name in ("mu", "branching_fraction")]
    return likelihood, jnp.zeros(likelihood.start.shape, dtype=bool).at[jnp.array(held)].set(True)


def points_of_plane(n):
    """Masses and branching fractions; the first ones are the same for any n."""
    return tuple(jnp.asarray(top * np.random.default_rng(k).random(n)) for k, top in enumerate((TOP, BRANCHING)))


def fits(section):
    """Profile fits by the number of lanes of a batch, their parts, and the plane of a million points."""
    from jaxflav.likelihood.likelihood import at_context, linearise, log_likelihood

    size = sizes(section)
    start = time.perf_counter()
    likelihood, hold = two_body()
    section.add("load", seconds=time.perf_counter() - start)
    programs = {n: section.compile(profile, likelihood, hold, *points_of_plane(n)) for n in size.lanes}
    there = reference(section, profile, likelihood, hold, *points_of_plane(CHECKED))
    at_mass = at_context(likelihood, jnp.asarray(MASS))
    parts = {
        "model and derivatives": (jax.vmap(linearise, in_axes=(None, 0)), at_mass),
        "ln L": (jax.vmap(log_likelihood, in_axes=(None, 0)), at_mass),
        "what depends on the mass alone": (lambda one, x: jax.vmap(one.signal.prepare)(x[:, 0]), likelihood),
    }

    def rows(n):
        columns = jnp.tile(likelihood.start, (n, 1))
        return columns.at[:, 0].set(jnp.linspace(0.1, TOP, n))

    of_parts = {
        (n, name): section.compile(function, one, rows(n))
        for n in size.lanes_of_parts
        for name, (function, one) in parts.items()
    }
    found, each = {}, {}
    for n, program in programs.items():
        with section.guarded("profile fits", lanes=n):
            function, points = program.get(0.6 * section.left()), points_of_plane(n)
            took = section.time(lambda f=function, p=points: f(likelihood, hold, *p), spend=3.0)
            _, status, steps = found[n] = jax.tree.map(np.asarray, function(likelihood, hold, *points))
            each[n] = took["seconds"] / n
            section.add(
                "profile fits",
                lanes=n,
                us_per_fit=1e6 * each[n],
                turns=int(steps.max()),
                mean_steps=float(steps.mean()),
                us_per_turn=1e6 * took["seconds"] / int(steps.max()),
                converged=float(np.mean(status == 0)),
                **took,
                **program.facts(),
            )
    for (n, name), program in of_parts.items():
        with section.guarded(name, lanes=n):
            x, one, function = rows(n), parts[name][1], program.get(0.4 * section.left())
            took = section.time(lambda f=function, one=one, x=x: f(one, x), spend=0.7, queued=3)
            section.add(name, lanes=n, us=1e6 * took["seconds"], **took, **program.facts())
    best = min(each, key=each.get)
    million(section, programs[best].get(0), likelihood, hold, best)
    with section.guarded("against the CPU"):
        value, status, steps = there()
        n = min(len(value), best)
        ours = [column[:n] for column in found[best]]
        section.add(
            "against the CPU",
            fits=n,
            log_likelihood=float(np.max(np.abs(value[:n] - ours[0]))),
            same_status=int(np.sum(status[:n] == ours[1])),
            steps_of_cpu=float(np.mean(steps[:n])),
            steps=float(np.mean(ours[2])),
        )


def million(section, function, likelihood, hold, lanes):
    """Every mass with every branching fraction; batches in random order, four in flight."""
    size = sizes(section)
    mass, branching = np.meshgrid(np.linspace(0.0, TOP, size.grid), np.linspace(0.0, BRANCHING, size.grid))
    columns = [np.pad(a.ravel(), (0, -a.size % lanes), mode="edge").reshape(-1, lanes) for a in (mass, branching)]
    batches = np.random.default_rng(2).permutation(len(columns[0]))
    results, begin, limit = [], time.perf_counter(), 0.75 * section.left()
    for k in batches:
        results.append(function(likelihood, hold, *(jnp.asarray(a[k]) for a in columns)))
        if len(results) > 4:
            jax.block_until_ready(results[-5])
        if time.perf_counter() - begin > limit:
            break
    results = jax.device_get(results)
    wall = time.perf_counter() - begin
    done = min(lanes * len(results), mass.size)
    status, steps = (np.concatenate([one[k] for one in results]) for k in (1, 2))
    section.add(
        "masses x branching fractions",
        lanes=lanes,
        points=done,
        asked=mass.size,
        seconds=wall,
        points_per_s=done / wall,
        seconds_for_a_million=1e6 * wall / done,
        converged=float(np.mean(status == 0)),
        mean_steps=float(steps.mean()),
        mean_turns=float(np.mean([one[2].max() for one in results])),
        most_steps=int(steps.max()),
    )


def library(section):
    """The same fits through the functions that users call: a chunk of a scan, and ``fit_many``."""
    from jaxflav.inference.fitting.batch import fit_many
    from jaxflav.inference.fitting.devices import local_devices
    from jaxflav.inference.fitting.problem import define_problem
    from jaxflav.inference.scans.definition import define_scan
    from jaxflav.inference.scans.evaluate import Evaluator

    size = sizes(section)
    likelihood, hold = two_body()
    problem = define_problem(likelihood, held={"mu": 1.0})
    axes = {"mass": np.linspace(0.0, TOP, size.grid), "branching_fraction": np.linspace(0.0, BRANCHING, size.grid)}
    scan = define_scan(problem, axes, chunk=256 if section.small else None)
    (label,) = scan.problems
    evaluator = Evaluator(scan, {label: likelihood}, {label: problem.start}, local_devices())
    for name, k in (("first chunk of a scan", 0), ("another chunk of a scan", scan.n_chunks // 2)):
        label, positions = scan.place(k)
        start = time.perf_counter()
        records = evaluator.records(label, positions)
        wall, n = time.perf_counter() - start, len(records)
        good = float(np.mean(records["status"] == 0))
        section.add(name, points=n, lanes=scan.batch, seconds=wall, us_per_fit=1e6 * wall / n, converged=good)
    masses = np.linspace(0.0, TOP, size.many)
    for name in ("fit_many, first call", "fit_many"):
        start = time.perf_counter()
        done = fit_many(likelihood, masses, problem.start, np.asarray(hold))
        wall = time.perf_counter() - start
        good = float(np.mean(done.converged))
        section.add(name, points=size.many, seconds=wall, us_per_fit=1e6 * wall / size.many, converged=good)


def rates(section):
    """BR and F_L of B0 -> K*0 psi psibar, integrated, ten complex couplings and a mass a point."""
    from benchmarks.rates import DECAY, integrate, random_points
    from jaxflav.form_factors import load_form_factors
    from jaxflav.inputs.parameters import load_parameters

    size = sizes(section)
    parameters, ff_set = load_parameters(), load_form_factors("GRvDV2023", DECAY.process)
    zero = jnp.zeros(ff_set.mean.shape)
    batched = jax.vmap(functools.partial(integrate, order=ORDER), in_axes=(None, None, None, 0, 0))
    rng = np.random.default_rng(1)
    values, masses = random_points(max(size.rate_points), rng)
    programs = {n: section.compile(batched, parameters, ff_set, zero, values[:n], masses[:n]) for n in size.rate_chunks}
    few = min(size.rate_chunks)
    there = reference(section, batched, parameters, ff_set, zero, values[:few], masses[:few])
    for chunk, program in programs.items():
        with section.guarded("BR and F_L", lanes=chunk):
            function = program.get(section.left())
            first = jax.device_put((values[:chunk], masses[:chunk]))
            per_call = section.time(lambda f=function, x=first: f(parameters, ff_set, zero, *x), most=5)
            facts = program.facts()
            for points in size.rate_points:
                done = min(points, max(1, int(0.3 * section.left() / per_call["seconds"])) * chunk)
                starts = range(0, done - chunk + 1, chunk)
                chunks = jax.device_put([(values[i : i + chunk], masses[i : i + chunk]) for i in starts])

                def work(f=function, chunks=chunks):
                    return [f(parameters, ff_set, zero, *x) for x in chunks]

                took = section.time(work, most=3)
                done = chunk * len(starts)
                section.add(
                    "BR and F_L",
                    points=done,
                    asked=points,
                    lanes=chunk,
                    us_per_point=1e6 * took["seconds"] / done,
                    **took,
                    **facts,
                )
    with section.guarded("against the CPU", points=few):
        ours = programs[few].get(section.left())(parameters, ff_set, zero, values[:few], masses[:few])
        gaps = [float(np.max(np.abs(a / b - 1))) for a, b in zip(ours, there(), strict=True)]
        section.add("against the CPU", points=few, branching=gaps[0], longitudinal=gaps[1])


def plane(section):
    """A plane of two couplings at one mass, all nuisances of the default combination profiled."""
    from jaxflav.hypotheses.text import hypothesis_of
    from jaxflav.inference.fitting.fisher_scoring import fit
    from jaxflav.inference.profiling.plane import profile_plane
    from jaxflav.studies.favoured_regions import coupling_problem
    from jaxflav.tasks.combination import load_combination
    from jaxflav.tasks.defaults import DEFAULT_EXPERIMENTS

    size = sizes(section)
    start = time.perf_counter()
    data = load_combination(DEFAULT_EXPERIMENTS, [])
    axes = hypothesis_of("fermion-pair", ["f_VV", "f_AV"])
    problem = coupling_problem(data.experiments, data.parameters, data.form_factors, axes, COUPLING_MASS)
    likelihood = problem.likelihood
    section.add(
        "load and prepare",
        seconds=time.perf_counter() - start,
        parameters=int(np.sum(~problem.fixed)),
        rows=int(likelihood.n_rows),
    )
    index = jnp.array([likelihood.index(name) for name in ("f_VV", "f_AV")])
    begin = jnp.asarray(problem.start)
    hold = jnp.asarray(problem.fixed).at[index].set(True)

    def profile(likelihood, values):
        def one(pair):
            result = fit(likelihood, None, begin.at[index].set(pair), hold)
            return result.log_likelihood, result.status, result.iterations

        return jax.vmap(one)(values)

    grid = np.linspace(-3.0, 3.0, size.plane)
    values = np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2)
    programs = {n: section.compile(profile, likelihood, jnp.zeros((n, 2))) for n in size.plane_lanes}
    for lanes, program in programs.items():
        with section.guarded("coupling plane, direct", lanes=lanes):
            function = program.get(section.left())
            jax.block_until_ready(function(likelihood, jnp.zeros((lanes, 2))))
            results, clock, limit = [], time.perf_counter(), 0.4 * section.left()
            for first in range(0, len(values) - lanes + 1, lanes):
                results.append(jax.device_get(function(likelihood, jnp.asarray(values[first : first + lanes]))))
                if time.perf_counter() - clock > limit:
                    break
            wall, done = time.perf_counter() - clock, lanes * len(results)
            status, steps = (np.concatenate([one[k] for one in results]) for k in (1, 2))
            section.add(
                "coupling plane, direct",
                lanes=lanes,
                points=done,
                asked=len(values),
                seconds=wall,
                us_per_fit=1e6 * wall / done,
                converged=float(np.mean(status == 0)),
                turns=int(steps.max()),
                mean_steps=float(steps.mean()),
                **program.facts(),
            )
    if section.left() < 0.0:
        section.add("profile_plane: left out, no time")
        return
    few = np.linspace(-3.0, 3.0, size.library_plane)
    for name in ("profile_plane, first call", "profile_plane"):
        clock = time.perf_counter()
        done = profile_plane(problem, "f_VV", few, "f_AV", few)
        wall = time.perf_counter() - clock
        n = few.size**2
        good = float(np.mean(done.converged))
        section.add(name, points=n, seconds=wall, us_per_fit=1e6 * wall / n, converged=good)


def nuts(section):
    """Chains of the published Belle II likelihood with mu free, all in one group."""
    from benchmarks import belle2
    from jaxflav.inference.fitting.problem import define_problem
    from jaxflav.inference.posteriors.modes import find_modes
    from jaxflav.inference.posteriors.posterior import define_posterior
    from jaxflav.inference.posteriors.priors import Uniform
    from jaxflav.inference.sampling.nuts import sample
    from jaxflav.inference.sampling.settings import Settings

    size = sizes(section)
    problem = define_problem(belle2.published())
    posterior = define_posterior(problem, {"mu": Uniform(0.0, 10.0)})
    start = time.perf_counter()
    modes = find_modes(posterior, problem)
    section.add("modes, first call", seconds=time.perf_counter() - start)
    needed = 0.0
    for chains in size.chains:
        if section.left() < needed:
            section.add("chains: left out, no time", chains=chains)
            continue
        with section.guarded("chains", chains=chains):
            settings = Settings(
                chains=chains,
                warmup=size.warmup,
                draws=1,
                max_tree_depth=5,
                group=chains,
                checkpoint_every=10 if section.small else 50,
            )
            times = []
            for _ in range(2):
                start = time.perf_counter()
                sample(posterior, modes, settings)
                times.append(time.perf_counter() - start)
                section.add(
                    "warm-up, compilation first" if len(times) == 1 else "warm-up", chains=chains, seconds=times[-1]
                )
            needed = times[0] + times[1]
            fitting = int(0.5 * section.left() * settings.warmup / times[1]) - settings.warmup
            draws = int(np.clip(fitting, 20, size.draws))
            start = time.perf_counter()
            drawn = sample(posterior, modes, dataclasses.replace(settings, draws=draws))
            wall = time.perf_counter() - start
            section.add("chains", **figures_of_chains(drawn, wall), warmup=settings.warmup)


def figures_of_chains(drawn, wall):
    """Speed and effective draws of chains; of the parameters only mu and some, as the ranks of all take minutes."""
    from jaxflav.inference.sampling.diagnostics import bulk_effective_sample_size, split_gelman_rubin

    chains, draws, p = drawn.draws.shape
    some = np.unique(np.append(np.linspace(0, p - 1, 8).astype(int), drawn.names.index("mu")))
    effective = bulk_effective_sample_size(drawn.draws[:, :, some])
    steps = int(drawn.steps.sum()) + drawn.warmup_steps
    worst = int(np.argmin(effective))
    return {
        "chains": chains,
        "draws": draws,
        "seconds": wall,
        "leapfrogs": steps,
        "us_per_leapfrog": 1e6 * wall / steps,
        "mean_steps": float(drawn.steps.mean()),
        "divergences": int(drawn.diverging.sum()),
        "acceptance": float(drawn.accept.mean()),
        "effective": float(effective[worst]),
        "of": drawn.names[some[worst]],
        "effective_per_s": float(effective[worst]) / wall,
        "effective_of_mu_per_s": float(effective[list(some).index(drawn.names.index("mu"))]) / wall,
        "r_hat": float(np.max(split_gelman_rubin(drawn.draws[:, :, some]))),
        "mu": float(drawn.draws[:, :, drawn.names.index("mu")].mean()),
        "mu_deviation": float(drawn.draws[:, :, drawn.names.index("mu")].std()),
    }


# name, share of the time, function; the most important ones first, as what is left over goes to the later ones
SECTIONS = (
    ("fits", 190, fits),
    ("kernels", 40, kernels),
    ("gradients", 40, gradients),
    ("rates", 35, rates),
    ("nuts", 90, nuts),
    ("plane", 80, plane),
    ("library", 40, library),
)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = [name for name, _, _ in SECTIONS]
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.json", help="rewritten after every row")
    parser.add_argument("--small", action="store_true", help="sizes of a test on a CPU")
    parser.add_argument("--budget", type=float, default=480.0, metavar="SECONDS", help="for everything")
    parser.add_argument("--only", default=",".join(names), metavar="NAMES", help=f"some of {', '.join(names)}")
    arguments = parser.parse_args()
    chosen = arguments.only.split(",")
    if unknown := set(chosen) - set(names):
        parser.error(f"unknown sections {sorted(unknown)}, expected some of {', '.join(names)}")
    # a section that hangs in compiled code cannot be stopped: the process is, and says where
    faulthandler.dump_traceback_later(arguments.budget + 60.0, exit=True)
    enable_x64()
    report = Report(arguments.out, arguments.budget, arguments.small)
    report.run([section for section in SECTIONS if section[0] in chosen])
    print(f"{report.elapsed():.0f} s: {arguments.out}", flush=True)
    os._exit(0)  # without waiting for what does not end


if __name__ == "__main__":
    main()
