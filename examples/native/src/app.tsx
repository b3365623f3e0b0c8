import { KeywrightProvider, useSession } from "@keywright/client/react";
import { useEffect } from "react";
import { ActivityIndicator, AppState, View } from "react-native";
import { AccountScreen } from "./account-screen";
import { client } from "./client";
import { styles } from "./styles";
import { WelcomeScreen } from "./welcome-screen";

export function App() {
  useEffect(() => {
    // If a session was ended elsewhere while the app was in the background, this notices when the app returns.
    const subscription = AppState.addEventListener("change", (state) => {
      if (state === "active") client.session.refresh().catch(() => {});
    });
    return () => subscription.remove();
  }, []);
  return (
    <KeywrightProvider client={client}>
      <View style={styles.page}>
        <Screen />
      </View>
    </KeywrightProvider>
  );
}

function Screen() {
  const { status } = useSession();
  if (status === "loading") return <ActivityIndicator />;
  return status === "signedIn" ? <AccountScreen /> : <WelcomeScreen />;
}
