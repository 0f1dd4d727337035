// A picture of every page, light and dark, wide and narrow, of a server started with --demo.
// usage: node screenshots.mjs LINK FOLDER      (LINK is the one that `hindcast serve --demo` prints)
// Beside them, in FOLDER/readme, what a window shows first of the pages that the README shows.
import { mkdirSync } from "node:fs";
import { browser, invite, person, totp } from "./lib.mjs";
import { choose, missing } from "./pages.mjs";

const [link, folder] = process.argv.slice(2);
if (!link || !folder) {
  console.error("usage: node screenshots.mjs LINK FOLDER");
  process.exit(2);
}
const base = new URL(link).origin;
// With the part of the page that is looked at there.
const README = { "home-wide-light": "", "incident-wide-light": "", "retro-wide-dark": "#timeline", "actions-wide-light": "" };
mkdirSync(`${folder}/readme`, { recursive: true });

// The examples by their titles: their numbers are nobody's business.
async function found(page, title) {
  await page.goto(`/incidents?q=${encodeURIComponent(title)}`);
  return page.getByRole("link", { name: title }).first().getAttribute("href");
}

async function addresses(page) {
  const refund = await found(page, "The agent told a caller that a pending refund was processed");
  const earlier = await found(page, "A caller heard that a refund had gone through");
  const light = await found(page, "An invented claim number was given to a customer");
  const injection = await found(page, "An instruction in a message was followed");
  const branch = await found(page, "Opening hours of a closed branch");
  const nearMiss = await found(page, "A parcel was nearly sent to the address of the sender");
  const actionOf = async (incident, text) => {
    await page.goto(incident);
    return page.getByRole("link", { name: text }).first().getAttribute("href");
  };
  const edit = (section) => `${refund}/retro/${section}/edit`;
  return {
    home: "/", "home-all": "/?who=all&due=all", incidents: "/incidents", "incidents-none": "/incidents?q=zebra", "open-incident": "/incidents/new",
    "near-miss": "/near-miss", "near-misses": "/near-misses", incident: refund, "incident-closed": earlier, "incident-restricted": injection,
    "incident-without-retro": branch, "incident-light": light, "incident-near-miss": nearMiss,
    retro: `${refund}/retro`, "retro-approved": `${earlier}/retro`, light: `${light}/retro/light`,
    "edit-severity": edit("severity"), "edit-impact": edit("impact"), "edit-behavior": edit("behavior"), "edit-system": edit("system"),
    "edit-delay": edit("delay"), "edit-actions": edit("actions"), review: `${refund}/retro/review`, "review-asked": `${injection}/retro/review`,
    revisions: `${earlier}/retro/revisions`, revision: `${earlier}/retro/revisions/3`, affected: `${refund}/affected`,
    action: await actionOf(refund, /Add an eval case/), "action-closed": await actionOf(earlier, /Add an eval case/),
    actions: "/actions", "actions-list": "/actions?view=list", notices: "/notices", jobs: "/jobs", people: "/people", "people-access": "/people/access", "emergency-access": "/emergency-access", account: "/account", "second-factor": "/account/second-factor",
    "not-found": "/incidents/999", setup: await invite(page, "Responder"), "sign-in": "/sign-in",
  };
}

async function shoot(page, name) {
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
  if (!(name in README)) return;
  if (README[name]) await page.locator(README[name]).evaluate((part) => part.scrollIntoView());
  await page.screenshot({ path: `${folder}/readme/${name}.png` });
}

