#!/usr/bin/env python3
"""Installs a build of Warren, builds this example against what was installed, and runs it: three
processes, one of which is killed.

usage: embed_test.py --build BUILD_DIR [--cmake CMAKE] [-D NAME=VALUE ...]
"""

import argparse
import pathlib
import queue
import socket
import subprocess
import sys
import tempfile
import threading

EXAMPLE = pathlib.Path(__file__).resolve().parent
NODES = (1, 2, 3)
PATIENCE = 60  # Seconds for one answer: never waited for if all is well.


def run(*command):
    """Runs a command; what it says is shown only if it fails."""
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600
    )
    if done.returncode != 0:
        sys.exit(f"FAILED: {' '.join(map(str, command))}\n{done.stdout}")


def build_example(arguments, box):
    """Builds the example as others would: from an installed Warren, in a place of its own."""
    prefix, build = box / "prefix", box / "build"
    run(arguments.cmake, "--install", arguments.build, "--prefix", prefix)
    definitions = [f"-D{definition}" for definition in arguments.definitions]
    run(
        *(arguments.cmake, "-S", EXAMPLE, "-B", build, "-G", "Ninja"),
        *(f"-DCMAKE_PREFIX_PATH={prefix}", *definitions),
    )
    run(arguments.cmake, "--build", build)
    return build / "embed"


class Addresses:
    """An address for each node. The ports are free, and nobody else gets them: they are bound here
    all the time, but not listened at, which a listener that reuses addresses does not mind."""

    def __init__(self):
        self._sockets = {}
        for node in NODES:
            held = socket.socket()
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            held.bind(("127.0.0.1", 0))
            self._sockets[node] = held

    def of(self, node):
        host, port = self._sockets[node].getsockname()
        return f"{host}:{port}"

    def close(self):
        for held in self._sockets.values():
            held.close()


class Node:
    """One process, and what it answers."""

    def __init__(self, program, node, addresses, box):
        peers = ",".join(f"{peer}={addresses.of(peer)}" for peer in NODES)
        self.name = f"node {node}"
        self._process = subprocess.Popen(
            [program, "--id", str(node), "--dir", box / f"node-{node}"]
            + ["--listen", addresses.of(node), "--peers", peers],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=open(box / f"node-{node}.log", "a"),
            text=True,
        )
        self._lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self._expect("ready", self._answer())

    def _read(self):
        for line in self._process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put("(its output has ended)")

    def _answer(self):
        try:
            return self._lines.get(timeout=PATIENCE)
        except queue.Empty:
            return f"(nothing for {PATIENCE} s)"

    def _expect(self, expected, answer, command=""):
        if answer != expected:
            raise AssertionError(f"{self.name}: {command}: expected '{expected}', got '{answer}'")

    def ask(self, command):
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        return self._answer()

    def expect(self, command, expected):
        self._expect(expected, self.ask(command), command)

    def finish(self):
        """The end of its input is the end of the broker."""
        self._process.stdin.close()
        self._expect(0, self._process.wait(timeout=PATIENCE), "end of input")

    def kill(self):
        self._process.kill()
        self._process.wait()


def try_broker(start):
    """What must hold, whoever dies. `start(node)` starts one."""
    nodes = {node: start(node) for node in NODES}
    _, two, three = nodes.values()

    # A majority is enough for "ok", and nodes that have just started may not hear each other yet:
    # whoever declares has a copy, so that anyone may die.
    for node in nodes.values():
        node.expect("declare orders", "ok")
    two.expect("get orders", "empty")
    for number in range(1, 31):
        nodes[1 + number % 3].expect(f"publish orders message {number}", "ok")
    three.expect("get orders", "ok message 1")

    # Each node dies once, so the queue's leader does, too. What was confirmed is there, in order, and
    # the next ones come behind it.
    published, taken = 30, 1
    for victim in NODES:
        nodes[victim].kill()
        left, right = (nodes[node] for node in NODES if node != victim)
        for _ in range(5):
            published += 1
            left.expect(f"publish orders message {published}", "ok")
        for _ in range(5):
            taken += 1
            right.expect("get orders", f"ok message {taken}")
        nodes[victim] = start(victim)
        taken += 1
        nodes[victim].expect("get orders", f"ok message {taken}")

    while taken < published:
        taken += 1
        nodes[1].expect("get orders", f"ok message {taken}")
    nodes[2].expect("get orders", "empty")

    nodes[1].expect("delete orders", "ok")
    nodes[2].expect("get orders", "error: the answer was lost")
    answer = nodes[3].ask("declare orders")  # Its number was used.
    assert answer.startswith("error: FAILED_PRECONDITION"), answer
    for node in nodes.values():
        node.finish()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--cmake", default="cmake")
    parser.add_argument("-D", dest="definitions", action="append", default=[])
    arguments = parser.parse_args()

    started = []
    with tempfile.TemporaryDirectory(prefix="warren-embed-") as folder:
        box = pathlib.Path(folder)
        addresses = Addresses()
        try:
            program = build_example(arguments, box)

            def start(node):
                started.append(Node(program, node, addresses, box))
                return started[-1]

            try_broker(start)
        except Exception:
            for log in sorted(box.glob("node-*.log")):
                print(f"--- {log.name}\n{log.read_text()}")
            raise
        finally:
            for node in started:
                node.kill()
            addresses.close()
    print("embed: nothing was lost")


if __name__ == "__main__":
    main()
