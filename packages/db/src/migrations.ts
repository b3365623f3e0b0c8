// Made from packages/db/migrations by `npm run generate`, after `drizzle-kit generate` has written a new one there.

/** One migration file, as written by drizzle-kit. */
export interface MigrationFile {
  tag: string;
  /** When it was written, in milliseconds since 1970. */
  when: number;
  text: string;
}

/** The migrations of this version, in order. */
export const migrationFiles: readonly MigrationFile[] = [
  {
    tag: "0000_core",
    when: 1796010955290,
    text: `CREATE TABLE "keywright"."audit_events" (
	"id" uuid NOT NULL,
	"user_id" uuid,
	"kind" text NOT NULL,
	"session_id" uuid,
	"ip" text,
	"user_agent" text,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "audit_events_pkey" PRIMARY KEY("at","id")
);
--> statement-breakpoint
CREATE TABLE "keywright"."outbox" (
	"id" uuid PRIMARY KEY NOT NULL,
	"seed" uuid DEFAULT gen_random_uuid() NOT NULL,
	"kind" text NOT NULL,
	"address" text,
	"user_id" uuid,
	"credential_version" integer,
	"status" text DEFAULT 'pending' NOT NULL,
	"ip" text,
	"user_agent" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"next_attempt_at" timestamp (3) with time zone NOT NULL,
	"locked_until" timestamp (3) with time zone,
	"failures" integer DEFAULT 0 NOT NULL,
	"rejections" integer DEFAULT 0 NOT NULL,
	"secret_hash" "bytea",
	"settled_at" timestamp (3) with time zone,
	"last_error" text,
	CONSTRAINT "outbox_settled_at" CHECK (("keywright"."outbox"."status" = 'pending') = ("keywright"."outbox"."settled_at" is null))
);
--> statement-breakpoint
CREATE TABLE "keywright"."passwords" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"hash" text NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "keywright"."rate_limits" (
	"key" text collate "C" PRIMARY KEY NOT NULL,
	"points" integer NOT NULL,
	"expire" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "keywright"."refresh_tokens" (
	"session_id" uuid PRIMARY KEY NOT NULL,
	"generation" integer NOT NULL,
	"current_hash" "bytea" NOT NULL,
	"previous_hash" "bytea",
	"rotated_at" timestamp (3) with time zone,
	"rotated_by" "bytea",
	"is_shared" boolean DEFAULT false NOT NULL,
	"rotation_salt" uuid,
	CONSTRAINT "refresh_tokens_rotated" CHECK ("keywright"."refresh_tokens"."generation" >= 0 and num_nonnulls("keywright"."refresh_tokens"."previous_hash", "keywright"."refresh_tokens"."rotated_at", "keywright"."refresh_tokens"."rotated_by",
        "keywright"."refresh_tokens"."rotation_salt") = case when "keywright"."refresh_tokens"."generation" = 0 then 0 else 4 end)
);
--> statement-breakpoint
CREATE TABLE "keywright"."secrets" (
	"hash" "bytea" PRIMARY KEY NOT NULL,
	"purpose" text NOT NULL,
	"user_id" uuid NOT NULL,
	"email" text NOT NULL,
	"payload" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "keywright"."sessions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"token_hash" "bytea",
	"user_id" uuid NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"absolute_expires_at" timestamp (3) with time zone NOT NULL,
	"next_check_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"last_seen_at" timestamp (3) with time zone NOT NULL,
	"authenticated_at" timestamp (3) with time zone NOT NULL,
	"is_remembered" boolean NOT NULL,
	"ip" text,
	"user_agent" text,
	"device_name" text,
	CONSTRAINT "sessions_within_absolute" CHECK ("keywright"."sessions"."expires_at" <= "keywright"."sessions"."absolute_expires_at")
);
--> statement-breakpoint
CREATE TABLE "keywright"."users" (
	"id" uuid PRIMARY KEY NOT NULL,
	"username" text,
	"username_key" text collate "C",
	"email" text,
	"email_key" text collate "C",
	"email_verified_at" timestamp (3) with time zone,
	"first_name" text DEFAULT '' NOT NULL,
	"last_name" text DEFAULT '' NOT NULL,
	"profile" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"is_disabled" boolean DEFAULT false NOT NULL,
	"deactivated_at" timestamp (3) with time zone,
	"archived_at" timestamp (3) with time zone,
	"credential_version" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"last_login_at" timestamp (3) with time zone,
	CONSTRAINT "users_username_and_key" CHECK (("keywright"."users"."username" is null) = ("keywright"."users"."username_key" is null)),
	CONSTRAINT "users_email_and_key" CHECK (("keywright"."users"."email" is null) = ("keywright"."users"."email_key" is null))
);
--> statement-breakpoint
ALTER TABLE "keywright"."passwords" ADD CONSTRAINT "passwords_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "keywright"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "keywright"."refresh_tokens" ADD CONSTRAINT "refresh_tokens_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "keywright"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "keywright"."secrets" ADD CONSTRAINT "secrets_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "keywright"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "keywright"."sessions" ADD CONSTRAINT "sessions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "keywright"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "audit_events_user" ON "keywright"."audit_events" USING btree ("user_id","at","id") WHERE "keywright"."audit_events"."user_id" is not null;--> statement-breakpoint
CREATE INDEX "outbox_due" ON "keywright"."outbox" USING btree ("next_attempt_at") WHERE "keywright"."outbox"."status" = 'pending';--> statement-breakpoint
CREATE INDEX "outbox_user" ON "keywright"."outbox" USING btree ("user_id") WHERE "keywright"."outbox"."status" = 'pending';--> statement-breakpoint
CREATE INDEX "outbox_settled" ON "keywright"."outbox" USING btree ("status","settled_at") WHERE "keywright"."outbox"."settled_at" is not null;--> statement-breakpoint
CREATE INDEX "rate_limits_expire" ON "keywright"."rate_limits" USING btree ("expire");--> statement-breakpoint
CREATE INDEX "secrets_user_purpose" ON "keywright"."secrets" USING btree ("user_id","purpose");--> statement-breakpoint
CREATE INDEX "secrets_expires_at" ON "keywright"."secrets" USING btree ("expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "sessions_token_hash" ON "keywright"."sessions" USING btree ("token_hash") WHERE "keywright"."sessions"."token_hash" is not null;--> statement-breakpoint
CREATE INDEX "sessions_user" ON "keywright"."sessions" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "sessions_next_check_at" ON "keywright"."sessions" USING btree ("next_check_at");--> statement-breakpoint
CREATE UNIQUE INDEX "users_username_key" ON "keywright"."users" USING btree ("username_key") WHERE "keywright"."users"."username_key" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "users_email_key" ON "keywright"."users" USING btree ("email_key") WHERE "keywright"."users"."email_key" is not null;--> statement-breakpoint
CREATE INDEX "users_unproved" ON "keywright"."users" USING btree ("created_at") WHERE ("keywright"."users"."email_verified_at" is null and "keywright"."users"."email" is not null);--> statement-breakpoint
ALTER TABLE "keywright"."outbox" SET (fillfactor = 70);--> statement-breakpoint
ALTER TABLE "keywright"."sessions" SET (fillfactor = 90);--> statement-breakpoint
ALTER TABLE "keywright"."users" SET (fillfactor = 90);
`,
  },
  {
    tag: "0001_social",
    when: 1796020884224,
    text: `CREATE TABLE "keywright"."identities" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"provider" text NOT NULL,
	"issuer" text collate "C" NOT NULL,
	"subject" text collate "C" NOT NULL,
	"email" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"last_used_at" timestamp (3) with time zone NOT NULL,
	"sealed_tokens" "bytea",
	"tokens_leased_until" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "keywright"."social_flows" (
	"hash" "bytea" PRIMARY KEY NOT NULL,
	"provider" text NOT NULL,
	"browser_hash" "bytea",
	"user_id" uuid,
	"sealed" "bytea" NOT NULL,
	"used_at" timestamp (3) with time zone,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "keywright"."social_grants" (
	"hash" "bytea" PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"sealed" "bytea",
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "social_grants_sealed" CHECK (("keywright"."social_grants"."kind" = 'id_token') = ("keywright"."social_grants"."sealed" is null))
);
--> statement-breakpoint
ALTER TABLE "keywright"."outbox" ADD COLUMN "payload" "bytea";--> statement-breakpoint
ALTER TABLE "keywright"."identities" ADD CONSTRAINT "identities_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "keywright"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "keywright"."social_flows" ADD CONSTRAINT "social_flows_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "keywright"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "identities_issuer_subject" ON "keywright"."identities" USING btree ("issuer","subject");--> statement-breakpoint
CREATE INDEX "identities_user" ON "keywright"."identities" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "social_flows_expires_at" ON "keywright"."social_flows" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "social_flows_user" ON "keywright"."social_flows" USING btree ("user_id") WHERE "keywright"."social_flows"."user_id" is not null;--> statement-breakpoint
CREATE INDEX "social_grants_expires_at" ON "keywright"."social_grants" USING btree ("expires_at");`,
  },
  {
    tag: "0002_password_kinds",
    when: 1796040919256,
    text: `CREATE INDEX CONCURRENTLY "passwords_kind" ON "keywright"."passwords" USING btree ((case when "hash" like '$kw1p$%' then substr("hash", 1, 14) || substr("hash", 38, 6)
    when "hash" like '$kw1$%' then '$kw1' || substr("hash", 28, 6) end) collate "C");`,
  },
  {
    tag: "0003_contested_accounts",
    when: 1796042710615,
    text: `ALTER TABLE "keywright"."users" ADD COLUMN "contested_at" timestamp (3) with time zone;`,
  },
  {
    tag: "0004_epochs",
    when: 1796043554944,
    text: `CREATE TABLE "keywright"."epochs" (
	"name" text collate "C" PRIMARY KEY NOT NULL,
	"value" uuid NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL
);
`,
  },
  {
    tag: "0005_outbox_order",
    when: 1796044904439,
    text: `ALTER TABLE "keywright"."secrets" ADD COLUMN "sequence" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
-- In three steps, since a column that is added with its sequence is written in every row.
ALTER TABLE "keywright"."outbox" ADD COLUMN "sequence" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "keywright"."outbox" ALTER COLUMN "sequence" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "keywright"."outbox" ALTER COLUMN "sequence" ADD GENERATED BY DEFAULT AS IDENTITY (sequence name "keywright"."outbox_sequence_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1);--> statement-breakpoint
ALTER TABLE "keywright"."outbox" ADD COLUMN "retried_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "keywright"."outbox" ADD COLUMN "locked_by" uuid;--> statement-breakpoint
ALTER TABLE "keywright"."outbox" ADD COLUMN "beats" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "keywright"."audit_events" ADD COLUMN "subject_id" uuid;--> statement-breakpoint
ALTER TABLE "keywright"."audit_events" ADD COLUMN "operator" text;
`,
  },
  {
    tag: "0006_outbox_order_indexes",
    when: 1796044906791,
    text: `CREATE INDEX CONCURRENTLY "outbox_fresh" ON "keywright"."outbox" USING btree ("sequence") WHERE "keywright"."outbox"."status" = 'pending' and "keywright"."outbox"."locked_until" is null and "keywright"."outbox"."failures" = 0 and "keywright"."outbox"."last_error" is null;--> statement-breakpoint
CREATE INDEX CONCURRENTLY "outbox_leased" ON "keywright"."outbox" USING btree ("id") WHERE "keywright"."outbox"."status" = 'pending' and "keywright"."outbox"."locked_until" is not null;--> statement-breakpoint
CREATE INDEX CONCURRENTLY "outbox_listed" ON "keywright"."outbox" USING btree ("status","sequence");`,
  },
  {
    tag: "0007_username_holds",
    when: 1796045627087,
    text: `CREATE TABLE "keywright"."username_holds" (
	"username_key" text collate "C" PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "username_holds_created_at" ON "keywright"."username_holds" USING btree ("created_at");`,
  },
];
