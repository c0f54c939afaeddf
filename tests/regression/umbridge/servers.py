"""Servers for a test, or for all of a class, which end with it, and the program under test."""
import pathlib
import subprocess
import sys

import requests

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "command_line"))

from program import PROGRAM, ProgramTest, wait_until  # noqa: E402

CONFIG = str(HERE / "served.yaml")
TINY = HERE.parent / "command_line" / "tiny.yaml"
__all__ = ["CONFIG", "HERE", "PROGRAM", "TINY", "ServedTest", "Server", "start_models", "wait_until"]


def end(process):
    process.kill()
    process.communicate(timeout=60)


def start(add_cleanup, command, **options):
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True, **options)
    add_cleanup(end, process)
    return process


def start_models(add_cleanup, *flags, port=0, delay=0.0):
    """A server of model_server.py: its process, with `url`."""
    server = start(add_cleanup, [sys.executable, HERE / "model_server.py", port, "--delay", delay, *flags], stdin=subprocess.PIPE)
    server.port = int(server.stdout.readline())
    server.url = f"http://127.0.0.1:{server.port}"
    return server


class Server:
    """A running `scorefem serve`. `add_cleanup`: of the test, or of its class."""

    def __init__(self, add_cleanup, *arguments):
        self.process = start(add_cleanup, [PROGRAM, "serve", *arguments, "--port", "0"], stderr=subprocess.PIPE)
        self.lines = []
        for line in self.process.stdout:
            self.lines.append(line)
            if line.startswith("serving at "):
                self.url = line.split()[2]
                return
        raise AssertionError(f"{self.lines} {self.process.stderr.read()}")

    def address(self):
        host, port = self.url[7:].split(":")
        return host, int(port)

    def post(self, endpoint, **body):
        return requests.post(self.url + endpoint, json=body, timeout=60)

    def result(self, endpoint, **body):
        response = self.post(endpoint, **body)
        if response.status_code != 200:
            raise AssertionError(f"{response.status_code} {response.text}")
        return response.json()


class ServedTest(ProgramTest):
    def start_models(self, *flags, **options):
        return start_models(self.addCleanup, *flags, **options)

    def start_program(self, *arguments):
        return start(self.addCleanup, [PROGRAM, *arguments], stderr=subprocess.PIPE)

    end = staticmethod(end)

    def statistics(self, server):
        return requests.get(server.url + "/statistics", timeout=30).json()

    def program(self, command, url, *arguments, folder=None, config=CONFIG, **options):
        return self.scorefem(command, config, "--output", folder or self.run_folder, "--set", f"forward.url={url}",
                             *arguments, **options)
