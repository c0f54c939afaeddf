"""model_server.py PORT [--delay S] [--derivatives]: models in Python behind the UM-Bridge protocol 1.0, by aiohttp, for tests: what
another implementation than ours says. Prints its port when it listens; ends with its standard input, so that no test
leaves it behind.

`forward` is curved: two inputs, of sizes 2 and 1, and two outputs, of sizes 2 and 1, scaled by config.scale. It refuses
a first unknown above 2 (InvalidInput), offers Gradient and ApplyJacobian if asked to, and has an error of its own (HTTP 500) where the second one is below -2. `slow`
never answers where its input is above 1. `broken` gives NaN, or a vector of another size.
"""
import argparse
import asyncio
import json
import logging
import math
import os
import sys
import threading

from aiohttp import web


def forward(theta, config):
    (a, b), (c,) = theta
    scale = config.get("scale", 1)
    return [[scale * (a * a + b), scale * math.exp(-c / 4)], [scale * math.sin(a) * c]]


def jacobian(theta, config):
    """Of all outputs by all inputs, [3][3]."""
    (a, _), (c,) = theta
    scale = config.get("scale", 1)
    return [[2 * scale * a, scale, 0], [0, 0, -scale / 4 * math.exp(-c / 4)], [scale * math.cos(a) * c, 0, scale * math.sin(a)]]


class Refused(Exception):
    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


class Models:
    sizes = {"forward": ([2, 1], [2, 1]), "slow": ([1], [1]), "broken": ([1], [2])}

    def __init__(self, delay, derivatives=False):
        self.delay, self.derivatives, self.n_derivatives = delay, derivatives, 0
        self.evaluations = self.at_once = self.most_at_once = 0

    async def evaluate(self, name, theta, config):
        self.evaluations += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(self.delay)
            if name == "slow":
                await asyncio.sleep(3600 if theta[0][0] > 1 else 0)
                return theta
            if name == "broken":
                return [[math.nan, 0.0]] if theta[0][0] > 0 else [[1.0, 2.0, 3.0]]
            if theta[0][0] > 2:
                raise Refused("InvalidInput", f"a is {theta[0][0]}, more than 2")
            if theta[0][1] < -2:
                raise RuntimeError("the iteration diverged")
            return forward(theta, config)
        finally:
            self.at_once -= 1


def endpoint(models, answer):
    async def handle(request):
        try:
            body = await request.json()
            if body.get("name") not in models.sizes:
                raise Refused("ModelNotFound", f"no model {body.get('name')}")
            return web.json_response(await answer(body), dumps=json.dumps)  # NaN as Python writes it
        except Refused as error:
            return web.json_response({"error": {"type": error.kind, "message": str(error)}}, status=400)

    return handle


def application(models):
    async def info(_):
        return web.json_response({"protocolVersion": 1.0, "models": list(models.sizes)})

    async def model_info(body):
        offered = models.derivatives and body["name"] == "forward"
        return {"support": {"Evaluate": True, "Gradient": offered, "ApplyJacobian": offered, "ApplyHessian": False}}

    async def input_sizes(body):
        return {"inputSizes": models.sizes[body["name"]][0]}

    async def output_sizes(body):
        return {"outputSizes": models.sizes[body["name"]][1]}

    async def evaluate(body):
        sizes = models.sizes[body["name"]][0]
        if [len(vector) for vector in body["input"]] != sizes:
            raise Refused("InvalidInput", f"expected vectors of sizes {sizes}")
        if not isinstance(body["config"], dict) or not set(body["config"]) <= {"scale", "name", "list", "flag"}:
            raise Refused("InvalidInput", f"config {body['config']}")
        return {"output": await models.evaluate(body["name"], body["input"], body["config"])}

    def block(body):
        """The derivative of output outWrt by input inWrt."""
        if not models.derivatives:
            raise Refused("UnsupportedFeature", "no derivatives")
        models.n_derivatives += 1
        rows, columns = (0, 2) if body["outWrt"] == 0 else (2, 3), (0, 2) if body["inWrt"] == 0 else (2, 3)
        return [row[slice(*columns)] for row in jacobian(body["input"], body["config"])[slice(*rows)]]

    async def gradient(body):
        return {"output": [sum(s * value for s, value in zip(body["sens"], column)) for column in zip(*block(body))]}

    async def apply_jacobian(body):
        return {"output": [sum(v * value for v, value in zip(body["vec"], row)) for row in block(body)]}

    async def statistics(_):
        return web.json_response({"evaluations": models.evaluations, "at_once": models.most_at_once, "derivatives": models.n_derivatives})

    app = web.Application()
    app.add_routes([web.get("/Info", info), web.get("/statistics", statistics)])
    for path, answer in (("/ModelInfo", model_info), ("/InputSizes", input_sizes), ("/OutputSizes", output_sizes),
                         ("/Evaluate", evaluate), ("/Gradient", gradient), ("/ApplyJacobian", apply_jacobian)):
        app.add_routes([web.post(path, endpoint(models, answer))])
    return app


async def serve(arguments):
    runner = web.AppRunner(application(Models(arguments.delay, arguments.derivatives)), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", arguments.port)
    await site.start()
    print(site._server.sockets[0].getsockname()[1], flush=True)  # pylint: disable=protected-access
    await asyncio.Event().wait()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--delay", type=float, default=0)
    parser.add_argument("--derivatives", action="store_true")
    arguments = parser.parse_args()
    logging.getLogger("aiohttp.server").disabled = True  # its errors are meant
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    asyncio.run(serve(arguments))


if __name__ == "__main__":
    main()
