/** A tag of an MJCF text. */
export interface MjcfTag {
  readonly name: string;
  /** All of its attributes, as they are written. */
  readonly attributes: string;
  /** `</name>`. */
  readonly isClosing: boolean;
  /** `<name/>`. */
  readonly isEmpty: boolean;
}

/** A comment, or a tag: closing slash, name, attributes, slash of an empty element. */
const TAG = /<!--[\s\S]*?-->|<(\/?)([\w-]+)((?:"[^"]*"|'[^']*'|[^'">])*?)(\/?)>/g;
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** The tags of an MJCF text, in order. What is no XML gives some tags or none: MuJoCo is who refuses it. */
export function* tagsOf(mjcf: string): Generator<MjcfTag> {
  for (const [, closing, name, attributes, empty] of mjcf.matchAll(TAG))
    if (name !== undefined) yield { name, attributes, isClosing: closing === "/", isEmpty: empty === "/" };
}

/** An attribute's value; undefined where the tag has none of the name. */
export function attributeOf({ attributes }: MjcfTag, name: string): string | undefined {
  const found = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(attributes);
  return (found?.[1] ?? found?.[2])?.replace(/&(\w+);/g, (all, entity: string) => ENTITIES[entity] ?? all);
}
