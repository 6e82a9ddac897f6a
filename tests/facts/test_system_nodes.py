"""What keeps the replicas of an operator on different nodes."""

from neuronserve.facts.system_nodes import apart


def test_replicas_prefer_to_be_apart_and_start_all_the_same() -> None:
    labels = {"app.kubernetes.io/name": "operator"}
    affinity = apart(labels)
    assert affinity.keys() == {"podAntiAffinity"}
    # Required, the second would never start where there is one node.
    (terms,) = affinity["podAntiAffinity"].values()
    assert affinity["podAntiAffinity"].keys() == {"preferredDuringSchedulingIgnoredDuringExecution"}
    for term in terms:
        assert 1 <= term["weight"] <= 100
        assert term["podAffinityTerm"]["labelSelector"] == {"matchLabels": labels}
    assert len({term["podAffinityTerm"]["topologyKey"] for term in terms}) == 2
