"""What both formats say: the files of objects, and how the secrets are made."""

from collections.abc import Iterable, Iterator
from typing import Any

from neuronserve.review.export.exported import Export, WantedSecret
from neuronserve.review.manifests import file_name, to_yaml

BASE, CHARTS, OBJECTS = "1-base", "2-charts", "3-objects"
HEADING = "# Stack {}, exported by neuronserve"


def object_files(folder: str, objects: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Return objects as files of a folder, named so that their order is that of applying them."""
    found = [(f"{one['kind']}-{one['metadata']['name']}".lower(), one) for one in objects]
    width = max(2, len(str(len(found))))
    return {f"{folder}/{index:0{width}}-{file_name(name)}": to_yaml(one) for index, (name, one) in enumerate(found)}


def secrets_told(secrets: Iterable[WantedSecret]) -> Iterator[str]:
    """Yield lines on how to make what no export holds."""
    wanted = list(secrets)
    if not wanted:
        return
    yield "No key is in these files. These Secrets have to be there before the services start:"
    yield ""
    for one in wanted:
        values = " ".join(f'--from-literal={key}="$(openssl rand -hex 32)"' for key in one.keys)
        yield f"    kubectl create secret generic {one.name} --namespace {one.namespace} {values}"
    yield ""
    yield "A value that something else has as well, such as the password of a Redis, has to be what that has. Where"
    yield "Pulumi has made these Secrets in the cluster already, leave them."
    yield ""


def of_stack(export: Export) -> str:
    """Return the first line of an export's README, by which a later one knows it."""
    return HEADING.format(export.stack)
