/** In the place of a part of the theme that the site does not have. */
export default () => null;
