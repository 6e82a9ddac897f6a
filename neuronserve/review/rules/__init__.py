"""The rules that a plan is held to, each in the file of its subject; :mod:`.catalogue` has them all.

The policy pack for ``pulumi preview --policy-pack`` asks the same functions.
"""
