import { english, fieldMessagesOf, messageOf } from "@keywright/client/messages";
import { useSignIn, useSignUp } from "@keywright/client/react";
import { useState } from "react";
import { Button, ScrollView, Text } from "react-native";
import { Field } from "./field";
import { ProviderButtons } from "./provider-buttons";
import { styles } from "./styles";

/** Signs in or up. On success there is nothing to do here: the session changes, and the screen with it. */
export function WelcomeScreen() {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [isNew, setIsNew] = useState(false);
  const [notice, setNotice] = useState("");
  const { signIn, ...signingIn } = useSignIn();
  const { signUp, ...signingUp } = useSignUp();
  const { isPending, error } = isNew ? signingUp : signingIn;
  const faults = error ? fieldMessagesOf(error, english) : {};

  async function submit(): Promise<void> {
    setNotice("");
    if (!isNew) return void (await signIn({ email, password }));
    const answer = await signUp({ email, password });
    if (answer?.status === "verification_sent") setNotice("Follow the link in the mail that we sent you.");
  }

  return (
    <ScrollView>
      <Text style={styles.title}>{isNew ? "New account" : "Welcome back"}</Text>
      <Field label="E-mail" value={email} onChangeText={setEmail} keyboardType="email-address" fault={faults.email} />
      <Field label="Password" value={password} onChangeText={setPassword} secureTextEntry fault={faults.password} />
      {error ? <Text style={styles.fault}>{messageOf(error, english)}</Text> : null}
      {notice ? <Text style={styles.line}>{notice}</Text> : null}
      <Button title={isNew ? "Sign up" : "Sign in"} onPress={submit} disabled={isPending} />
      <Button title={isNew ? "I have an account" : "I am new here"} onPress={() => setIsNew(!isNew)} />
      <ProviderButtons />
    </ScrollView>
  );
}
