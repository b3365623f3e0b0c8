import { english, fieldMessagesOf, type Messages, messageOf } from "@keywright/client/messages";
import { type FormEvent, type InputHTMLAttributes, type ReactNode, useId } from "react";
import { useCall } from "./use-call.ts";

interface Field<Name extends string> extends InputHTMLAttributes<HTMLInputElement> {
  name: Name;
  label: string;
}

interface FormProps<Name extends string, T> {
  title: string;
  button?: string;
  fields?: Field<Name>[];
  call(value: (name: Name) => string): Promise<T>;
  /** What to show for an answer. */
  done?(answer: T): ReactNode;
  children?: ReactNode;
}

/** A server call as a form, which shows the server's faults per field and overall. */
export function Form<Name extends string, T>({ title, fields = [], ...props }: FormProps<Name, T>) {
  const { run, isPending, answer, error } = useCall(props.call);
  const messages = fieldMessagesOf(error, english);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    if (await run((name) => String(data.get(name)))) form.reset();
  }

  return (
    <form onSubmit={submit}>
      <h2>{title}</h2>
      {fields.map((field) => (
        <Input key={field.name} {...field} message={messages[field.name]} />
      ))}
      <Alert error={error} />
      <output>{answer && props.done?.(answer)}</output>
      <button type="submit" disabled={isPending}>
        {props.button ?? title}
      </button>
      {props.children}
    </form>
  );
}

function Input({ label, message, ...attributes }: Field<string> & { message: string | undefined }) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id}>{label}</label>
      <input id={id} required aria-invalid={message !== undefined} aria-describedby={`${id}message`} {...attributes} />
      <small id={`${id}message`}>{message}</small>
    </div>
  );
}

/** Why a call failed; announced by screen readers. */
export function Alert({ error, messages = english }: { error: unknown; messages?: Messages }) {
  return <p role="alert">{error ? messageOf(error, messages) : null}</p>;
}
