import "./phone";
import "../src/index";
import { drive } from "./driver";
import { serve } from "./host";

serve("open", drive);
