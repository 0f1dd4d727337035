// Every page of a server, by the routes that it has: a page that is on no list is noticed.
import { readFileSync } from "node:fs";

const routes = readFileSync(new URL("../../src/routes.rs", import.meta.url), "utf8");

// Not pages: answers for programs, files, and addresses that only lead on.
const NO_PAGE = /^\/(api|assets|health|metrics|enter|sign-in\/provider)\b|\/evidence\//;

// The routes of pages as the table of routes has them, such as /incidents/{number}.
const pages = [...routes.matchAll(/^ {4}GET "([^"]+)"/gm)].map((found) => found[1]).filter((path) => !NO_PAGE.test(path));
if (pages.length < 20) throw new Error("the table of routes has another form; tests/browser/pages.mjs reads it");

const KINDS = { number: "\\d+", revision: "\\d+" };
const pattern = (path) => new RegExp(`^${path.replace(/\{(\w+)\}/g, (_, name) => KINDS[name] ?? "[^/]+")}$`);

// Routes of pages that none of the addresses leads to. A fixed address such as /incidents/new counts for itself only.
export function missing(addresses) {
  const paths = addresses.map((address) => new URL(address, "http://server").pathname);
  const taken = new Set(pages.filter((page) => paths.includes(page)));
  const others = paths.filter((path) => !taken.has(path));
  return pages.filter((page) => !taken.has(page) && !others.some((path) => pattern(page).test(path)));
}

// A file with two sessions: the server asks which one is meant.
export const TWO_SESSIONS = {
  name: "two-calls.json",
  mimeType: "application/json",
  buffer: Buffer.from(JSON.stringify(["Where is my parcel?", "Please cancel my order."].map((text, i) => ({
    conversation_id: `call-${i + 1}`,
    messages: [{ role: "user", content: text }, { role: "assistant", content: "Let me look." }],
  })))),
};

// Opens an incident with two sessions, and stops where one is to be chosen.
export async function choose(page) {
  await page.goto("/incidents/new");
  await page.getByLabel("What happened, in one line").fill("One of two calls went wrong");
  await page.getByRole("button", { name: "Open it" }).click();
  await page.waitForURL(/\/incidents\/\d+$/);
  await page.getByLabel("Add files").setInputFiles(TWO_SESSIONS);
  await page.getByRole("button", { name: "Add", exact: true }).first().click();
  await page.getByRole("button", { name: "Draft the retro from the evidence" }).click();
  await page.getByRole("heading", { name: "Which session?" }).waitFor();
}
