import { z } from "zod";

/** Of V8, as `--cpu-prof` writes it: a tree of functions, and which of them each sample found at work. */
export const profile = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({
        functionName: z.string(),
        url: z.string(),
        lineNumber: z.number().optional(),
        columnNumber: z.number().optional(),
      }),
      children: z.array(z.number()).optional(),
    }),
  ),
  samples: z.array(z.number()),
});

export type Profile = z.infer<typeof profile>;
type Frame = Profile["nodes"][number]["callFrame"];

/** What a server does with its time, in the order of the table. */
export const groups = [
  "sockets",
  "Node's HTTP and streams",
  "host (Hono)",
  "tRPC",
  "superjson, JSON",
  "Drizzle",
  "driver",
  "zod",
  "Lucia",
  "hashes",
  "garbage collector",
  "its own code",
  "the rest",
] as const;

export type Group = (typeof groups)[number];

const homes: [RegExp, Group][] = [
  [/node_modules\/(?:hono|@hono)\//, "host (Hono)"],
  [/node_modules\/@trpc\//, "tRPC"],
  [/node_modules\/(?:superjson|copy-anything|is-what)\//, "superjson, JSON"],
  [/node_modules\/drizzle-orm\//, "Drizzle"],
  [/node_modules\/postgres\//, "driver"],
  [/node_modules\/zod\//, "zod"],
  [/node_modules\/(?:lucia|oslo|@oslojs)\//, "Lucia"],
  [/^node:internal\/crypto/, "hashes"],
  [/^node:/, "Node's HTTP and streams"],
  [/\/(?:packages\/\w+|apps\/\w+|bench)\/dist\//, "its own code"],
];
/** Functions in C++, which have no file. */
const natives: [RegExp, Group][] = [
  [/^(?:writev|write\w*(?:String|Buffer)|readStart|readStop|shutdown)$/, "sockets"],
  [/^(?:parse|stringify)$/, "superjson, JSON"],
  [/^\(garbage collector\)$/, "garbage collector"],
  [/^\(program\)$/, "the rest"],
];

/** Each group's share of the samples, from 0 to 1. Idle time does not count. */
export function sharesOf({ nodes, samples }: Profile): Map<Group, number> {
  const groupOf = groupsOf(nodes);
  const counts = new Map<Group, number>();
  const busy = samples.map((id) => groupOf.get(id)).filter((group) => group !== undefined);
  for (const group of busy) counts.set(group, (counts.get(group) ?? 0) + 1);
  return new Map(groups.map((group) => [group, (counts.get(group) ?? 0) / busy.length]));
}

/** By node. One that is in no group by itself, such as `Array.map`, belongs to the function that called it. */
function groupsOf(nodes: Profile["nodes"]): Map<number, Group> {
  const byId = new Map<number, Group>();
  const callers = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  // A caller comes before what it calls.
  for (const { id, callFrame } of nodes) {
    if (callFrame.functionName === "(idle)") continue;
    byId.set(id, groupAt(callFrame) ?? byId.get(callers.get(id) ?? id) ?? "the rest");
  }
  return byId;
}

function groupAt({ functionName, url }: Frame): Group | undefined {
  const [text, table] = url === "" ? [functionName, natives] : [url, homes];
  return table.find(([pattern]) => pattern.test(text))?.[1];
}
