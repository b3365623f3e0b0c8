/** RFC 6749, 4.1.2.1 and 5.2; OpenID Connect Core, 3.1.2.6; then those of GitHub, LinkedIn, Slack and Google. */
const knownCodes: readonly string[] = [
  "invalid_request",
  "unauthorized_client",
  "access_denied",
  "unsupported_response_type",
  "invalid_scope",
  "server_error",
  "temporarily_unavailable",
  "invalid_client",
  "invalid_grant",
  "unsupported_grant_type",
  "interaction_required",
  "login_required",
  "account_selection_required",
  "consent_required",
  "bad_verification_code",
  "incorrect_client_credentials",
  "redirect_uri_mismatch",
  "unverified_user_email",
  "application_suspended",
  "user_cancelled_login",
  "user_cancelled_authorize",
  "invalid_code",
  "code_already_used",
  "bad_client_secret",
  "bad_redirect_uri",
  "invalid_token",
  "org_internal",
  "admin_policy_enforced",
];

/**
 * Why a provider said no, for the log; null for any other text. It comes from the provider, or from anybody who opens our
 * callback, so that it could be a password.
 */
export function knownErrorCode(text: unknown): string | null {
  return knownCodes.find((code) => code === text) ?? null;
}
