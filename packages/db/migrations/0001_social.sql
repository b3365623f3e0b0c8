CREATE TABLE "keywright"."identities" (
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
CREATE INDEX "social_grants_expires_at" ON "keywright"."social_grants" USING btree ("expires_at");