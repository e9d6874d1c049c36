#!/usr/bin/env python3
"""The house rules that a compiler cannot check. See tools/README.md; run by ./dev lint.

usage: lint.py [ROOT]      exits 1 if a rule is broken; warnings do not fail.
"""

import pathlib
import sys

import rule_features
import rule_includes
import rule_purity
import rule_size
import rule_text
from tree import Tree

RULES = (rule_purity, rule_includes, rule_size, rule_text, rule_features)


def faults(root):
    tree = Tree(root)
    found = [fault for rule in RULES for fault in rule.check(tree)]
    return sorted(found, key=lambda fault: (fault.warning, fault.path, fault.line, fault.message))


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2]
    found = faults(root)
    for fault in found:
        print(fault)
    errors = sum(not fault.warning for fault in found)
    print(f"lint: {errors} errors, {len(found) - errors} warnings")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
