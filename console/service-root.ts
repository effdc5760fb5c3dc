// Where the service is: the console lies below it, whatever path a proxy puts before both.

/** Without a slash at the end: `https://icm.example.com/clip` for a console at `…/clip/console/`. */
export const serviceRoot = new URL('../', new URL('.', location.href)).href.replace(/\/$/, '');
