import { exportJWK, generateKeyPair, SignJWT } from "jose";

/** A provider's key, and ID tokens that are signed with it. */
export async function createIdTokenSigner() {
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  const jwk = { ...(await exportJWK(publicKey)), kid: "k1", use: "sig", alg: "RS256" };

  async function sign(claims: Record<string, unknown>, issuer: string, audience: string): Promise<string> {
    return await new SignJWT(claims)
      .setProtectedHeader({ alg: "RS256", kid: jwk.kid })
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime("5m")
      .sign(privateKey);
  }

  return { jwk, sign };
}
