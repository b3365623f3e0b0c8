import type { RegistrationIncomplete } from "@keywright/client";
import { english, fieldMessagesOf, messageOf } from "@keywright/client/messages";
import { useKeywright } from "@keywright/client/react";
import { useState } from "react";
import { Button, Text, View } from "react-native";
import { Field } from "./field";
import { styles } from "./styles";

const labels = {
  email: "Your e-mail",
  username: "Username",
  firstName: "First name",
  lastName: "Last name",
  password: "",
};

/** Asks for what the server requires and the provider has not said. */
export function CompleteSignIn({ missing, ticket }: RegistrationIncomplete) {
  const { social } = useKeywright();
  const [values, setValues] = useState<Record<string, string>>({});
  const [error, setError] = useState<unknown>();
  const [notice, setNotice] = useState("");
  const faults = fieldMessagesOf(error, english);

  async function submit(): Promise<void> {
    setError(undefined);
    try {
      const { status } = await social.complete.mutate({ ticket, ...values });
      if (status === "verification_sent") setNotice("Follow the link in the mail that we sent you.");
    } catch (failure) {
      setError(failure);
    }
  }

  return (
    <View>
      <Text style={styles.line}>Tell us a little more.</Text>
      {missing.map((name) => (
        <Field
          key={name}
          label={labels[name]}
          value={values[name] ?? ""}
          onChangeText={(text) => setValues({ ...values, [name]: text })}
          fault={faults[name]}
        />
      ))}
      {error ? <Text style={styles.fault}>{messageOf(error, english)}</Text> : null}
      {notice ? <Text style={styles.line}>{notice}</Text> : null}
      <Button title="Complete" onPress={submit} />
    </View>
  );
}
