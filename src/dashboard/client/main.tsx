import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { live, useLive } from "./live.js";
import { type Theme, useTheme } from "./theme.js";
import { Compare } from "./views/compare.js";
import { Home } from "./views/home.js";
import { RunPage } from "./views/run.js";

/** Where the reader is: the part of the address after `#/`, cut at its slashes. */
function useRoute(): readonly string[] {
  const read = () => location.hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decodeURIComponent);
  const [route, setRoute] = useState(read);
  useEffect(() => {
    const change = () => {
      setRoute(read());
      window.scrollTo(0, 0);
    };
    addEventListener("hashchange", change);
    return () => removeEventListener("hashchange", change);
  }, []);
  return route;
}

const THEMES: Readonly<Record<Theme, { readonly next: Theme; readonly sign: string }>> = {
  system: { next: "light", sign: "◐" },
  light: { next: "dark", sign: "☀" },
  dark: { next: "system", sign: "☾" },
};

function Page() {
  const route = useRoute();
  const { state, connected } = useLive();
  const [theme, chooseTheme] = useTheme();
  const [place, id, view] = route;
  const current = (is: boolean) => (is ? { "aria-current": "page" as const } : {});
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
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

live.connect();
render(<Page />, document.getElementById("page")!);
