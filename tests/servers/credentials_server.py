#!/usr/bin/env python3
"""Hands out credentials the way AWS does, that a real store takes, and lets them run out in seconds.

  tests/servers/credentials_server.py --endpoint URL --access-key A --secret-key S --role-arn R [--life SECONDS]

Imitates the token service (POST /), a container's endpoint (GET /container, with a token) and version 2 of the
instance metadata (/latest/...). What they hand out are temporary credentials of a role of the Ceph RGW that the
arguments name (ceph_rgw.py --sts). They are really void after --life seconds. A gateway stops using credentials 30 s
before the end that it was told, so that is told 30 s later.

In its folder it keeps what such an environment keeps in files: `web-identity-token` and `container-token`, replaced
every second, of which the present one and the one before it count; and `credentials`, a file of profiles, rewritten
in place every --life / 2 seconds with a new key pair of the store's user. The pair before it is removed from the store
--life / 2 seconds later.

Prints {"endpoint", "folder"} when all of it is there (serving.py has the rest of the contract). GET /-/report tells
what was handed out: {"counts": {"sts": 3, ...}, "secrets": [...]}. Every third answer of the first two is a 503:
those who ask must ask again.
"""

import argparse
import datetime
import hashlib
import hmac
import http.client
import http.server
import json
import secrets
import sys
import threading
import time
import urllib.parse
import xml.etree.ElementTree

import serving

ATTEMPTS = 5
MARGIN_S = 30  # What gateways keep between the last use of credentials and their end.
ROLE = "cache-role"


def signed_headers(method, host, target, body, access_key, secret_key):
    """Signature Version 4 in headers, as the store's own interfaces want it."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    path, _, query = target.partition("?")
    query = "&".join(sorted(part if "=" in part else part + "=" for part in query.split("&"))) if query else ""
    digest = hashlib.sha256(body).hexdigest()
    headers = {"host": host, "x-amz-content-sha256": digest, "x-amz-date": now}
    names = ";".join(sorted(headers))
    lines = [f"{name}:{headers[name]}" for name in sorted(headers)]
    canonical = "\n".join([method, path, query, *lines, "", names, digest])
    scope = f"{now[:8]}/us-east-1/s3/aws4_request"
    key = ("AWS4" + secret_key).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    headers["Authorization"] = (f"AWS4-HMAC-SHA256 Credential={access_key}/{scope}, SignedHeaders={names}, "
                                f"Signature={signature}")
    return headers


class Store:
    """The store's own ways to make credentials."""

    def __init__(self, endpoint, access_key, secret_key, role_arn):
        self.keys = access_key, secret_key
        self.host = urllib.parse.urlsplit(endpoint).netloc
        self.role = role_arn
        self.user = threading.Lock()  # Two changes of one user at once are a 500 to RGW.

    def ask(self, method, target, body=b""):
        for attempt in range(1, ATTEMPTS + 1):
            status, text = self.exchange(method, target, body)
            if status < 300:
                return text
            if status < 500 or attempt == ATTEMPTS:
                raise RuntimeError(f"{method} {target.partition('?')[0]}: the store answered {status} {text[:500]!r}")
            time.sleep(0.1 * attempt)

    def exchange(self, method, target, body):
        connection = http.client.HTTPConnection(self.host, timeout=30)
        try:
            connection.request(method, target, body, signed_headers(method, self.host, target, body, *self.keys))
            reply = connection.getresponse()
            return reply.status, reply.read()
        finally:
            connection.close()

    def assume_role(self, life_s):
        form = {"Action": "AssumeRole", "RoleArn": self.role, "RoleSessionName": "tests", "DurationSeconds": life_s}
        answer = xml.etree.ElementTree.fromstring(self.ask("POST", "/", urllib.parse.urlencode(form).encode()))
        found = {element.tag.rpartition("}")[2]: element.text for element in answer.iter()}
        end = datetime.datetime.fromisoformat(found["Expiration"].partition(".")[0].rstrip("Z"))
        told = end + datetime.timedelta(seconds=MARGIN_S)
        return {"AccessKeyId": found["AccessKeyId"], "SecretAccessKey": found["SecretAccessKey"],
                "Token": found["SessionToken"], "Expiration": told.strftime("%Y-%m-%dT%H:%M:%SZ")}

    def new_key(self):
        pair = secrets.token_hex(10), secrets.token_hex(20)
        with self.user:
            self.ask("PUT", f"/admin/user?key&uid=tests&access-key={pair[0]}&secret-key={pair[1]}&generate-key=false")
        return pair

    def remove_key(self, access_key):
        with self.user:
            self.ask("DELETE", f"/admin/user?key&uid=tests&access-key={access_key}")


