/** For answers without a context, which would have set them. */
export const closedHeaders = { "cache-control": "no-store", "x-content-type-options": "nosniff" } as const;
