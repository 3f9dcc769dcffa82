import { useEffect, useState } from "preact/hooks";

/** What a reader chose; `system` follows the machine. */
export type Theme = "system" | "light" | "dark";
const KEY = "stackelberg-theme";
const dark = () => matchMedia("(prefers-color-scheme: dark)");

function stored(): Theme {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : "system";
  } catch {
    return "system"; // storage is switched off
  }
}

/** The theme, and a way to choose another. */
export function useTheme(): readonly [theme: Theme, choose: (theme: Theme) => void] {
  const [theme, setTheme] = useState<Theme>(stored);
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
    document.dispatchEvent(new Event("themechange"));
  }, [theme]);
  const choose = (next: Theme) => {
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // it then holds for this visit
    }
    setTheme(next);
  };
  return [theme, choose];
}

/** A number that changes whenever colours do: drawings on canvas are made anew by it. */
export function useColours(): number {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const change = () => setTurn((n) => n + 1);
    const query = dark();
    query.addEventListener("change", change);
    document.addEventListener("themechange", change);
    return () => {
      query.removeEventListener("change", change);
      document.removeEventListener("themechange", change);
    };
  }, []);
  return turn;
}

/** Where colours are defined: an element that carries style.css with it; undefined is the page. */
let coloured: Element | undefined;

/** From here on, colours are those of this element. */
export function takeColoursOf(element: Element): void {
  coloured = element;
}

/** The value of a colour that style.css names: `colour("world")`. */
export const colour = (name: string): string =>
  name.startsWith("#")
    ? name
    : getComputedStyle(coloured ?? document.documentElement)
        .getPropertyValue(`--${name}`)
        .trim() || name;
