"""The examples as projects for the engine: as they stand there, but for what a cluster without nodes cannot have."""

import json
import shutil
from pathlib import Path

from tests.engine.empty_cluster import EmptyCluster
from tests.engine.life import CHARTS
from tests.engine.pulumi_cli import Project
from tests.engine.stand_in_charts import write_charts
from tests.examples.planning import OTHER_STACKS
from tests.examples.test_plans import EXAMPLES

STACK = "dev"
AROUND = f"""\
import runpy
from pathlib import Path

import pulumi


def possible(args):
    props = dict(args.props)
    match args.type_:
        case "kubernetes:helm.sh/v3:Release":  # from a folder, as there is no way to the registries
            props["chart"] = "{CHARTS}/" + props["chart"].rpartition("/")[2]
            props.pop("repositoryOpts", None)
        case "kubernetes:yaml/v2:ConfigGroup" if "files" in props:  # the program's, not the provider's
            files = [file.rpartition("/")[2] for file in props["files"]]
            props["files"] = [str(next(Path("{CHARTS}").glob("*/crds/" + file))) for file in files]
        case "kubernetes:apps/v1:Deployment":  # whose pods get no node
            props["metadata"] = dict(props["metadata"]) | {{"annotations": {{"pulumi.com/skipAwait": "true"}}}}
        case "aws:eks/podIdentityAssociation:PodIdentityAssociation":  # whose id AWS alone knows
            props["associationId"] = "a-0123456789"
        case _:
            return None
    return pulumi.ResourceTransformResult(props, args.opts)


pulumi.runtime.register_resource_transform(possible)
runpy.run_path(str(Path(__file__).with_name("program.py")), run_name="__main__")
"""
OUTPUTS = """\
import json
from pathlib import Path

import pulumi

for name, value in json.loads(Path(__file__).with_name("outputs.json").read_text()).items():
    pulumi.export(name, value)
"""


class Examples:
    """Examples whose stacks find each other, in one backend."""

    def __init__(self, directory: Path, environment: dict[str, str], cluster: EmptyCluster) -> None:
        self._directory, self._environment, self._cluster = directory, environment, cluster

    def begun(self, name: str) -> Project:
        """Make the stack of an example."""
        project = self._folder(name) / "project"
        shutil.copytree(EXAMPLES / name, project)
        (project / "__main__.py").rename(project / "program.py")
        (project / "__main__.py").write_text(AROUND)
        write_charts(project / CHARTS, self._cluster.crds)
        return self._stack(name)

    def exporting(self, stack: str) -> str:
        """Make a stack with the outputs that examples read of it, and return its name for them."""
        _, name, _ = stack.split("/")
        kubeconfig = Path(self._environment["KUBECONFIG"]).read_text()
        outputs = {key: kubeconfig if key == "kubeconfig" else value for key, value in OTHER_STACKS[stack].items()}
        project = self._folder(name) / "project"
        project.mkdir()
        (project / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\n")
        (project / "__main__.py").write_text(OUTPUTS)
        (project / "outputs.json").write_text(json.dumps(outputs))
        self._stack(name).up().succeeded()
        return f"organization/{name}/{STACK}"

    def _folder(self, name: str) -> Path:
        folder = self._directory / name.replace("/", "-")
        folder.mkdir()
        return folder

    def _stack(self, name: str) -> Project:
        folder = self._directory / name.replace("/", "-")
        return Project.begun(folder, STACK, self._environment, self._directory / "state")
