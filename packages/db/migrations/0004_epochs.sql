CREATE TABLE "keywright"."epochs" (
	"name" text collate "C" PRIMARY KEY NOT NULL,
	"value" uuid NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL
);
