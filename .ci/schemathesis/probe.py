"""Starts a gateway with a few people in it, and runs schemathesis against it with a key of each scope."""

import json
import pathlib
import re
import subprocess
import sys
import urllib.request

usher, seconds, work = sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3])

# What is refused, and with which status, when a request is not as documented: 412 and 431 come before its body is looked at.
REFUSALS = [400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422, 429, 431]
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,negative_data_rejection,unsupported_method"


def start():
    """Serves on a free port; the address and the first key are what it prints."""
    config = work / "usher.yaml"
    config.write_text(
        f'listen: {{address: "127.0.0.1:0"}}\nstore: {{uri: "sqlite://{work}/usher.db"}}\n'
        "limits: {api_per_second: 0, ingest_per_second: 0}\nworkspace: {region: US}\n"
    )
    log = open(work / "serve.log", "w")
    process = subprocess.Popen([usher, "serve", "--config", config], stdout=subprocess.PIPE, stderr=log, text=True)
    address = key = None
    for line in process.stdout:
        address = address or next(iter(re.findall(r"address +(http://\S+)", line)), None)
        key = key or next(iter(re.findall(r"usk_\S+", line)), None)
        if address and key:
            return process, address, key
    sys.exit("the gateway did not start: " + (work / "serve.log").read_text())


class Client:
    def __init__(self, address, key):
        self.address, self.key = address, key

    def call(self, method, path, body=None):
        request = urllib.request.Request(self.address + path, method=method)
        request.add_header("Authorization", "Bearer " + self.key)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
            request.add_header("Prefer", "wait")
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)


def people(api):
    """Three people of one name, so that there is something to review."""
    for n, identifier in enumerate([("tel", "+14155550123"), ("mailto", "ada.byron@mail.example"), ("mailto", "adabyron@post.example")]):
        scheme, value = identifier
        api.call("POST", "/v1/interactions", {"id": f"seed-{n}", "type": "message.received", "data": {
            "channel": "web_chat", "interaction_id": f"seed-{n}", "direction": "inbound",
            "from": {"display_name": "Ada Augusta Byron", "identifiers": [{"scheme": scheme, "value": value}]},
            "content": [{"type": "text", "text": "order 4711-22: reach me at ada.byron@mail.example or +1 415 555 0123"}]}})


# Which ids the paths of a kind take.
FIRST = {
    "/v1/profiles/": "/v1/profiles", "/v1/interactions/": "/v1/interactions", "/v1/duplicates/": "/v1/duplicates", "/v1/deliveries/": "/v1/deliveries",
}


def settings(api):
    """Schemathesis' configuration: an id that is there for each kind of path."""
    lines = ["[checks.negative_data_rejection]", f"expected-statuses = {json.dumps([str(s) for s in REFUSALS])}"]
    for prefix, listing in FIRST.items():
        found = api.call("GET", listing)["data"]
        if not found:
            sys.exit(f"nothing in {listing} to try the API with")
        lines += ["", "[[operations]]", f'include-path-regex = "^{prefix}[{{]id[}}]"', f'parameters = {{ "path.id" = "{found[0]["id"]}" }}']
    (work / "schemathesis.toml").write_text("\n".join(lines) + "\n")


def scopes(address):
    """The scopes, from the document that is served."""
    with urllib.request.urlopen(address + "/openapi.json") as answer:
        document = json.load(answer)
    named = {s for path in document["paths"].values() for op in path.values() for need in op.get("security", []) for s in next(iter(need.values()))}
    return sorted(named - {"admin"})


def probe(address, name, key, limit):
    print(f"-- a key with the scope {name}, {limit} s", flush=True)
    return subprocess.run([
        pathlib.Path(sys.executable).with_name("st"), "--config-file", work / "schemathesis.toml", "run", address + "/openapi.json",
        "--header", "Authorization: Bearer " + key, "--checks", CHECKS, "--max-time", str(limit), "--seed", "1", "--no-color", "--warnings", "off",
        "--exclude-path", "/v1/keys/{id}",  # it would revoke the key it comes with
        "--exclude-path", "/v1/events/stream",  # it goes on for ten minutes
        "--continue-on-failure",
    ], cwd=work).returncode


def main():
    process, address, key = start()
    try:
        api = Client(address, key)
        people(api)
        settings(api)
        keys = [("admin", key, seconds)]
        for scope in scopes(address):
            keys.append((scope, api.call("POST", "/v1/keys", {"name": scope, "scopes": [scope]})["secret"], seconds // 5))
        failed = [name for name, secret, limit in keys if probe(address, name, secret, limit)]
        if failed:
            print((work / "serve.log").read_text()[-4000:])
            sys.exit("the API is not as documented, seen with the scopes " + ", ".join(failed))
        print(f"the API is as documented, seen with {len(keys)} scopes")
    finally:
        process.terminate()
        process.wait(30)


main()
