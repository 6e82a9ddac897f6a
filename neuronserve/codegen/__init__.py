"""What is generated from settings classes, the one source of inputs: arguments, configuration, schema, reference."""
