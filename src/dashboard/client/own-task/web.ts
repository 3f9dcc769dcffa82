/** What the dashboard's page has of `stackelberg/web`, for the module of a user's own task. */
export { fetchModel } from "../../../web/fetch-model.js";
