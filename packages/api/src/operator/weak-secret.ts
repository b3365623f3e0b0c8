/** Whether a secret is a placeholder from some example, or has hardly any variety. False if none is given. */
export function isWeakSecret(secret: string | undefined): boolean {
  if (secret === undefined) return false;
  const fewestCharacters = 8;
  return new Set(secret).size < fewestCharacters || placeholder.test(secret) || onlyWords.test(secret);
}

const placeholder =
  /change.?(me|this|it)|replace.?(me|this)|place.?holder|password|example|insecure|qwerty|01234567|12345678/i;
const onlyWords =
  /^(my|your|the|a|super|very|top|long|random|string|keywright|jwt|auth|secret|key|token|default|\W|_)+$/i;
