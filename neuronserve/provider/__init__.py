"""The component package: the components for programs in YAML, TypeScript and every other language of Pulumi's."""
