"""A program in YAML through the real engine, with the component package of this checkout."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.engine.conftest import ENGINE_VARIABLE, STAND_IN
from tests.engine.empty_cluster import EmptyCluster
from tests.engine.life import CHARTS, still_in_aws
from tests.engine.pulumi_cli import ROOT, Project
from tests.engine.stand_in_charts import write_charts

EXAMPLE = ROOT / "examples" / "yaml"
PUBLISHED = "github.com/neuronserve/neuronserve/package"
SERVICES = "/apis/ray.io/v1/namespaces/llms/rayservices"


class Program:
    """The example, with the package and charts of this machine."""

    def __init__(self, folder: Path, charts: Path) -> None:
        self._file = folder / "Pulumi.yaml"
        self.written: dict[str, Any] = yaml.safe_load((EXAMPLE / "Pulumi.yaml").read_text())
        assert self.written["packages"] == {"neuronserve": PUBLISHED}
        self.written["packages"] = {"neuronserve": str(ROOT / "package")}
        for name in ("kuberay", "karpenter"):
            self.of(name)["mirror"] = {"chartDirectory": charts.name}
        self.write()

    def of(self, name: str) -> dict[str, Any]:
        """Return the inputs of a resource."""
        inputs: dict[str, Any] = self.written["resources"][name].setdefault("properties", {})
        return inputs

    def keep(self, *names: str) -> None:
        """Leave all other resources out, and what is said of them."""
        resources = self.written["resources"]
        self.written["resources"] = {name: {**resources[name], "options": {}} for name in names}
        del self.written["outputs"]

    def write(self) -> None:
        self._file.write_text(yaml.safe_dump(self.written, sort_keys=False))


@pytest.fixture
def program(engine: dict[str, str], empty_cluster: EmptyCluster, tmp_path: Path) -> Program:
    if not shutil.which("pulumi-language-yaml", path=engine["PATH"]):
        pytest.skip("PATH has no pulumi-language-yaml")
    if not shutil.which(STAND_IN, path=os.environ[ENGINE_VARIABLE]) or not engine["STANDIN_TOKEN"]:
        pytest.skip("nothing stands in for AWS")
    folder = tmp_path / "project"
    folder.mkdir()
    shutil.copy(EXAMPLE / "Pulumi.dev.yaml", folder)
    charts = folder / CHARTS
    write_charts(charts, empty_cluster.crds)
    return Program(folder, charts)


@pytest.fixture
def project(program: Program, engine: dict[str, str], tmp_path: Path) -> Project:
    return Project.begun(tmp_path, "dev", engine)


def test_a_program_in_yaml_has_a_whole_life(project: Project, program: Program, empty_cluster: EmptyCluster) -> None:
    empty_cluster.without_crds()
    before = empty_cluster.contents()
    with empty_cluster.operated(), project.gone_after_failure():
        project.preview()
        project.up().succeeded()
        (service,) = empty_cluster.call(SERVICES)["items"]
        assert service["metadata"]["name"] == "small"
        pool = empty_cluster.call("/apis/karpenter.k8s.aws/v1/ec2nodeclasses/nodes")["spec"]
        assert pool["subnetSelectorTerms"] == [{"tags": {"karpenter.sh/discovery": "net"}}]
        assert set(project.up().succeeded().changes) == {"same"}
        outputs = project.run("stack", "output", "--json").succeeded().output
        shown = yaml.safe_load(outputs)
        assert shown["endpoint"] == "http://small-serve-svc.llms.svc.cluster.local:8000/v1"
        assert {shown["apiKey"], shown["kubeconfig"]} == {"[secret]"}
        project.destroy().succeeded()
    left = {one for one in empty_cluster.contents() - before if not one.startswith(("CustomResource", "APIService"))}
    assert left == set()
    assert {urn for urn in still_in_aws(project) if "LogGroup" not in urn} == set()


def test_mistakes_are_told_by_the_names_that_were_written(project: Project, program: Program) -> None:
    program.keep("small")
    program.of("small")["namespace"] = "llms"
    program.of("small")["model"]["maxNumSeqs"] = 0
    program.of("small")["requireApiKey"] = False
    program.of("small")["apiKey"] = {"fn::secret": "of nobody"}
    program.write()
    said = diagnostics(project)
    assert "LlmService resource 'small' has a problem: LlmService small cannot be deployed: 2 problems.\n" in said
    assert "property model.maxNumSeqs with value 0 has a problem: model.maxNumSeqs is 0; it should be greater" in said
    assert "property apiKey with value <secret> has a problem: apiKey is set, but requireApiKey is false" in said
    assert said.count("has a problem: ") == 3
    assert "Traceback" not in said
    assert "of nobody" not in said
    assert "max_num_seqs" not in said


def test_so_are_those_that_show_when_a_value_is_known(project: Project, program: Program) -> None:
    program.keep("net", "llms")
    program.of("net")["discoveryTag"] = "No Namespace"
    program.of("llms")["namespaceName"] = "${net.discoveryTag}"
    program.write()
    said = diagnostics(project)
    assert "ServingNamespace llms cannot be deployed: 1 problem.\n" in said
    assert 'property namespaceName with value "No Namespace" has a problem: namespaceName is ' in said
    assert said.count("has a problem: ") == 2
    assert "Traceback" not in said


def diagnostics(project: Project) -> str:
    """Return what a preview that fails ends with."""
    return project.run("preview").failed().output.partition("\nDiagnostics:\n")[2]
