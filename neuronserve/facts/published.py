"""What others have published of Llama-3-8B and Llama-3.1-8B, served by vLLM on Inferentia2 and Trainium.

Nothing of it was measured by us. Dollars that are made of it count the whole machine, on demand.
"""

from dataclasses import dataclass

DATA_ON_EKS = (
    "awslabs/data-on-eks, website/docs/gen-ai/inference/Neuron/vllm-ray-inf2.md at 11f2e445 (LLMPerf, September 2024)"
)
DATA_PARALLEL = "huggingface/optimum-neuron, benchmark/vllm/data-parallel/llama3.1-8b (guidellm, September 2025)"
CHUNKED_PREFILL = "huggingface/optimum-neuron, chunked-prefill benchmark of 2026-03-03"
TRN2 = "huggingface/optimum-neuron, benchmark of 2025-10-16"


@dataclass(frozen=True)
class PublishedRun:
    """One row: means over all requests of a run, unless ``system`` says something else."""

    system: str
    instance_type: str
    users: int | None
    """Requests at a time; None where requests came at a rate, whatever was under way."""
    input_tokens: int
    output_tokens: int
    output_tokens_per_s: float
    """Of all requests together."""
    ttft_s: float | None
    itl_s: float | None
    """Between two tokens: without the first token, but for LLMPerf's, where the time to it is spread over all."""
    source: str
    fills_machine: bool = True
    """Whether it is what the machine can do, so that its price is the price of these tokens."""


PUBLISHED_RUNS = (
    PublishedRun("2 cores, 10 sequences", "inf2.8xlarge", 2, 515, 272, 35.83, 1.582, 0.0535, DATA_ON_EKS),
    PublishedRun("3 replicas of 8 cores", "inf2.48xlarge", 1, 1500, 250, 35.0, 0.475, 0.0266, DATA_PARALLEL),
    PublishedRun("3 replicas of 8 cores", "inf2.48xlarge", 128, 1500, 250, 1226, 4.20, 0.0495, DATA_PARALLEL),
    PublishedRun(
        "3 replicas of 8 cores, 4.58 requests/s",
        "inf2.48xlarge",
        None,
        1500,
        250,
        1084,
        0.350,
        0.071,
        DATA_PARALLEL,
    ),
    PublishedRun(
        "1 replica of 8 cores, 32 sequences", "inf2.48xlarge", 32, 1500, 250, 426, None, 0.0591, CHUNKED_PREFILL, False
    ),
    PublishedRun(
        "the same, chunked prefill", "inf2.48xlarge", 32, 1500, 250, 440, None, 0.0559, CHUNKED_PREFILL, False
    ),
    PublishedRun(
        "4 replicas of 8 cores, lower of 2 runs", "trn1.32xlarge", 128, 1500, 250, 1577, 2.2, 0.043, DATA_PARALLEL
    ),
    PublishedRun(
        "4 replicas of 8 cores, at a rate, lower of 2 runs",
        "trn1.32xlarge",
        None,
        1500,
        250,
        1424,
        0.271,
        0.052,
        DATA_PARALLEL,
    ),
    PublishedRun("1 replica of 4 cores", "trn2", None, 1500, 250, 579, 1.25, 0.0445, TRN2, False),
)
"""Each instance type from few users to many. Left out is sampling on the CPU, which has but a throughput: 177 instead
of 426 tokens a second."""
