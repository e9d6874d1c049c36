"""Who may depend on whom, and who must be pure: docs/architecture.md as data.

A folder or file belongs to the longest entry that is a prefix of its path.
"""

_LOGIC = ["base", "raft", "queue", "amqp"]
_NODE = _LOGIC + ["proto", "replication", "replication/log", "cluster"]
_ALL = _NODE + ["broker", "federation", "shovel", "management", "server", "cli"]

# Folder -> the other folders whose headers it may include, from the ground up.
MAY_INCLUDE = {
    "base": [],
    "proto": ["base"],
    "raft": ["base"],
    "queue": ["base"],
    "amqp": ["base"],
    "replication/log": ["base", "raft"],
    "replication": ["base", "proto", "raft", "queue", "replication/log"],
    "cluster": _LOGIC + ["proto", "replication", "replication/log"],
    "broker": _NODE,
    "federation": _NODE + ["broker"],
    "shovel": _NODE + ["broker"],
    "management": _NODE + ["broker", "federation", "shovel"],
    "server": _NODE + ["broker", "federation", "shovel", "management"],
    "cli": ["base", "proto", "amqp"],
    "chaos": _ALL + ["tests"],
    "bench": _ALL + ["chaos", "tests"],
    "tests": _ALL + ["chaos"],
    "examples": _LOGIC + ["replication", "replication/log"],
}

# Tests beside the code may use the shared test support, whatever their folder's floor.
TEST_SUPPORT = "tests/support"

# Deterministic state machines: no clock, thread, random source, file, socket, logger (rule purity).
PURE = ["raft", "queue", "replication/liveness", "replication/session"]

# No file of these folders may pass 500 lines; elsewhere that is a warning.
SHORT_FILES = ["raft"]


def owner(path, folders):
    """The longest of `folders` that holds `path`, or None."""
    holders = [f for f in folders if path == f or path.startswith(f + "/")]
    return max(holders, key=len, default=None)
