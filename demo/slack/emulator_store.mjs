// Loaded before the emulator: shows what it keeps, which its Web API and its pages do not. For development and tests.
//   GET  /store/<collection>       everything in it, as JSON
//   POST /store/<collection>/<id>  sets fields of one item
// Answered before the emulator sees it: its limit of 5,000 requests an hour is not ours, and cannot be set.
import { readdirSync, readFileSync } from "node:fs";
import { Server } from "node:http";

const dist = new URL("../../node_modules/emulate/dist/", import.meta.url);
const isSlack = (name) => name.endsWith(".js") && readFileSync(new URL(name, dist), "utf8").includes('"slack.users"');
const service = readdirSync(dist).find((name) => name.startsWith("dist-") && isSlack(name));
const { slackPlugin, getSlackStore } = await import(new URL(service, dist));

let kept;
const register = slackPlugin.register;
slackPlugin.register = (app, store, ...rest) => {
  register(app, store, ...rest);
  kept = getSlackStore(store);
};

async function answer(request, response) {
  const [, , name, id] = request.url.split("/");
  const collection = kept?.[name];
  if (collection === undefined) return response.writeHead(404).end();
  let found;
  if (request.method === "POST") {
    const body = [];
    for await (const part of request) body.push(part);
    found = collection.update(Number(id), JSON.parse(Buffer.concat(body).toString("utf8")));
  } else {
    found = collection.all();
  }
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify(found));
}

const passOn = Server.prototype.emit;
Server.prototype.emit = function (event, request, response) {
  if (event !== "request" || !request.url.startsWith("/store/")) return passOn.call(this, event, request, response);
  answer(request, response).catch(() => response.writeHead(500).end());
  return true;
};
