// Starts the emulator of Slack's Web API behind what the real one does and the emulator does not:
// - Slack takes a method's arguments from the address of a GET or of a POST, and its own clients put them there;
//   the emulator reads bodies alone. They are handed over as a form.
// - Slack knows its tokens; the emulator takes an unknown one for its administrator's. It is refused.
// Weighed: a client of ours that sends bodies alone. Bolt makes clients of its own, which would not be that one.
import { readFileSync } from "node:fs";
import { Server } from "node:http";
import { Readable } from "node:stream";

const seed = JSON.parse(readFileSync(process.argv[process.argv.indexOf("--seed") + 1], "utf8"));
const known = new Set(seed.slack.tokens.map(({ token }) => token));

function asForm(request) {
  const [path, query = ""] = request.url.split("?", 2);
  if (!query && request.method !== "GET") return request;
  const headers = { ...request.headers, "content-type": "application/x-www-form-urlencoded" };
  delete headers["content-length"];
  request.resume();
  return Object.assign(Readable.from([Buffer.from(query)]), { method: "POST", url: path, headers });
}

function refuse(response, error) {
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify({ ok: false, error }));
}

const passOn = Server.prototype.emit;
Server.prototype.emit = function (event, request, response) {
  if (event !== "request" || !request.url.startsWith("/api/")) return passOn.call(this, event, request, response);
  const token = request.headers.authorization?.replace(/^Bearer /, "");
  if (token === undefined) return refuse(response, "not_authed");
  if (!known.has(token)) return refuse(response, "invalid_auth");
  return passOn.call(this, event, asForm(request), response);
};

await import("emulate/cli");
