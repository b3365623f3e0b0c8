import { StyleSheet } from "react-native";

export const styles = StyleSheet.create({
  page: { flex: 1, justifyContent: "center", padding: 24 },
  title: { fontSize: 24, fontWeight: "600", marginBottom: 16 },
  field: { borderWidth: 1, borderColor: "#888", borderRadius: 6, padding: 10, marginBottom: 4 },
  fault: { color: "#b00020", marginBottom: 8 },
  line: { marginBottom: 8 },
});
