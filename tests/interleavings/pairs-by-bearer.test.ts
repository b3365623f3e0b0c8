import { testPairs } from "./pairs.js";

testPairs("bearer");