class Imitation:
    def __init__(self, store, folder, life_s):
        self.store = store
        self.folder = folder
        self.life_s = life_s
        self.mutex = threading.Lock()
        self.counts = {"sts": 0, "container": 0, "imds": 0, "profile": 0, "refused": 0}
        self.secrets = []
        self.tokens = {"web-identity-token": [], "container-token": [], "imds": []}
        self.failure = None
        self.renew_tokens()
        self.pair = self.write_profile()

    def renew_tokens(self):
        for name in ("web-identity-token", "container-token"):
            token = secrets.token_urlsafe(48)
            # Replaced, not rewritten: that is how a projected volume changes.
            fresh = self.folder / (name + ".new")
            fresh.write_text(token + "\n")
            fresh.replace(self.folder / name)
            with self.mutex:
                self.tokens[name] = [*self.tokens[name][-1:], token]
                self.secrets.append(token)

    def write_profile(self):
        pair = self.store.new_key()
        with open(self.folder / "credentials", "w", encoding="ascii") as file:  # In place.
            file.write(f"# Rotated every {self.life_s / 2} s.\n[default]\naws_access_key_id = {pair[0]}\n")
            file.flush()
            time.sleep(0.02)  # A reader meets half of it now and then.
            file.write(f"aws_secret_access_key = {pair[1]}\n")
        with self.mutex:
            self.counts["profile"] += 1
            self.secrets.append(pair[1])
        return pair

    def rotate(self):
        """Runs in a thread."""
        next_pair = time.monotonic() + self.life_s / 2
        try:
            while True:
                time.sleep(0.5)
                self.renew_tokens()
                time.sleep(0.5)
                if time.monotonic() >= next_pair:
                    next_pair += self.life_s / 2
                    old, self.pair = self.pair, self.write_profile()
                    removal = threading.Timer(self.life_s / 2, self.store.remove_key, [old[0]])
                    removal.daemon = True
                    removal.start()
        except Exception as error:  # pylint: disable=broad-except
            self.failure = repr(error)

    def hand_out(self, kind):
        """Credentials; None when this one of three requests is to fail."""
        with self.mutex:
            self.counts[kind] += 1
            if self.counts[kind] % 3 == 0 and kind != "imds":
                return None
        credentials = self.store.assume_role(self.life_s)
        with self.mutex:
            self.secrets += [credentials["SecretAccessKey"], credentials["Token"]]
        return credentials

    def is_known(self, name, token):
        with self.mutex:
            known = token in self.tokens[name]
            self.counts["refused"] += 0 if known else 1
        return known

    def metadata_token(self):
        token = secrets.token_urlsafe(32)
        with self.mutex:
            self.tokens["imds"].append(token)
            self.secrets.append(token)
        return token

    def report(self):
        with self.mutex:
            return {"counts": self.counts, "secrets": self.secrets, "failure": self.failure}


STS_ANSWER = """<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <AssumedRoleUser>
      <Arn>arn:aws:sts::1:assumed-role/cache/tests</Arn>
      <AssumedRoleId>A:tests</AssumedRoleId>
    </AssumedRoleUser>
    <Credentials>
      <AccessKeyId>{AccessKeyId}</AccessKeyId>
      <SecretAccessKey>{SecretAccessKey}</SecretAccessKey>
      <SessionToken>{Token}</SessionToken>
      <Expiration>{Expiration}</Expiration>
    </Credentials>
  </AssumeRoleWithWebIdentityResult>
  <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>
</AssumeRoleWithWebIdentityResponse>
"""
STS_ERROR = "<ErrorResponse><Error><Type>Sender</Type><Code>{}</Code><Message>no</Message></Error></ErrorResponse>"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    imitation = None

    def answer(self, status, text, kind="text/plain"):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer_json(self, credentials, **more):
        if credentials is None:
            return self.answer(503, '{"code": "Unavailable"}', "application/json")
        return self.answer(200, json.dumps(credentials | more), "application/json")

    def do_POST(self):
        form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        if form.get("Action") != "AssumeRoleWithWebIdentity" or form.get("Version") != "2011-06-15":
            return self.answer(400, STS_ERROR.format("InvalidAction"), "text/xml")
        if form.get("RoleArn") != self.imitation.store.role or not form.get("RoleSessionName"):
            return self.answer(403, STS_ERROR.format("AccessDenied"), "text/xml")
        if not self.imitation.is_known("web-identity-token", form.get("WebIdentityToken")):
            return self.answer(400, STS_ERROR.format("ExpiredTokenException"), "text/xml")
        credentials = self.imitation.hand_out("sts")
        if credentials is None:
            return self.answer(503, STS_ERROR.format("ServiceUnavailable"), "text/xml")
        return self.answer(200, STS_ANSWER.format(**credentials), "text/xml")

    def do_PUT(self):
        if self.path != "/latest/api/token" or "X-aws-ec2-metadata-token-ttl-seconds" not in self.headers:
            return self.answer(400, "")
        return self.answer(200, self.imitation.metadata_token())

    def do_GET(self):
        roles = "/latest/meta-data/iam/security-credentials/"
        if self.path == "/-/report":
            return self.answer(200, json.dumps(self.imitation.report()), "application/json")
        if self.path == "/container":
            if not self.imitation.is_known("container-token", self.headers.get("Authorization")):
                return self.answer(401, '{"code": "AccessDenied"}', "application/json")
            return self.answer_json(self.imitation.hand_out("container"))
        if self.path in (roles, roles + ROLE):
            if not self.imitation.is_known("imds", self.headers.get("X-aws-ec2-metadata-token")):
                return self.answer(401, "")
            if self.path == roles:
                return self.answer(200, ROLE)
            return self.answer_json(self.imitation.hand_out("imds"), Code="Success", Type="AWS-HMAC")
        return self.answer(404, "")

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        pass


class CredentialsServer(serving.Server):
    """In this process: its threads end with it."""

    def __init__(self, folder, options):
        super().__init__(folder)
        store = Store(options.endpoint, options.access_key, options.secret_key, options.role_arn)
        Handler.imitation = Imitation(store, folder, options.life)

    def start(self):
        threading.Thread(target=Handler.imitation.rotate, daemon=True).start()
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return {"endpoint": f"http://127.0.0.1:{server.server_port}", "folder": str(self.folder)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("endpoint", "access-key", "secret-key", "role-arn"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--life", type=int, default=5)
    options = parser.parse_args()
    return serving.serve("credentials server", lambda folder: CredentialsServer(folder, options))


if __name__ == "__main__":
    sys.exit(main())
