import { AppRegistry } from "react-native";
import { App } from "./app";

// What `registerRootComponent` of Expo does.
AppRegistry.registerComponent("main", () => App);
