// A picture of every page, light and dark, wide and narrow, of a server started with --demo.
// usage: node screenshots.mjs LINK FOLDER      (LINK is the one that `hindcast serve --demo` prints)
import { mkdirSync } from "node:fs";
import { browser, person } from "./lib.mjs";

const [link, folder] = process.argv.slice(2);
if (!link || !folder) {
  console.error("usage: node screenshots.mjs LINK FOLDER");
  process.exit(2);
}
const base = new URL(link).origin;
mkdirSync(folder, { recursive: true });
const pages = {
  home: "/", incidents: "/incidents", "open-incident": "/incidents/new", "near-miss": "/near-miss", "near-misses": "/near-misses", incident: "/incidents/4",
  retro: "/incidents/4/retro", light: "/incidents/2/retro/light", "edit-behavior": "/incidents/4/retro/behavior/edit", "edit-system": "/incidents/4/retro/system/edit",
  "edit-actions": "/incidents/4/retro/actions/edit", review: "/incidents/4/retro/review", revisions: "/incidents/4/retro/revisions",
  actions: "/actions", "actions-list": "/actions?view=list", notices: "/notices", jobs: "/jobs", people: "/people", account: "/account", "not-found": "/incidents/999",
};
for (const [size, viewport] of [["wide", { width: 1280, height: 900 }], ["narrow", { width: 390, height: 844 }]]) {
  for (const colorScheme of ["light", "dark"]) {
    const page = await person({ viewport, colorScheme, baseURL: base });
    await page.goto(link);
    for (const [name, path] of Object.entries(pages)) {
      await page.goto(path);
      await page.screenshot({ path: `${folder}/${name}-${size}-${colorScheme}.png` });
    }
    await page.context().close();
  }
}
await browser.close();
