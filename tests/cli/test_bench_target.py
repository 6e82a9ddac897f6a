"""What is measured of a stack: which service, at what price, and from where it can be asked."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import typer

from neuronserve.bench.job import TOKENIZER
from neuronserve.bench.served import Served
from neuronserve.cli.bench_target import served_in_cluster, target_of
from neuronserve.plan.plan import Plan
from neuronserve.plan.program import synthesise
from tests.project import project_with, values_of

PlanOf = Callable[[str], Plan]


def test_the_only_service_and_what_its_workers_cost(plan_of: PlanOf) -> None:
    plan = plan_of("inf2-8xlarge")
    target = target_of(plan, None)
    assert target.name == "vllm-llama3-inf2"
    assert target.in_cluster == "http://vllm-llama3-inf2-serve-svc.vllm.svc.cluster.local:8000/v1" == target.endpoint
    assert target.usd_per_hour == pytest.approx((1.96786, 5.90358))
    assert not target.is_exposed
    assert (target.place.namespace, target.place.service) == ("vllm", "vllm-llama3-inf2")
    assert target.place.secret == ("vllm-llama3-inf2-api-key", "api-key")
    assert target.place.hugging_face_secret is None
    expected = Served("NousResearch/Meta-Llama-3-8B-Instruct", "NousResearch/Meta-Llama-3-8B-Instruct")
    assert served_in_cluster(plan, target, None, None) == (expected, target.place)


def test_one_of_two_services(plan_of: PlanOf, capsys: pytest.CaptureFixture[str]) -> None:
    plan = plan_of("inf2-and-trn1")
    assert target_of(plan, "llama3-1-long").place.service == "llama3-1-long"
    with pytest.raises(typer.Exit):
        target_of(plan, None)
    assert "Choose one with --service" in capsys.readouterr().err


def test_a_model_that_is_in_the_services_image(plan_of: PlanOf, capsys: pytest.CaptureFixture[str]) -> None:
    plan = plan_of("local")
    target = target_of(plan, None)
    assert target.usd_per_hour is None
    served, place = served_in_cluster(plan, target, None, None)
    assert served == Served("smollm2-135m-instruct", TOKENIZER)
    assert place == replace(target.place, model=("localhost/neuronserve:cpu", "smollm2-135m-instruct"))
    for tokenizer in ("owner/model", "/models/a"):
        expected = Served("smollm2-135m-instruct", tokenizer)
        assert served_in_cluster(plan, target, None, tokenizer) == (expected, target.place)
    with pytest.raises(typer.Exit):
        served_in_cluster(plan, target, "other", "owner/model")
    assert (
        "Service llm has no model 'other'. Choose one with --model: smollm2-135m-instruct." in capsys.readouterr().err
    )


def test_a_tokenizer_of_this_machine_is_not_in_the_cluster(plan_of: PlanOf, capsys: pytest.CaptureFixture[str]) -> None:
    plan = plan_of("local")
    with pytest.raises(typer.Exit):
        served_in_cluster(plan, target_of(plan, None), None, "./tokenizer")
    assert "--tokenizer is ./tokenizer; with --in-cluster it is a Hugging Face id" in capsys.readouterr().err


def test_a_service_with_secrets_and_a_load_balancer(tmp_path: Path) -> None:
    values = values_of("inf2-8xlarge")
    service = values["services"]["vllm-llama3-inf2"]
    service["huggingFaceToken"] = {"secure": "hf_x"}
    service["expose"] = {
        "scheme": "internet-facing",
        "hostname": "llm.example.com",
        "certificateArn": "arn:aws:acm:us-west-2:111122223333:certificate/12345678-1234-1234-1234-123456789012",
        "allowedCidrs": ["203.0.113.0/24"],
    }
    target = target_of(synthesise(project_with(tmp_path, values), "test"), None)
    assert target.is_exposed
    assert target.endpoint == "https://llm.example.com/v1"
    assert target.in_cluster.startswith("http://vllm-llama3-inf2-serve-svc.vllm.svc.")
    assert target.place.hugging_face_secret == ("vllm-llama3-inf2-hugging-face-token", "token")