// What no address leads to: words looked at before they are saved, and two people at one section.
async function between(page, kind) {
  const incident = await found(page, "The agent told a caller that a pending refund was processed");
  const edit = `${incident}/retro/trigger/edit`;
  const other = await page.context().newPage();
  await page.goto(edit);
  await other.goto(edit);
  await page.getByLabel(/Your own words/).fill("The call came after the release of the **new voice**.");
  await page.getByRole("button", { name: "Preview" }).click();
  await shoot(page, `preview-${kind}`);
  await other.getByLabel(/Your own words/).fill(`The caller had waited for ten minutes (${kind}).`);
  await other.getByRole("button", { name: "Save" }).click();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("alert").waitFor();
  await shoot(page, `conflict-${kind}`);
  await page.goto("/incidents/new");
  await page.getByLabel("What happened, in one line").fill("A refund letter went to quentin.okonkwo@mail.example.org");
  const said = "The caller paid with 4111 1111 1111 1111.\nHer old letter said: the password is Kelp-Line-4821.\nShe called from +49 171 5550123 at noon and was told to wait.";
  await page.getByLabel(/What is known/).fill(said);
  await page.getByRole("button", { name: "Open it" }).click();
  await page.getByRole("heading", { name: "Mask before saving?" }).waitFor();
  await shoot(page, `masking-${kind}`);
  const list = "session,customer,time,quote\ncall-81,order 4711,,\ncall-82,quentin.okonkwo@mail.example.org,2026-11-24,call me at +49 171 5550123\n";
  await page.goto(`${incident}/affected`);
  await page.getByLabel("Import a list").setInputFiles({ name: "calls.csv", mimeType: "text/csv", buffer: Buffer.from(list) });
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await page.getByRole("heading", { name: "Mask before storing?" }).waitFor();
  await shoot(page, `masking-upload-${kind}`);
  await choose(page);
  await shoot(page, `choose-${kind}`);
}

// A second factor from its setup to signing in with it, by somebody with a password.
async function secondFactor(page, link, kind) {
  const [email, password] = [`nora-${kind}@example.com`, "correct horse battery"];
  await page.goto(link);
  await page.getByLabel("Name").fill("Nora Falk");
  await page.getByLabel("Email address").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Make the account" }).click();
  await page.goto("/account/second-factor");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Set up the second factor" }).click();
  const key = await page.locator(".setup code.secret").textContent();
  await shoot(page, `second-factor-setup-${kind}`);
  await page.getByLabel("Code", { exact: true }).fill(totp(key));
  await page.getByRole("button", { name: "Turn on the second factor" }).click();
  await page.getByRole("heading", { name: "Your recovery codes" }).waitFor();
  await shoot(page, `second-factor-codes-${kind}`);
  await page.goto("/account/second-factor");
  await page.getByText("Turn off the second factor").click();
  await shoot(page, `second-factor-on-${kind}`);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Email address").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("heading", { name: "Enter your code" }).waitFor();
  await shoot(page, `sign-in-code-${kind}`);
}

let pages;
for (const [size, viewport] of [["wide", { width: 1280, height: 800 }], ["narrow", { width: 390, height: 844 }]]) {
  for (const colorScheme of ["light", "dark"]) {
    const page = await person({ viewport, colorScheme, reducedMotion: "reduce", baseURL: base });
    const kind = `${size}-${colorScheme}`;
    await page.goto(link);
    pages ??= await addresses(page);
    for (const [name, path] of Object.entries(pages)) {
      if (["setup", "sign-in"].includes(name)) continue;
      await page.goto(path);
      await shoot(page, `${name}-${kind}`);
    }
    const guest = await person({ viewport, colorScheme, reducedMotion: "reduce", baseURL: base });
    for (const name of ["setup", "sign-in"]) {
      await guest.goto(pages[name]);
      await shoot(guest, `${name}-${kind}`);
    }
    await secondFactor(guest, await invite(page, "Viewer"), kind);
    await guest.context().close();
    await page.goto("/people");
    await shoot(page, `people-second-factor-${kind}`);
    // They change the record: last, and once for each window.
    await between(page, kind);
    await page.context().close();
  }
}
await browser.close();
// With the examples there is no mail, and no page for a forgotten password.
const without = missing([...Object.values(pages), "/sign-in/code", "/sign-in/forgot"]);
if (without.length > 0) {
  console.error(`no picture was made of ${without.join(", ")}; tests/browser/screenshots.mjs lists the pages`);
  process.exit(1);
}
