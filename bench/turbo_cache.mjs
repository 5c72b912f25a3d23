// An in-memory remote cache for turbo (the /v8/artifacts protocol), so that its numbers are not those of a slow server.
// Prints its port.
import http from "node:http";

const artifacts = new Map();
const server = http.createServer((request, response) => {
  const path = new URL(request.url, "http://localhost").pathname;
  const hash = path.startsWith("/v8/artifacts/") ? path.slice("/v8/artifacts/".length) : "";
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", () => {
    if (hash === "status") {
      response.writeHead(200, { "content-type": "application/json" }).end('{"status":"enabled"}');
    } else if (hash === "events") {
      response.writeHead(200).end();
    } else if (request.method === "PUT") {
      artifacts.set(hash, { body: Buffer.concat(pieces), duration: request.headers["x-artifact-duration"] ?? "0" });
      response.writeHead(202, { "content-type": "application/json" }).end('{"urls":[]}');
    } else if (artifacts.has(hash)) {
      const { body, duration } = artifacts.get(hash);
      response.writeHead(200, { "content-length": body.length, "x-artifact-duration": duration });
      response.end(request.method === "HEAD" ? undefined : body);
    } else {
      response.writeHead(404).end();
    }
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
