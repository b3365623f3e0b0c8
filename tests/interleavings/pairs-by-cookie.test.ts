import { testPairs } from "./pairs.js";

testPairs("cookie");
