// scimmy and scimmy-routers under Express, as their documentation shows: people in a Map, one token, one port.
import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const token = process.argv[2];
const users = new Map();

SCIMMY.Resources.declare(SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser))
  .ingress((resource, data) => {
    const id = resource.id ?? randomUUID();
    const plain = JSON.parse(JSON.stringify(data));
    const name = plain.userName.toLowerCase();
    const others = [...users.values()].filter((each) => each.id !== id);
    if (others.some((each) => each.userName.toLowerCase() === name))
      throw new SCIMMY.Types.Error(409, "uniqueness", "userName is taken");
    const now = new Date();
    const stored = { ...plain, id, meta: { created: users.get(id)?.meta.created ?? now, lastModified: now } };
    users.set(id, stored);
    return stored;
  })
  .egress((resource) => {
    if (!resource.id) return resource.filter ? resource.filter.match([...users.values()]) : [...users.values()];
    const found = users.get(resource.id);
    if (!found) throw new SCIMMY.Types.Error(404, null, "not found");
    return found;
  })
  .degress((resource) => {
    users.delete(resource.id);
  });

const app = express();
const handler = (request) => {
  if (request.header("Authorization") !== `Bearer ${token}`) throw new Error("The token is not valid.");
  return "someone";
};
app.use("/scim/v2", new SCIMMYRouters({ type: "bearer", handler }));
const listening = app.listen(0, "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${listening.address().port}/scim/v2`);
});
// Whoever started it has gone.
process.stdin.resume().on("end", () => process.exit(0));
