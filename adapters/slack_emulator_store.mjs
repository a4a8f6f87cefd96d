// Loaded before the emulator: shows what it keeps, which its Web API and its pages do not. For development and tests.
//   GET  /store/<collection>       everything in it, as JSON
//   POST /store/<collection>/<id>  sets fields of one item
import { readdirSync, readFileSync } from "node:fs";

const dist = new URL("../node_modules/emulate/dist/", import.meta.url);
const isSlack = (name) => name.endsWith(".js") && readFileSync(new URL(name, dist), "utf8").includes('"slack.users"');
const service = readdirSync(dist).find((name) => name.startsWith("dist-") && isSlack(name));
const { slackPlugin, getSlackStore } = await import(new URL(service, dist));

const register = slackPlugin.register;
slackPlugin.register = (app, store, ...rest) => {
  register(app, store, ...rest);
  const collection = (context) => getSlackStore(store)[context.req.param("collection")];
  app.get("/store/:collection", (context) => context.json(collection(context).all()));
  app.post("/store/:collection/:id", async (context) => {
    const fields = await context.req.json();
    return context.json(collection(context).update(Number(context.req.param("id")), fields));
  });
};
