import { customType, pgSchema, timestamp } from "drizzle-orm/pg-core";

/** Schema of all our tables: an app's own tables and migrations share the database without touching them. */
export const keywright = pgSchema("keywright");

/**
 * A moment with millisecond precision, written by the application: no `now()` in SQL, so that there is only one clock.
 */
export const moment = (name: string) => timestamp(name, { withTimezone: true, mode: "date", precision: 3 });

/** Text that a unique index compares bytewise: an upgrade of the system's locales cannot corrupt the index. */
export const key = customType<{ data: string; driverData: string }>({ dataType: () => 'text collate "C"' });

/** A SHA-256: 32 bytes in the table, hex everywhere else. */
export const sha256 = customType<{ data: string; driverData: Uint8Array }>({
  dataType: () => "bytea",
  toDriver: (hex) => Buffer.from(hex, "hex"),
  fromDriver: (bytes) => Buffer.from(bytes).toString("hex"),
});

/** Encrypted data. */
export const bytes = customType<{ data: Uint8Array; driverData: Uint8Array }>({
  dataType: () => "bytea",
  fromDriver: (stored) => new Uint8Array(stored),
});
