import { useSession, useSignOut } from "@keywright/client/react";
import { Button, ScrollView, Text } from "react-native";
import { styles } from "./styles";
import { useAccount } from "./use-account";

export function AccountScreen() {
  const { user } = useSession();
  const { account, fault, reload, endSession } = useAccount();
  const { signOut, isPending } = useSignOut();
  if (!user) return null;
  return (
    <ScrollView>
      <Text style={styles.title}>{user.firstName || user.email}</Text>
      <Text style={styles.line}>Member since {dayOf(user.createdAt)}</Text>
      {account?.devices.map(({ id, deviceName, current, expiresAt }) => (
        <Text key={id} style={styles.line} onPress={() => (current ? undefined : endSession(id))}>
          {current ? "This device" : (deviceName ?? "Another device")}, signed in until {dayOf(expiresAt)}
        </Text>
      ))}
      {account?.events.map(({ id, kind, at }) => (
        <Text key={id} style={styles.line}>
          {dayOf(at)} {kind}
        </Text>
      ))}
      {fault ? <Text style={styles.fault}>{fault}</Text> : null}
      <Button title="Reload" onPress={reload} />
      <Button title="Sign out" onPress={() => signOut()} disabled={isPending} />
    </ScrollView>
  );
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}
