"""`scorefem serve` beside clients that drip bytes: they have its threads for seconds, not for good."""
import socket
import threading
import unittest

import requests

from servers import CONFIG, ServedTest, Server

# Far above the 2 s that the server gives each while others wait, and below the 60 s that each would have alone.
BOUND = 45


class SlowClients(ServedTest):
    def drip(self, address, begin):
        """Opens a connection and sends a byte now and then until the server closes it."""
        connection = socket.create_connection(address, timeout=60)
        self.addCleanup(connection.close)
        connection.sendall(begin)

        def go_on():
            try:
                while not self.done.wait(0.05):
                    connection.sendall(b"x")
            except OSError:
                self.closed.append(begin)

        thread = threading.Thread(target=go_on)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.done.set)

    def test_more_of_them_than_threads(self):
        self.done, self.closed = threading.Event(), []
        models = self.start_models()
        server = Server(self.addCleanup, CONFIG, "--run", self.run_folder, "--set", f"forward.url={models.url}",
                        "--connections", 2)
        body = b"POST /Evaluate HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"
        for begin in (b"GET /Info HTTP/1.1\r\nX: ", body, b"G", body, b"GET /Info HTTP/1.1\r\nX: "):
            self.drip(server.address(), begin)
        self.assertEqual(requests.get(server.url + "/Info", timeout=BOUND).json()["models"], ["forward", "posterior"])
        evaluated = requests.post(server.url + "/Evaluate", json={"name": "forward", "input": [[0, 0, 0]]}, timeout=BOUND)
        self.assertEqual(evaluated.json(), {"output": [[0.0, 2.0, 0.0]]})

    def test_many_that_say_nothing(self):
        models = self.start_models()
        server = Server(self.addCleanup, CONFIG, "--run", self.run_folder, "--set", f"forward.url={models.url}",
                        "--connections", 4)
        for _ in range(40):
            self.addCleanup(socket.create_connection(server.address(), timeout=60).close)
        self.assertEqual(requests.get(server.url + "/Info", timeout=BOUND).json()["models"], ["forward", "posterior"])


if __name__ == "__main__":
    unittest.main()
