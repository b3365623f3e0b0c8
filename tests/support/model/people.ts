/** Two people with accounts, and what is known of them. */
export interface Person {
  id: string;
  name: "Ada" | "Bob";
  email: string;
  password: string;
  firstName: string;
}

export function createPeople(): Person[] {
  return (["Ada", "Bob"] as const).map((name) => ({
    id: `user-${name}`,
    name,
    email: `${name.toLowerCase()}@example.com`,
    password: `correct horse of ${name}`,
    firstName: name,
  }));
}
