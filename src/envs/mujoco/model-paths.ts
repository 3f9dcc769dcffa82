/** Paths as MJCF texts have them; on every system, and in a browser, which has no paths of its own. */

const withSlashes = (path: string): string => path.replaceAll("\\", "/");

export const isAbsolute = (path: string): boolean => /^(\/|[a-zA-Z]:\/)/.test(withSlashes(path));
export const nameOf = (path: string): string => withSlashes(path).split("/").at(-1)!;
/** Empty where the path has none. */
export const folderOf = (path: string): string => withSlashes(path).split("/").slice(0, -1).join("/");

/** A path that is said from a folder; without `.`, and without `..` but at its beginning. An absolute one stays what it is. */
export function join(folder: string, path: string): string {
  const [from, to] = [withSlashes(folder), withSlashes(path)];
  const parts: string[] = [];
  for (const part of (isAbsolute(to) || from === "" ? to : `${from}/${to}`).split("/")) {
    if (part === "." || (part === "" && parts.length > 0)) continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else parts.push(part);
  }
  return parts.join("/");
}

/** How many folders a path leads up before it leads down. */
export const stepsUp = (path: string): number => path.split("/").filter((part) => part === "..").length;
