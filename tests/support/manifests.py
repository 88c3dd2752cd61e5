"""The Kubernetes manifests of deploy/kubernetes as an overlay has them: resources of its base with
its patches. Only what these files use of kustomize, for tests of the manifests' content; kustomize
itself reads them in `make kubernetes`."""

import pathlib

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2] / "deploy/kubernetes"
OVERLAYS = sorted(path.name for path in (ROOT / "overlays").iterdir())
KEYS = ("name", "mountPath", "containerPort", "topologyKey")


def kustomization(directory):
    return yaml.safe_load((directory / "kustomization.yaml").read_text())


def documents(path):
    return [document for document in yaml.safe_load_all(path.read_text()) if document]


def merged(old, new):
    """A strategic merge patch: mappings by key, lists of named things by name."""
    if isinstance(old, dict) and isinstance(new, dict):
        return {
            key: merged(old[key], new[key])
            if key in old and key in new
            else new.get(key, old.get(key))
            for key in [*old, *(key for key in new if key not in old)]
        }
    if (
        isinstance(old, list)
        and isinstance(new, list)
        and all(isinstance(one, dict) for one in [*old, *new])
    ):
        return merged_lists(old, new)
    return new


def merged_lists(old, new):
    key = next((key for key in KEYS if all(key in one for one in [*old, *new])), None)
    if key is None:
        return new
    changes = {one[key]: one for one in new}
    kept = [merged(one, changes.pop(one[key], {})) for one in old]
    return [*kept, *changes.values()]


def identity(document):
    return document["kind"], document["metadata"]["name"]


def objects(directory):
    """Every object of a kustomization by kind and name."""
    found, settings = {}, kustomization(directory)
    for name in settings.get("resources", []):
        path = (directory / name).resolve()
        found |= objects(path) if path.is_dir() else {identity(one): one for one in documents(path)}
    for patch in settings.get("patches", []):
        for document in documents(directory / patch["path"]):
            found[identity(document)] = merged(found[identity(document)], document)
    for generator in settings.get("configMapGenerator", []):
        found["ConfigMap", generator["name"]] = {
            "kind": "ConfigMap",
            "metadata": {"name": generator["name"]},
            "data": dict(file_of(directory, entry) for entry in generator["files"]),
        }
    return found


def file_of(directory, entry):
    key, _, name = entry.rpartition("=")
    return key or name, (directory / name).read_text()


def overlay(name):
    return objects(ROOT / "overlays" / name)
