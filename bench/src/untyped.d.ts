// These two come without types; what they answer is parsed.
declare module "autocannon";
declare module "pg";
