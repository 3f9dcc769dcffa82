/** A number with a word on it. */
export const Tile = ({
  name,
  sign = name,
  value,
  note,
}: {
  readonly name: string;
  /** Names it for tests, where its name changes; default: its name. */
  readonly sign?: string;
  readonly value: string;
  readonly note: string;
}) => (
  <div class="tile">
    <dt>{name}</dt>
    <dd>
      <b data-tile={sign}>{value}</b>
      <span>{note}</span>
    </dd>
  </div>
);
