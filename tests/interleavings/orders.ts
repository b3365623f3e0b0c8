import type { Order } from "./schedule.js";

/** A sequence of numbers from 0 up to 1 that a seed decides (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A number for a text, to make seeds of. */
export function numberOf(text: string): number {
  return [...text].reduce((sum, letter) => (Math.imul(sum, 31) + (letter.codePointAt(0) ?? 0)) >>> 0, 7);
}

/** How many orders two sequences of statements have, if neither waits for the other. */
export function ordersOf(first: number, second: number): number {
  let count = 1;
  for (let step = 1; step <= Math.min(first, second); step++) {
    count = (count * (Math.max(first, second) + step)) / step;
  }
  return Math.round(count);
}

/** The next order after one whose choices were these, if all are to be tried; null after the last. */
export function nextOrder(choices: string): Order | null {
  const last = choices.lastIndexOf("A");
  return last < 0 ? null : { prefix: `${choices.slice(0, last)}B`, rest: "A" };
}

/** Those in which one call is stopped once, for the whole of the other: they find most. */
export function stopsOf(first: number, second: number): Order[] {
  return [
    ...Array.from({ length: first - 1 }, (_, at): Order => ({ prefix: "A".repeat(at + 1), rest: "B" })),
    ...Array.from({ length: second - 1 }, (_, at): Order => ({ prefix: "B".repeat(at + 1), rest: "A" })),
  ];
}

/** One of all orders, each as likely as any other. */
export function randomOrder(random: () => number, first: number, second: number): Order {
  let prefix = "";
  let [left, right] = [first, second];
  while (left > 0 && right > 0) {
    const isFirst = random() < left / (left + right);
    prefix += isFirst ? "A" : "B";
    if (isFirst) left--;
    else right--;
  }
  return { prefix, rest: left > 0 ? "A" : "B" };
}
