/** The name of a heading in links, as GitHub makes it, so that links to sections hold in the repository and on the site. */
export const slug = (title) =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
