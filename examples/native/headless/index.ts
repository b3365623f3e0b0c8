import "./phone";
import "../src/index";
import { serveClients } from "./by-hand";
import { drive } from "./driver";
import { serve } from "./host";
import { serveQueries } from "./queries";

serve("open", drive);
serveClients();
serveQueries();
