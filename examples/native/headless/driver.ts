import { createElement } from "react";
import { create, type ReactTestInstance, type ReactTestRenderer } from "react-test-renderer";
import { client } from "../src/client";
import { serve } from "./host";
import { AppRegistry, AppState } from "./react-native";

const patienceMs = 5000;
const pauseMs = 10;

/** Starts the registered app, and lets the host use it as an eye and a thumb would. */
export function drive(): void {
  const App = AppRegistry.getRunnable("main")?.();
  if (!App) throw new Error("The app registers no component called main.");
  const screen = create(createElement(App));
  const texts = () => hosts(screen, "Text").map(textOf);
  const found = (type: string, label: unknown) => hosts(screen, type).filter((node) => isCalled(node, label));
  const until = (isSo: () => boolean) =>
    waitUntil(isSo, () => `Not on the screen, where there is: ${texts().join(" | ")}`);

  serve("texts", texts);
  serve("see", (text) => until(() => texts().some((line) => line.includes(String(text)))).then(texts));
  serve("press", async (title) => {
    await until(() => found("Button", title).some(({ props }) => !props.disabled));
    found("Button", title)[0]?.props.onPress();
  });
  serve("type", async (input) => {
    const [label, text] = Array.isArray(input) ? input : [];
    await until(() => found("TextInput", label).length > 0);
    found("TextInput", label)[0]?.props.onChangeText(text);
  });
  serve("comeToFront", () => AppState.become("active"));
  serve("status", () => client.session.get().status);
  serve("fields", async () => {
    const user = await client.user.me.query();
    return Object.fromEntries(Object.entries(user).map(([name, value]) => [name, kindOf(value)]));
  });
}

function hosts(screen: ReactTestRenderer, type: string): ReactTestInstance[] {
  // Before the first frame there is no root.
  return screen.toJSON() === null ? [] : screen.root.findAll((node) => node.type === type);
}

function isCalled({ props }: ReactTestInstance, label: unknown): boolean {
  return props.title === label || props.accessibilityLabel === label;
}

function textOf(node: ReactTestInstance): string {
  return node.children.map((child) => (typeof child === "string" ? child : textOf(child))).join("");
}

function kindOf(value: unknown): string {
  return value instanceof Date ? `Date of ${value.getFullYear()}` : typeof value;
}

async function waitUntil(isSo: () => boolean, complaint: () => string): Promise<void> {
  for (let waitedMs = 0; !isSo(); waitedMs += pauseMs) {
    if (waitedMs > patienceMs) throw new Error(complaint());
    await new Promise<void>((resolve) => setTimeout(resolve, pauseMs));
  }
}
