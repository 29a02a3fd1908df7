"""Checkpoints of chains: their state and draws in one file, and the digest of what they depend on."""

import dataclasses
import hashlib
import io
import zipfile

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from jaxflav.io.errors import DataFileError, InputError
from jaxflav.io.output import write_file


def fingerprint_of(posterior, modes, settings):
    """What a run depends on, as a digest; a longer run with the same start may continue a shorter one."""
    digest = hashlib.sha256()
    for leaf in jax.tree.leaves((eqx.filter(posterior, eqx.is_array), modes.u[0], modes.whitening)):
        digest.update(np.ascontiguousarray(leaf).tobytes())
    plain = dataclasses.replace(settings, draws=1)
    digest.update(repr((plain, posterior.names, posterior.priors)).encode())
    return digest.hexdigest()


def save_checkpoint(path, fingerprint, state, rows):
    """Write a checkpoint: the state of all chains, and the rows (iterations, chains) of their draws."""
    arrays = {f"state_{k}": np.asarray(leaf) for k, leaf in enumerate(jax.tree.leaves(state))}
    arrays |= {f"rows_{k}": a for k, a in enumerate(rows)}
    buffer = io.BytesIO()
    np.savez(buffer, fingerprint=np.array(fingerprint), **arrays)
    write_file(path, lambda file: file.write_bytes(buffer.getvalue()))


def load_checkpoint(path, fingerprint, state):
    """State and rows of a checkpoint; raises DataFileError if it is broken, InputError if it is of another run."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = dict(file)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise DataFileError(f"checkpoint {path}: cannot be read ({error}); remove it and start again") from error
    if str(arrays.get("fingerprint")) != fingerprint:
        raise InputError(
            f"checkpoint {path} is of another run (other data, priors, seed or settings); give the options of that run "
            "(only the number of draws may grow), or sample into a new place"
        )
    leaves, structure = jax.tree.flatten(state)
    state = structure.unflatten([jnp.asarray(arrays[f"state_{k}"]) for k in range(len(leaves))])
    return state, [arrays[f"rows_{k}"] for k in range(5)]
