// A real OpenID provider for the tests. Whoever signs in gives an e-mail address; one that begins with `unverified.`
// is not vouched for. POST /__rotate replaces the signing key and drops the old one.
import { generateKeyPairSync, randomUUID } from "node:crypto";
import http from "node:http";
import Provider from "oidc-provider";

const [port, redirect, back] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;

const fresh = () => {
  const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });
  const provider = new Provider(issuer, {
    clients: [{ client_id: "interlock", client_secret: "kept by both", redirect_uris: [redirect], post_logout_redirect_uris: [back] }],
    cookies: { keys: [randomUUID()] },
    jwks: { keys: [{ ...key, use: "sig", alg: "RS256", kid: randomUUID() }] },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    pkce: { required: () => true },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: id.replace("unverified.", ""), email_verified: !id.startsWith("unverified."), name: id }),
    }),
  });
  return provider.callback();
};

let answer = fresh();
http
  .createServer((request, response) => {
    if (request.url === "/__rotate") {
      answer = fresh();
      return response.end("rotated");
    }
    return answer(request, response);
  })
  .listen(Number(port), "127.0.0.1", () => console.log("ready"));
