// The native compiler, which builds this repository; `tsc` is TypeScript 6, whose API our tools use.
await import("./7.0/node_modules/typescript/lib/tsc.js");
