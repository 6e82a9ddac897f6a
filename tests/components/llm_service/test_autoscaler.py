"""Which services have Ray's autoscaler, and that nothing else of a pod can do what it may."""

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ray.autoscaler._private.kuberay.node_provider import IN_CLUSTER_CA_CERT_PATH, IN_CLUSTER_TOKEN_PATH

from neuronserve.components.llm_service.autoscaler import TOKEN_DIRECTORY, TOKEN_VOLUME, has_autoscaler
from neuronserve.components.llm_service.ray_service_spec import RayService, ray_service_spec
from neuronserve.components.llm_service.settings import UpgradeStrategy
from neuronserve.serving.serve_config import Replicas
from tests.components.llm_service.test_ray_service_spec import CPU, FIXED, NEURON, container, group, pod
from tests.waiting import wait_until


@given(st.integers(1, 9), st.integers(0, 9))
def test_a_service_has_one_for_its_load_or_for_a_replica_that_moves(minimum: int, more: int) -> None:
    replicas = Replicas(minimum, minimum + more)
    assert has_autoscaler(replicas, UpgradeStrategy.NEW_CLUSTER)
    assert has_autoscaler(replicas, UpgradeStrategy.NONE) == (more > 0)


@given(st.integers(1, 9), st.integers(0, 9), st.integers(1, 4))
def test_who_has_one_has_a_place_for_a_worker_more(minimum: int, more: int, per_worker: int) -> None:
    workers = replace(NEURON.workers, replicas_per_worker=per_worker)
    service = replace(NEURON, replicas=Replicas(minimum, minimum + more), workers=workers)
    made = group(service, "worker")
    assert (made["maxReplicas"] - 1) * per_worker >= minimum + more


def test_kuberay_is_asked_for_one_where_it_is_wanted() -> None:
    for service in (NEURON, CPU):
        cluster = ray_service_spec(service)["rayClusterConfig"]
        assert cluster["enableInTreeAutoscaling"] is True
        assert cluster["autoscalerOptions"]["version"] == "v2"
        assert cluster["autoscalerOptions"]["securityContext"] == container(service, "head")["securityContext"]
    assert not {"enableInTreeAutoscaling", "autoscalerOptions"} & ray_service_spec(FIXED)["rayClusterConfig"].keys()
    for component in ("head", "worker"):
        assert pod(CPU, component)["restartPolicy"] == "Never"
        assert "restartPolicy" not in pod(FIXED, component)


def test_the_token_is_where_ray_looks_for_it() -> None:
    (volume,) = [one for one in pod(NEURON, "head")["volumes"] if one["name"] == TOKEN_VOLUME]
    token, authority = volume["projected"]["sources"]
    assert f"{TOKEN_DIRECTORY}/{token['serviceAccountToken']['path']}" == IN_CLUSTER_TOKEN_PATH
    assert f"{TOKEN_DIRECTORY}/{authority['configMap']['items'][0]['path']}" == IN_CLUSTER_CA_CERT_PATH
    mounts = ray_service_spec(NEURON)["rayClusterConfig"]["autoscalerOptions"]["volumeMounts"]
    assert {"name": TOKEN_VOLUME, "mountPath": TOKEN_DIRECTORY, "readOnly": True} in mounts


@pytest.mark.parametrize("service", [NEURON, CPU, FIXED])
def test_no_job_and_no_replica_can_find_it(service: RayService) -> None:
    """It would be in the container itself, in what another one has below /proc, or in what Kubernetes mounts."""
    holders: list[Any] = []
    for component in ("head", "worker"):
        spec = pod(service, component)
        assert spec["automountServiceAccountToken"] is False
        assert TOKEN_VOLUME not in {mount["name"] for one in spec["containers"] for mount in one["volumeMounts"]}
        if TOKEN_VOLUME in {volume["name"] for volume in spec["volumes"]}:
            holders.append(component)
            assert spec["shareProcessNamespace"] is False
    assert holders == (["head"] if service.is_autoscaled else [])


def test_it_ends_when_it_is_told_to(tmp_path: Path) -> None:
    """A head's pod would go on for all of its grace: only a kill ends a first process that does not listen."""
    ray = tmp_path / "ray"
    ray.write_text(
        f"#!/bin/bash\ntrap 'touch {tmp_path}/told; exit' TERM\ntouch {tmp_path}/started\nsleep 60 & wait $!\n"
    )
    ray.chmod(0o755)
    (words,) = ray_service_spec(CPU)["rayClusterConfig"]["autoscalerOptions"]["args"]
    for variable in ("$(RAY_CLUSTER_NAME)", "$(RAY_CLUSTER_NAMESPACE)"):
        assert variable in words
        words = words.replace(variable, "x")  # as the kubelet does
    with subprocess.Popen(["bash", "-c", words], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}) as process:
        wait_until("it has started", (tmp_path / "started").exists, 20)
        process.terminate()
        assert process.wait(20)
    wait_until("it was told", (tmp_path / "told").exists, 20)
