import { createKeywrightClient } from "@keywright/client";
import { KeywrightProvider } from "@keywright/client/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import "./style.css";

const client = createKeywrightClient({ url: "/trpc" });
const root = document.getElementById("root");

if (root)
  createRoot(root).render(
    <StrictMode>
      <KeywrightProvider client={client}>
        <App />
      </KeywrightProvider>
    </StrictMode>,
  );
