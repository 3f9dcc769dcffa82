import Theme from "vitepress/theme-without-fonts";
import { defineAsyncComponent } from "vue";
import "./style.css";

/** Pages name these; each is loaded with the page that has it. */
const COMPONENTS = {
  LearningRobot: () => import("./components/LearningRobot.vue"),
  QuadraticGame: () => import("./components/QuadraticGame.vue"),
  TheoryBounds: () => import("./components/TheoryBounds.vue"),
};

export default {
  extends: Theme,
  enhanceApp({ app }) {
    for (const [name, load] of Object.entries(COMPONENTS)) app.component(name, defineAsyncComponent(load));
  },
};
