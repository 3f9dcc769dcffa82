import { useData } from "vitepress";
import Theme from "vitepress/theme-without-fonts";
import { defineAsyncComponent, h } from "vue";
import "./style.css";

/** Pages name these; each is loaded with the page that has it. */
const COMPONENTS = {
  LearningRobot: () => import("./components/LearningRobot.vue"),
  QuadraticGame: () => import("./components/QuadraticGame.vue"),
  TheoryBounds: () => import("./components/TheoryBounds.vue"),
};

const ApiNames = defineAsyncComponent(() => import("./components/ApiNames.vue"));
const Layout = () => {
  const isApi = useData().page.value.relativePath.startsWith("api/");
  return h(Theme.Layout, null, isApi ? { "sidebar-nav-after": () => h(ApiNames) } : {});
};

export default {
  extends: Theme,
  Layout,
  enhanceApp({ app }) {
    for (const [name, load] of Object.entries(COMPONENTS)) app.component(name, defineAsyncComponent(load));
  },
};
