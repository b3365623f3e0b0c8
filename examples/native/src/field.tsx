import { Text, TextInput, type TextInputProps, View } from "react-native";
import { styles } from "./styles";

interface FieldProps extends TextInputProps {
  label: string;
  /** Why the server rejected the value. */
  fault?: string | undefined;
}

export function Field({ label, fault, ...input }: FieldProps) {
  return (
    <View>
      <TextInput style={styles.field} accessibilityLabel={label} placeholder={label} autoCapitalize="none" {...input} />
      {fault ? <Text style={styles.fault}>{fault}</Text> : null}
    </View>
  );
}
