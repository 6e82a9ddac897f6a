import pytest

from neuronserve.settings.syntax import DNS_1035_LABEL, DNS_1123_LABEL, IMAGE


@pytest.mark.parametrize(
    "image",
    [
        "neuronserve",
        "localhost/neuronserve:cpu",
        "localhost:5000/a/b_c/d__e--f:1.2-x",
        "123456789012.dkr.ecr.us-west-2.amazonaws.com/neuronserve:neuron",
        "public.ecr.aws/neuron/pytorch-inference-vllm-neuronx:0.13.0-neuronx-py312-sdk2.28.0-ubuntu24.04",
        "example.com/a@sha256:" + "0" * 64,
        "example.com/a:1@sha256:" + "0" * 64,
    ],
)
def test_image_references(image: str) -> None:
    assert IMAGE.fullmatch(image)


@pytest.mark.parametrize(
    "image",
    [
        "",
        "<account>.dkr.ecr.us-west-2.amazonaws.com/neuronserve:neuron",
        "example.com/Neuronserve:1",
        "example.com/a:",
        "example.com/a:b:c",
        "example.com//a",
        "https://example.com/a",
        "example.com/a b",
        "example.com/a@sha256:12",
        "example.com/a:" + "x" * 129,
        "a\n",
    ],
)
def test_what_is_no_image_reference(image: str) -> None:
    assert not IMAGE.fullmatch(image)


def test_labels() -> None:
    assert DNS_1035_LABEL.fullmatch("a" * 63)
    assert DNS_1035_LABEL.fullmatch("vllm-llama3-inf2")
    for name in ("", "3llm", "llm-", "-llm", "Llm", "l_m", "l.m", "a" * 64, "llm\n"):
        assert not DNS_1035_LABEL.fullmatch(name)
    assert DNS_1123_LABEL.fullmatch("3llm")
