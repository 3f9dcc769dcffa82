import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fileOf, SITE } from "../support/site.js";

const pages = readdirSync(SITE, { recursive: true, encoding: "utf8" })
  .map((name) => name.replaceAll("\\", "/"))
  .filter((name) => name.endsWith(".html") && name !== "404.html");
const htmlOf = new Map(pages.map((page) => [page, readFileSync(join(SITE, page), "utf8")]));
const idsOf = new Map([...htmlOf].map(([page, html]) => [page, new Set(all(html, / (?:id|name)="([^"]+)"/g))]));

function all(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map(([, found]) => found.replaceAll("&amp;", "&"));
}

/** Links of the page's text, without the theme's own. */
const linksOf = (html: string): readonly string[] => {
  const main = html.slice(html.indexOf('class="main"'), html.indexOf('class="VPDocFooter"'));
  return all(main, / (?:href|src)="([^"]+)"/g).filter((link) => !/^[a-z]+:/i.test(link));
};

describe("the site", () => {
  test("has its pages", () => {
    expect(pages.length).toBeGreaterThan(100);
    for (const page of [
      "index",
      "tutorial",
      "reference/settings",
      "reference/commands",
      "project/results",
      "api/index",
    ])
      expect(pages).toContain(`${page}.html`);
  });

  test("no link leads nowhere, to a page or a section", () => {
    const dead = [...htmlOf].flatMap(([page, html]) =>
      linksOf(html)
        .map((link) => ({ link, target: new URL(link, `http://site/${page}`) }))
        .filter(({ target }) => {
          const file = fileOf(target.pathname);
          if (file === undefined) return true;
          const name = file.slice(SITE.length + 1).replaceAll("\\", "/");
          const section = decodeURIComponent(target.hash.slice(1));
          return section !== "" && name.endsWith(".html") && !idsOf.get(name)?.has(section);
        })
        .map(({ link }) => `${page} → ${link}`),
    );
    expect(dead).toEqual([]);
  });

  test("asks no other host for anything", () => {
    const asked = [...htmlOf].flatMap(([page, html]) =>
      all(html, /<(?:script|link|img|iframe)[^>]* (?:src|href)="(https?:[^"]+)"/g).map((link) => `${page}: ${link}`),
    );
    expect(asked).toEqual([]);
  });
});
