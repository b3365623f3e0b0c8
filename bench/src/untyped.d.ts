// These two have no types; what they return is parsed.
declare module "autocannon";
declare module "pg";
