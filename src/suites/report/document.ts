/** A report as blocks, which are written as Markdown and as HTML alike. */
export type Block =
  | { readonly kind: "heading"; readonly level: 1 | 2 | 3; readonly text: string }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "table"; readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] }
  /** `file` is where the SVG lies beside the Markdown; in HTML it is inside. */
  | { readonly kind: "figure"; readonly title: string; readonly file: string; readonly svg: string };

export const heading = (level: 1 | 2 | 3, text: string): Block => ({ kind: "heading", level, text });
export const text = (words: string): Block => ({ kind: "text", text: words });
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): Block => ({
  kind: "table",
  head,
  rows,
});

export const markdown = (blocks: readonly Block[]): string => `${blocks.map(asMarkdown).join("\n\n")}\n`;

function asMarkdown(block: Block): string {
  const row = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  switch (block.kind) {
    case "heading":
      return `${"#".repeat(block.level)} ${block.text}`;
    case "text":
      return block.text;
    case "table":
      return [row(block.head), row(block.head.map(() => "---")), ...block.rows.map(row)].join("\n");
    case "figure":
      return `![${block.title}](${block.file})`;
  }
}

const escaped = (words: string): string =>
  words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

const STYLE = `body{font:15px/1.5 Helvetica,Arial,sans-serif;color:#222;max-width:1100px;margin:2em auto;padding:0 1em}
table{border-collapse:collapse;margin:1em 0}th,td{border:1px solid #ccc;padding:.3em .6em;text-align:left;vertical-align:top}
th{background:#f4f4f4}figure{margin:1em 0}svg{max-width:100%;height:auto}.holds{color:#00714f}.not{color:#b00020}`;

/** One file that opens without a server and loads nothing. */
export const html = (title: string, blocks: readonly Block[]): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title><style>${STYLE}</style></head>
<body>
${blocks.map(asHtml).join("\n")}
</body></html>
`;

function asHtml(block: Block): string {
  switch (block.kind) {
    case "heading":
      return `<h${block.level}>${escaped(block.text)}</h${block.level}>`;
    case "text":
      return `<p>${escaped(block.text)}</p>`;
    case "table":
      return [
        "<table><thead><tr>",
        ...block.head.map((words) => cell(words, "th")),
        "</tr></thead><tbody>",
        ...block.rows.map((row) => `<tr>${row.map((words) => cell(words, "td")).join("")}</tr>`),
        "</tbody></table>",
      ].join("");
    case "figure":
      return `<figure>${block.svg}<figcaption>${escaped(block.title)}</figcaption></figure>`;
  }
}

/** Verdicts have colours of their own. */
function cell(words: string, tag: "th" | "td"): string {
  const kind = words === "holds" ? ' class="holds"' : words === "does not hold" ? ' class="not"' : "";
  return `<${tag}${kind}>${escaped(words)}</${tag}>`;
}
