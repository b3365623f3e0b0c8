CREATE TABLE "refresh_tokens" (
	"session_id" uuid PRIMARY KEY NOT NULL,
	"generation" integer NOT NULL,
	"current_hash" "bytea" NOT NULL,
	"previous_hash" "bytea",
	"rotated_at" timestamp (3) with time zone,
	"rotated_by" "bytea",
	"is_shared" boolean DEFAULT false NOT NULL,
	"rotation_salt" uuid,
	CONSTRAINT "refresh_tokens_rotated" CHECK ("refresh_tokens"."generation" >= 0 and num_nonnulls("refresh_tokens"."previous_hash", "refresh_tokens"."rotated_at", "refresh_tokens"."rotated_by",
        "refresh_tokens"."rotation_salt") = case when "refresh_tokens"."generation" = 0 then 0 else 4 end)
);
--> statement-breakpoint
ALTER TABLE "refresh_tokens" ADD CONSTRAINT "refresh_tokens_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;