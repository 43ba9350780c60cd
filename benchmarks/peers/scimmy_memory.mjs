// scimmy and scimmy-routers from npm under Express 4, in a Map, as their documentation shows; run with a port.
// What its handlers are asked by id is answered by id; what they are asked by filter scimmy itself looks through.
import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const users = new Map();
const names = new Map();

SCIMMY.Resources.declare(SCIMMY.Resources.User)
  .ingress((resource, data) => {
    const id = resource.id ?? randomUUID();
    const plain = JSON.parse(JSON.stringify(data));
    const name = plain.userName.toLowerCase();
    if (names.has(name) && names.get(name) !== id) throw new SCIMMY.Types.Error(409, "uniqueness", "userName is taken");
    const now = new Date();
    const stored = { ...plain, id, meta: { created: users.get(id)?.meta.created ?? now, lastModified: now } };
    names.set(name, id);
    users.set(id, stored);
    return stored;
  })
  .egress((resource) => {
    if (!resource.id) return [...users.values()];
    const found = users.get(resource.id);
    if (!found) throw new SCIMMY.Types.Error(404, null, "not found");
    return found;
  })
  .degress((resource) => {
    users.delete(resource.id);
  });

const app = express();
app.use("/", new SCIMMYRouters({ type: "bearer", handler: () => "someone" }));
app.listen(Number(process.argv[2]), "127.0.0.1");
