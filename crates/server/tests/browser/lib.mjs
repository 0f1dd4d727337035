// What all journeys share: a browser, people who sign in, and a look for faults of accessibility.
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const base = process.env.HINDCAST_URL;
export const setup = process.env.HINDCAST_SETUP;
export const examples = process.env.HINDCAST_EXAMPLES;

export const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

// A person with a browser of their own. What a page's scripts complain about is a fault.
export async function person(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, baseURL: base, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15000);
  page.faults = [];
  page.on("pageerror", (e) => page.faults.push(String(e)));
  page.on("console", (m) => { if (m.type() === "error" && !/status of (4|5)\d\d/.test(m.text())) page.faults.push(m.text()); });
  return page;
}

// Makes an account with a link and is signed in then.
export async function enroll(page, link, name) {
  await page.goto(link);
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Email address").fill(`${name.split(" ")[0].toLowerCase()}@example.com`);
  await page.getByLabel("Password").fill("correct horse battery");
  await page.getByRole("button", { name: "Make the account" }).click();
  await page.waitForURL(`${base}/`);
}

// The code that an authenticator app shows for a key (RFC 6238), some steps of 30 seconds from now.
export function totp(key, steps = 0) {
  const bits = [...key.replaceAll(" ", "")].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  const secret = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const tag = createHmac("sha1", secret).update(counter).digest();
  const word = tag.readUInt32BE(tag[19] & 15) & 0x7fffffff;
  return String(word % 1_000_000).padStart(6, "0");
}

// A link for one more account, made by somebody who administers.
export async function invite(admin, role) {
  await admin.goto("/people");
  await admin.getByLabel("Invite someone as").selectOption({ label: role });
  await admin.getByRole("button", { name: "Make a link" }).click();
  const link = await admin.locator("code.secret").textContent();
  return new URL(link, base).href;
}

// Serious and critical faults of a page, as axe-core finds them.
export async function faults(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ["violations"] });
    return violations.map((v) => ({ id: v.id, impact: v.impact, nodes: v.nodes.slice(0, 3).map((n) => `${n.target} ${n.failureSummary}`) }));
  });
  return found.filter((v) => v.impact === "serious" || v.impact === "critical");
}

// How far a page is wider than its window.
export const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
