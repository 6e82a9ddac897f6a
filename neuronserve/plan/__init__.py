"""The offline plan: what a Pulumi program would make, without the Pulumi CLI, plug-ins, network or credentials."""
