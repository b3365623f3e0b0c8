import { keywright } from "../../../../lib/keywright";

export const GET = (request: Request) => keywright.oauthCallback(request);
/** Some providers send the browser back with a form. */
export const POST = (request: Request) => keywright.oauthCallback(request);
