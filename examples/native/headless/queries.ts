import { KeywrightProvider } from "@keywright/client/react";
import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { createElement } from "react";
import { create, type ReactTestRenderer } from "react-test-renderer";
import { phone } from "./by-hand";
import { serve } from "./host";

/** A screen with one query of TanStack's, whose state is all that it shows: `success ada@example.com`. */
export function serveQueries(): void {
  const queryClient = new QueryClient();
  let screen: ReactTestRenderer | null = null;
  serve("openQueries", () => {
    const inside = createElement(QueryClientProvider, { client: queryClient }, createElement(Me));
    screen = create(createElement(KeywrightProvider, { client: phone, queryClient }, inside));
  });
  serve("queried", () => screen?.toJSON());
}

function Me(): string {
  const { status, data } = useQuery({ queryKey: ["me"], queryFn: () => phone.user.me.query() });
  return `${status}${data ? ` ${data.email}` : ""}`;
}
