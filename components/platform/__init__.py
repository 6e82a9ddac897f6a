"""What a cluster needs to serve LLMs on Neuron chips: add-ons, Karpenter and node pools."""
