"""What is generated from settings classes, the one source of each input: arguments, configuration, schema, reference."""
