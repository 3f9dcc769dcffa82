import { destination } from "./places.mjs";

/**
 * markdown-it: pages link to each other and to files of the repository by relative paths, as a reader of the repository
 * follows them. On the site, links to pages are addresses from its root; links to other files lead to `source`, where the site knows one,
 * and are plain text else.
 *
 * @param source the address of the repository's files, with `/` at its end; undefined where it is not known
 */
export function repositoryLinks(md, source) {
  md.core.ruler.push("repository-links", (state) => {
    for (const { children } of state.tokens.filter((token) => token.type === "inline" && token.children)) {
      const open = [];
      for (const token of children) {
        if (token.type === "link_open") open.push(follow(token, state.env.path));
        else if (token.type === "link_close" && open.pop()) plain(token);
      }
    }
  });

  /** Whether the link is to be plain text. */
  function follow(token, from) {
    if (from === undefined) return false;
    const to = destination(from, token.attrGet("href"));
    if (to.kind === "source" && source === undefined) {
      plain(token);
      return true;
    }
    token.attrSet("href", to.kind === "source" ? `${source}${to.path}` : to.href);
    return false;
  }
}

function plain(token) {
  token.type = "text";
  token.content = "";
  token.tag = "";
  token.nesting = 0;
  token.attrs = null;
}
