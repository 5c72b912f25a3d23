// An in-memory remote cache for the peers (turbo's /v8/artifacts, nx' /v1/cache, and moon's /ac and /cas over HTTP), so that
// their numbers are not those of a slow server. Prints its port.
import http from "node:http";

const stored = new Map();
const server = http.createServer((request, response) => {
  const path = new URL(request.url, "http://localhost").pathname;
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", () => {
    if (path === "/v8/artifacts/status" || path === "/status") {
      response.writeHead(200, { "content-type": "application/json" }).end('{"status":"enabled"}');
    } else if (path === "/v8/artifacts/events") {
      response.writeHead(200).end();
    } else if (request.method === "PUT") {
      const type = request.headers["content-type"] ?? "application/octet-stream";
      stored.set(path, { type, body: Buffer.concat(pieces), duration: request.headers["x-artifact-duration"] ?? "0" });
      response.writeHead(200, { "content-type": "application/json" }).end('{"urls":[]}');
    } else if (stored.has(path)) {
      const { type, body, duration } = stored.get(path);
      response.writeHead(200, { "content-type": type, "content-length": body.length, "x-artifact-duration": duration });
      response.end(request.method === "HEAD" ? undefined : body);
    } else {
      response.writeHead(404).end();
    }
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
