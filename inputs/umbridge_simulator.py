#!/usr/bin/python3
"""An epidemic as an UM-Bridge model: what a simulator in Python looks like to ScoreFEM, with the standard library alone.

    inputs/umbridge_simulator.py [--port 4242]       then: scorefem run inputs/umbridge.yaml

Susceptible, infected and removed shares of a population, s' = -b s i, i' = b s i - r i, from i = 0.1 %; unknown are the rates b of
infection and r of removal, observed is the infected share in per cent on twelve days. `config: {steps: n}` are steps of the
classical Runge-Kutta method for a day. An epidemic whose rates are not positive is refused, as the protocol has it.
"""

import argparse
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NAME = "forward"
DAYS = tuple(range(5, 65, 5))
START = 0.001


def infected(infection, removal, steps):
    """Infected share on each of DAYS, in per cent. Rates may be NumPy arrays of one shape."""

    def slope(s, i):
        new = infection * s * i
        return -new, new - removal * i

    s, i, h, result = 1 - START, START, 1 / steps, []
    for day in range(1, DAYS[-1] + 1):
        for _ in range(steps):
            s1, i1 = slope(s, i)
            s2, i2 = slope(s + h / 2 * s1, i + h / 2 * i1)
            s3, i3 = slope(s + h / 2 * s2, i + h / 2 * i2)
            s4, i4 = slope(s + h * s3, i + h * i3)
            s, i = s + h / 6 * (s1 + 2 * s2 + 2 * s3 + s4), i + h / 6 * (i1 + 2 * i2 + 2 * i3 + i4)
        if day in DAYS:
            result.append(100 * i)
    return result


class Refused(Exception):
    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


def evaluate(request):
    vectors = request.get("input")
    if not isinstance(vectors, list) or [len(vector) for vector in vectors] != [2]:
        raise Refused("InvalidInput", "expected one vector of two rates")
    infection, removal = vectors[0]
    if not (infection > 0 and removal > 0):
        raise Refused("InvalidInput", f"rates {infection} and {removal}; expected positive ones")
    return {"output": [infected(infection, removal, int(request.get("config", {}).get("steps", 4)))]}


ANSWERS = {
    "/ModelInfo": lambda _: {"support": {"Evaluate": True, "Gradient": False, "ApplyJacobian": False, "ApplyHessian": False}},
    "/InputSizes": lambda _: {"inputSizes": [2]},
    "/OutputSizes": lambda _: {"outputSizes": [len(DAYS)]},
    "/Evaluate": evaluate,
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections are kept

    def do_GET(self):
        self.reply(200, {"protocolVersion": 1.0, "models": [NAME]} if self.path == "/Info" else {})

    def do_POST(self):
        try:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if request.get("name") != NAME:
                raise Refused("ModelNotFound", f"expected {NAME}")
            if self.path not in ANSWERS:
                raise Refused("UnsupportedFeature", self.path)
            self.reply(200, ANSWERS[self.path](request))
        except Refused as error:
            self.reply(400, {"error": {"type": error.kind, "message": str(error)}})

    def reply(self, status, answer):
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=4242, help="0: any that is free")
    server = Server(("127.0.0.1", parser.parse_args().port), Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
