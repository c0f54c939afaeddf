"""Servers for a test, which end with it, and the program under test."""
import pathlib
import subprocess
import sys

import requests

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "command_line"))

from program import PROGRAM, ProgramTest, wait_until  # noqa: E402

CONFIG = str(HERE / "served.yaml")
__all__ = ["CONFIG", "HERE", "PROGRAM", "ServedTest", "wait_until"]


class ServedTest(ProgramTest):
    def start_models(self, *flags, port=0, delay=0.0):
        """A server of model_server.py: its process, with `url`."""
        server = subprocess.Popen([sys.executable, str(HERE / "model_server.py"), str(port), "--delay", str(delay), *flags],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.end, server)
        server.port = int(server.stdout.readline())
        server.url = f"http://127.0.0.1:{server.port}"
        return server

    @staticmethod
    def end(process):
        process.kill()
        process.communicate(timeout=60)

    def statistics(self, server):
        return requests.get(server.url + "/statistics", timeout=30).json()

    def program(self, command, url, *arguments, folder=None, config=CONFIG, **options):
        return self.scorefem(command, config, "--output", folder or self.run_folder, "--set", f"forward.url={url}",
                             *arguments, **options)

    def start_program(self, *arguments):
        process = subprocess.Popen([PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True)
        self.addCleanup(self.end, process)
        return process
