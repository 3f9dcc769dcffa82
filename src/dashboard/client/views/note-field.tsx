import { useState } from "preact/hooks";

/** A line of text of the reader's. It is kept as it is typed, tidied, and shown as it was typed until it is left. */
export function NoteField(props: {
  readonly kind: "tags" | "note";
  readonly label: string;
  readonly value: string;
  readonly keep: (text: string) => void;
}) {
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <input
      type="text"
      class={props.kind}
      aria-label={props.label}
      value={typed ?? props.value}
      onInput={({ currentTarget: { value } }) => {
        setTyped(value);
        props.keep(value);
      }}
      onBlur={() => setTyped(null)}
    />
  );
}
