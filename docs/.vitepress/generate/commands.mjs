import { runCli } from "../../../dist/cli/program.js";

/** What the program says to a command line. */
async function said(...argv) {
  let text = "";
  const terminal = { out: (more) => (text += more), err: (more) => (text += more), cwd: process.cwd(), columns: 100, live: false };
  await runCli(argv, terminal);
  return text.trimEnd();
}

/** Commands that a help text lists, `help` left out. */
const listed = (help) =>
  [...(help.split("Commands:\n")[1] ?? "").matchAll(/^ {2}([a-z][a-z-]*)\b/gm)].map(([, name]) => name).filter((name) => name !== "help");

/** Every command's own help. */
export async function commandsPage() {
  const top = await said("--help");
  const sections = [];
  for (const name of listed(top)) {
    const help = await said(name, "--help");
    const below = listed(help);
    sections.push(section(`stackelberg ${name}`, help));
    for (const sub of below) sections.push(section(`stackelberg ${name} ${sub}`, await said(name, sub, "--help")));
  }
  return `---
title: Commands
outline: 2
---

# Commands

What the program itself says with \`--help\`. Explained, with examples: [the command](../cli.md).

\`\`\`text
${top}
\`\`\`

${sections.join("\n")}`;
}

const section = (title, help) => `## ${title}

\`\`\`text
${help}
\`\`\`
`;
