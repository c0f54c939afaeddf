"""What the tests of running programs and their files share."""

import signal
import subprocess
import time

from program import CONFIG, PROGRAM, ProgramTest

LONG = ("--set", "training.epochs=100000", "--set", "resources.checkpoint_interval=0.2")


class SafetyTest(ProgramTest):
    def start(self, command, *arguments, config=CONFIG):
        process = subprocess.Popen([PROGRAM, command, str(config), "--output", str(self.run_folder), *map(str, arguments)],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def stop(self, process, number=signal.SIGTERM):
        """Sends a signal: status and message, within 2 s and the time that this busy machine takes for a process."""
        begin = time.monotonic()
        process.send_signal(number)
        message = process.communicate(timeout=60)[1]
        self.assertLess(time.monotonic() - begin, 4, message)
        return process.returncode, message
