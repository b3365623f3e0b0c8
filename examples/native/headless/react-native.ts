/**
 * Instead of React Native where there is no screen: its components by name, as `react-test-renderer` takes them. Types
 * are those of React Native itself.
 */
import type { ComponentType } from "react";

type Provider = () => ComponentType;

export const ActivityIndicator = "ActivityIndicator";
export const Button = "Button";
export const ScrollView = "ScrollView";
export const Text = "Text";
export const TextInput = "TextInput";
export const View = "View";
export const StyleSheet = { create: <T>(styles: T): T => styles };

const registered = new Map<string, Provider>();

export const AppRegistry = {
  registerComponent: (name: string, provider: Provider) => registered.set(name, provider),
  getRunnable: (name: string) => registered.get(name),
};

const appStateListeners = new Set<(state: string) => void>();

export const AppState = {
  addEventListener(_event: "change", listener: (state: string) => void) {
    appStateListeners.add(listener);
    return { remove: () => appStateListeners.delete(listener) };
  },
  /** As when the app comes to the front. */
  become(state: string) {
    for (const listener of appStateListeners) listener(state);
  },
};
