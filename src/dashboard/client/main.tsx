import { render } from "preact";
import { useEffect } from "preact/hooks";
import type { LiveState } from "../shared/protocol.js";
import { usePlace } from "./address.js";
import { live, useLive } from "./live.js";
import { type Theme, useTheme } from "./theme.js";
import { Compare } from "./views/compare.js";
import { Home } from "./views/home.js";
import { RunPage, viewOf } from "./views/run.js";

const THEMES: Readonly<Record<Theme, { readonly next: Theme; readonly sign: string }>> = {
  system: { next: "light", sign: "◐" },
  light: { next: "dark", sign: "☀" },
  dark: { next: "system", sign: "☾" },
};

function Page() {
  const { path } = usePlace();
  const { state, connected } = useLive();
  const [theme, chooseTheme] = useTheme();
  const [place, id, view] = path;
  const title = titleOf(path, state);
  useEffect(() => window.scrollTo(0, 0), [path.join("/")]);
  useEffect(() => {
    document.title = title;
  }, [title]);
  const current = (is: boolean) => (is ? { "aria-current": "page" as const } : {});
  return (
    <>
      <button type="button" class="skip" onClick={skip}>
        Skip to content
      </button>
      <header class="top">
        <a class="brand" href="#/">
          <img src={new URL("./icon.svg", import.meta.url).href} width={24} height={24} alt="" />
          stackelberg
        </a>
        <nav aria-label="Pages">
          <a href="#/" {...current(place === undefined)}>
            Runs
          </a>
          <a href="#/compare" {...current(place === "compare")}>
            Compare
          </a>
        </nav>
        <span class={connected ? "link on" : "link off"} role="status">
          {connected ? "live" : "no server: trying again"}
        </span>
        <button
          type="button"
          class="theme"
          onClick={() => chooseTheme(THEMES[theme].next)}
          aria-label={`Colours: ${theme}`}
          title={`Colours: ${theme}`}
        >
          {THEMES[theme].sign}
        </button>
      </header>
      <main id="main" tabIndex={-1}>
        {state === undefined ? (
          <p class="empty">Waiting for the server …</p>
        ) : place === "run" ? (
          <RunPage key={id} id={id ?? ""} view={view ?? "overview"} />
        ) : place === "compare" ? (
          <Compare />
        ) : (
          <Home />
        )}
      </main>
    </>
  );
}

/** To the content, without the address: what stands in it after # is a place of this page. */
function skip(): void {
  document.getElementById("main")?.focus();
}

/** What the browser's tab and history call a place. */
function titleOf([place, id, view]: readonly string[], state: LiveState | undefined): string {
  const run = state?.runs.find((entry) => entry.id === id);
  const where =
    place === "compare" ? ["Compare"] : place === "run" ? [run?.name ?? "run", viewOf(view ?? "").title] : ["Runs"];
  return [...where, "stackelberg"].join(" · ");
}

live.connect();
render(<Page />, document.getElementById("page")!);
