import { createTask, MODEL_NAMES, POLICY_NAMES, resolveSettings, settingsSchema, WAYS } from "../../../dist/index.js";
import { modelKind, PARTNERS, policyKind } from "../../../dist/agents/ways.js";
import { z } from "zod";

/** A task of which no preset knows anything: its defaults are those of every task. */
const anyTask = { ...createTask("hopper"), id: "no-default-of-its-own-v0" };
const GAMES = Object.keys(WAYS).filter((name) => WAYS[name].open);

/** Every setting: its group, type, bounds, values and help line, from the schemas that check them. */
export function settingsPage() {
  const groups = [...worldGroups(), ...playersGroups()];
  return `---
title: Settings
aside: false
pageClass: wide
---

# Settings

Every setting, made of the schema that checks them. A setting is given by \`--set npg.steps=8\`, in a file (\`--config\`), or as a patch of
\`resolveSettings\`; order and errors: [the command](../cli.md#train). *default* is the preset \`default\` on a task of which no preset knows
anything, *paper* the preset \`paper\` (tables 1–3 of the paper; another player's own paper). Where PAL, MAL, GDA and BR differ, each is named. Tasks of the
catalogue have [defaults of their own](../paper/presets.md). Bounds say what is absurd, not what is wise.

${groups.map(({ name }) => `[${name}](#${name.toLowerCase()})`).join(" · ")}

${groups.map(section).join("\n")}`;
}

/** Groups of every run, and who has them. */
function worldGroups() {
  const { players, data, task, record, meter, evaluation } = settingsSchema.shape;
  return Object.entries({ players, data, task, record, meter, evaluation }).map(([name, schema]) => ({
    name,
    schema,
    owners: "every run",
    values: valuesOf("npg", "ensemble", name),
  }));
}

/** Groups of the players: each once, with all who have it. */
function playersGroups() {
  const found = new Map();
  const add = (kind, name, policy, model) => {
    for (const [group, schema] of Object.entries(kind.groups)) {
      const known = found.get(group);
      if (known) known.owners.push(name);
      else found.set(group, { name: group, schema, owners: [name], values: valuesOf(policy, model, group) });
    }
  };
  for (const name of POLICY_NAMES) add(policyKind(name), name, name, PARTNERS[name]);
  for (const name of MODEL_NAMES)
    add(modelKind(name), name, POLICY_NAMES.find((policy) => PARTNERS[policy] === name) ?? "npg", name);
  return [...found.values()].map((group) => ({ ...group, owners: group.owners.map((name) => `\`${name}\``).join(", ") }));
}

/** The values of a group in both presets, by game. */
function valuesOf(policy, model, group) {
  const of = (preset) =>
    Object.fromEntries(
      GAMES.map((algorithm) => [
        algorithm,
        resolveSettings({ algorithm, task: anyTask, preset, patches: [{ players: { policy, model } }] })[group],
      ]),
    );
  return { default: of("default"), paper: of("paper") };
}

function section({ name, schema, owners, values }) {
  const rows = Object.entries(schema.shape).map(([key, setting]) => {
    const { symbol, help } = described(setting.description ?? "");
    return `| <a id="${name}.${key}"></a>\`${name}.${key}\` | ${symbol} | ${escaped(help)} | ${typeOf(setting)} | ${cell(values.default, key)} | ${cell(values.paper, key)} |`;
  });
  return `## ${name}

Of ${owners}.

| setting | symbol | what it is | type and bounds | default | paper |
|---|---|---|---|---|---|
${rows.join("\n")}
`;
}

/** A help line begins with the paper's symbol where there is one: `K: NPG steps per iteration`. */
function described(text) {
  const [, symbol, help] = text.match(/^([A-Z]?_?[\p{L}_]{1,5}|V_ψ)(?:: (.*))?$/su) ?? [];
  return symbol !== undefined && !/^[a-z]{3,}$/.test(symbol) ? { symbol, help: help ?? symbol } : { symbol: "", help: text };
}

/** One value, or `PAL, GDA: 4; MAL, BR: 25`. */
function cell(byGame, key) {
  const text = (value) =>
    value === null ? "none" : typeof value === "number" ? value.toLocaleString("en", { maximumFractionDigits: 12 }) : Array.isArray(value) ? `[${value.join(", ")}]` : String(value);
  const games = Object.keys(byGame).filter((game) => byGame[game] !== undefined);
  const of = (game) => escaped(text(byGame[game][key]));
  const distinct = [...new Set(games.map(of))];
  if (distinct.length <= 1) return distinct[0] ?? "";
  return distinct
    .map((value) => `${games.filter((game) => of(game) === value).join(", ").toUpperCase()}: ${value}`)
    .join("; ");
}

const escaped = (text) => text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("{", "&#123;").replaceAll("$", "\\$");

/** `whole number, 1 … 1,000` */
function typeOf(setting) {
  const text = shape(z.toJSONSchema(setting, { unrepresentable: "any", io: "input" }));
  return escaped(text);
}

function shape(json) {
  if (json.anyOf) {
    const rest = json.anyOf.filter(({ type }) => type !== "null").map(shape);
    return [...rest, ...(rest.length < json.anyOf.length ? ["none (null)"] : [])].join(", or ");
  }
  if (json.enum) return json.enum.map((value) => `\`${value}\``).join(", ");
  if (Array.isArray(json.type))
    return json.type.map((type) => (type === "null" ? "none (null)" : shape({ ...json, type }))).join(", or ");
  if (json.type === "boolean") return "true or false";
  if (json.type === "integer" || json.type === "number") return number(json);
  if (json.type === "array") return `list of: ${shape(json.items)}`;
  if (json.type === "string") return "text";
  return json.type === "object" ? "group" : "any";
}

function number({ type, minimum, maximum, exclusiveMinimum, exclusiveMaximum }) {
  const far = (x) => x === undefined || Math.abs(x) >= Number.MAX_SAFE_INTEGER;
  const short = (x) => (Math.abs(x) >= 1e6 ? x.toExponential().replace("e+", "e") : x.toLocaleString("en"));
  const least = exclusiveMinimum !== undefined ? `above ${short(exclusiveMinimum)}` : far(minimum) ? "" : `from ${short(minimum)}`;
  const most = exclusiveMaximum !== undefined ? `below ${short(exclusiveMaximum)}` : far(maximum) ? "" : `to ${short(maximum)}`;
  return [type === "integer" ? "whole number" : "number", [least, most].filter((part) => part !== "").join(" ")]
    .filter((part) => part !== "")
    .join(", ");
}
