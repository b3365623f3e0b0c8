CREATE TABLE "keywright"."username_holds" (
	"username_key" text collate "C" PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "username_holds_created_at" ON "keywright"."username_holds" USING btree ("created_at");