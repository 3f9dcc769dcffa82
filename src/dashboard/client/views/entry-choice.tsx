/**
 * Chooses an entry of the state.
 *
 * @param none what no choice is called; without it there is always an entry
 */
export function EntryChoice(props: {
  readonly label: string;
  readonly names: readonly string[];
  readonly value: number | null;
  readonly none?: string;
  readonly choose: (entry: number | null) => void;
}) {
  const { label, names, value, none, choose } = props;
  return (
    <label class="check">
      {label}{" "}
      <select
        value={String(value ?? "")}
        onChange={({ currentTarget: { value: text } }) => choose(text === "" ? null : Number(text))}
      >
        {none !== undefined && <option value="">{none}</option>}
        {names.map((name, j) => (
          <option key={name} value={String(j)}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
