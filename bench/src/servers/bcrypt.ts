import { randomBytes } from "node:crypto";
import { hash, verify } from "@node-rs/bcrypt";
import { z } from "zod";
import { rateOf } from "../load.js";
import { serveParent } from "../program.js";

const password = randomBytes(48).toString("base64");
const stored = await hash(password, { cost: 12 });
const task = z.object({ seconds: z.number(), atATime: z.number() });

serveParent(0, async (job) => rateOf(task.parse(job), async () => void (await verify(password, stored))));
