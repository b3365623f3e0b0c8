import type { RegistrationIncomplete, SocialProvider } from "@keywright/client";
import { english, messageOf } from "@keywright/client/messages";
import { startSocial } from "@keywright/client/native";
import { useKeywright } from "@keywright/client/react";
import * as Crypto from "expo-crypto";
import { openAuthSessionAsync } from "expo-web-browser";
import { useEffect, useState } from "react";
import { Button, Text, View } from "react-native";
import { CompleteSignIn } from "./complete-sign-in";
import { styles } from "./styles";

/** In the app's own scheme, which is `scheme` in app.json. The server's setting `social.returnTo` has it as well. */
const returnTo = "com.example.keywright://auth";

/** Signs in with a provider. On success the session changes, and the screen with it. */
export function ProviderButtons() {
  const client = useKeywright();
  const [providers, setProviders] = useState<SocialProvider[]>([]);
  const [incomplete, setIncomplete] = useState<RegistrationIncomplete | null>(null);
  const [notice, setNotice] = useState("");

  useEffect(() => {
    client.social.providers.query().then(setProviders, (error) => setNotice(messageOf(error, english)));
  }, [client]);

  async function signIn(provider: string): Promise<void> {
    setNotice("");
    const options = { provider, returnTo, openAuthSession: openAuthSessionAsync, crypto: Crypto };
    try {
      const answer = await startSocial(client, options);
      if (answer?.status === "registration_incomplete") setIncomplete(answer);
      if (answer?.status === "verification_sent") setNotice("Follow the link in the mail that we sent you.");
    } catch (error) {
      setNotice(messageOf(error, english));
    }
  }

  if (incomplete) return <CompleteSignIn {...incomplete} />;
  return (
    <View>
      {notice ? <Text style={styles.fault}>{notice}</Text> : null}
      {providers.map(({ id, name }) => (
        <Button key={id} title={`Sign in with ${name}`} onPress={() => signIn(id)} />
      ))}
    </View>
  );
}
