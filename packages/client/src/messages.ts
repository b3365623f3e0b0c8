export { english } from "./messages/english.js";
export { german } from "./messages/german.js";
export { fieldMessagesOf, type Messages, messageOf } from "./messages/message-of.js";
