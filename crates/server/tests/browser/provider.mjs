// The certified OpenID provider `oidc-provider` on a port of this machine, for tests/oidc/certified.rs. Prints its issuer URL; then reads the
// redirect URL of the client from standard input, one line, and answers from then on. Ends with its standard input.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import Provider from "oidc-provider";

// What dev interactions say about themselves is no part of a test.
console.info = console.warn = () => {};

const people = {
  ana: { sub: "ana", name: "Ana María", email: "ana@example.com", email_verified: true, groups: ["sre"] },
  eve: { sub: "eve", name: "Eve", email: "eve@example.com", email_verified: true, groups: ["visitors"] },
};

const server = createServer();
server.listen(0, "127.0.0.1", async () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  console.log(issuer);
  const lines = createInterface({ input: process.stdin });
  lines.on("close", () => process.exit(0));
  const [redirect] = await new Promise((resolve) => lines.once("line", (line) => resolve([line])));
  const provider = new Provider(issuer, {
    clients: [{ client_id: "hindcast", client_secret: "a secret: of words", redirect_uris: [redirect] }],
    scopes: ["openid", "profile", "email", "groups"],
    claims: { openid: ["sub"], profile: ["name"], email: ["email", "email_verified"], groups: ["groups"] },
    findAccount: (_, id) => ({ accountId: id, claims: () => people[id] }),
    cookies: { keys: ["for tests"] },
  });
  server.on("request", provider.callback());
  console.log("ready");
});
