// Journeys of people through the pages. The server is started by tests/browser.rs, empty; each journey goes on from
// what the one before left.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { choose, missing } from "./pages.mjs";
import { base, browser, enroll, examples, faults, invite, overflow, person, setup, totp } from "./lib.mjs";

const dana = await person();
const mia = await person();
const ravi = await person();
let incident, action, light;

after(() => browser.close());

test("from the first start to a first incident", async () => {
  await dana.goto("/");
  assert.match(dana.url(), /\/sign-in/, "nobody is signed in");
  await enroll(dana, setup, "Dana Osei");
  await enroll(mia, await invite(dana, "Responder"), "Mia Lindqvist");
  await enroll(ravi, await invite(dana, "Approver"), "Ravi Menon");
  await mia.goto("/");
  await mia.getByRole("link", { name: "Open the first incident" }).click();
  await mia.getByLabel("What happened, in one line").fill("A pending refund was told as processed");
  await mia.getByLabel("Severity", { exact: true }).selectOption("2");
  await mia.getByLabel("Why this severity").fill("one caller, and answers go through a person now");
  await mia.getByRole("button", { name: "Open it" }).click();
  await mia.waitForURL(/\/incidents\/\d+$/);
  incident = new URL(mia.url()).pathname;
  await mia.getByText("5 business days after detection, in UTC").waitFor();
});

test("a near-miss is logged with one line", async () => {
  const start = Date.now();
  await mia.goto("/");
  await mia.keyboard.press("m");
  await mia.getByLabel("What nearly went wrong").fill("The booking tool refused an invented id");
  await mia.keyboard.press("Enter");
  await mia.waitForURL(/\/incidents\/\d+$/);
  await mia.getByText("Sev 4").first().waitFor();
  assert.ok(Date.now() - start < 30_000, "under half a minute");
});

test("typed secrets are stored with masks, or as typed, as somebody chooses", async () => {
  const address = "quentin.okonkwo@mail.example.org";
  await mia.goto("/near-miss");
  await mia.getByLabel("What nearly went wrong").fill(`A reply nearly went to ${address}`);
  await mia.getByLabel("What is known").fill("Stopped by a person.");
  await mia.getByRole("button", { name: "Log it" }).click();
  await mia.getByRole("heading", { name: "Mask before saving?" }).waitFor();
  assert.equal(await mia.getByLabel(/As typed/).inputValue(), `A reply nearly went to ${address}`);
  assert.match(await mia.getByRole("group", { name: "Masked" }).innerText(), /email-\S+@masked\.invalid email address/);
  assert.equal(await mia.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, "no part sticks out");
  // The first button is what Enter presses: the safe choice.
  await mia.getByLabel(/As typed/).press("Enter");
  await mia.waitForURL(/\/incidents\/\d+$/);
  const stored = await mia.locator("main").innerText();
  assert.ok(stored.includes("@masked.invalid") && !stored.includes(address) && stored.includes("Stopped by a person."), stored);
});

test("an uploaded list is stored as somebody chooses, and is sent back by the page", async () => {
  const list = "session,customer,time,quote\ns1,order 4711,,was told to wait\ns2,quentin.okonkwo@mail.example.org,,\n".concat(
    `s3,${"a long line without a break ".repeat(20)},,call me at +49 171 5550123 & <b>soon</b>\n`,
  );
  await mia.goto(`${incident}/affected`);
  await mia.getByLabel("Import a list").setInputFiles({ name: "calls of <today>.csv", mimeType: "text/csv", buffer: Buffer.from(list) });
  await mia.getByRole("button", { name: "Import", exact: true }).click();
  await mia.getByRole("heading", { name: "Mask before storing?" }).waitFor();
  assert.equal(await mia.getByRole("group", { name: "Line 3, as uploaded" }).innerText(), "s2,quentin.okonkwo@mail.example.org,,");
  assert.match(await mia.getByRole("group", { name: "Masked" }).first().innerText(), /s2,email-\S+@masked\.invalid email address,,/);
  assert.deepEqual(await faults(mia), []);
  for (const width of [360, 1280]) {
    await mia.setViewportSize({ width, height: 900 });
    assert.equal(await overflow(mia) <= 0, true, `no part sticks out at ${width}`);
  }
  await mia.getByRole("button", { name: "Store as uploaded" }).click();
  await mia.waitForURL(/\/affected$/);
  assert.ok((await mia.locator("main").innerText()).includes("quentin.okonkwo@mail.example.org"));
});

test("from an uploaded trace to an approved retro", async () => {
  await mia.goto(incident);
  for (const [file, kind] of [["trace.json", "trace"], ["facts.yaml", "facts"]]) {
    await mia.getByLabel("Add files").setInputFiles(`${examples}/refund/${file}`);
    await mia.getByLabel("They are").selectOption(kind);
    await mia.getByRole("button", { name: "Add", exact: true }).first().click();
    await mia.getByRole("link", { name: file }).waitFor();
  }
  await mia.getByRole("button", { name: "Draft the retro from the evidence" }).click();
  await mia.getByRole("heading", { name: /while refund returned/ }).waitFor();
  await mia.getByRole("link", { name: "Edit behavior" }).click();
  await mia.getByLabel("Verdict").first().selectOption("confirmed");
  await mia.getByLabel(/Your own words/).fill("Listened to the call: **processed** was said twice.");
  await mia.getByRole("button", { name: "Preview" }).click();
  await mia.locator(".preview").getByText("processed").first().waitFor();
  await mia.getByRole("button", { name: "Save" }).click();
  await mia.getByText("Listened to the call").waitFor();
  await mia.getByRole("link", { name: "Edit actions" }).click();
  const actions = mia.locator("fieldset.statement").filter({ hasText: "analysis: actions" });
  for (let i = 0; i < await actions.count(); i++) {
    await actions.nth(i).getByLabel("Owner").fill("Mia Lindqvist");
    await actions.nth(i).getByLabel("Due").fill("2027-01-15");
  }
  await mia.getByRole("button", { name: "Save" }).click();
  await mia.getByText("2027-01-15").first().waitFor();
  await mia.getByRole("link", { name: /^Review/ }).click();
  await mia.getByRole("button", { name: "Ask for a review" }).click();
  await ravi.goto(`${incident}/retro/review`);
  await ravi.getByRole("button", { name: "Approve" }).click();
  await ravi.getByText("Approved and frozen.").waitFor();
  await mia.goto(`${incident}/retro`);
  assert.equal(await mia.getByRole("link", { name: "Edit behavior" }).count(), 0, "what is approved is frozen");
});

test("a conflicting edit shows both texts and loses neither", async () => {
  await mia.goto(`${incident}/retro/review`);
  await mia.getByText("Begin a revision").click();
  await mia.getByLabel("Why").fill("the caller called again");
  await mia.getByRole("button", { name: "Begin" }).click();
  await mia.getByRole("button", { name: "Ask for a review" }).waitFor();
  const edit = `${incident}/retro/impact/edit`;
  await mia.goto(edit);
  await ravi.goto(edit);
  await ravi.getByLabel(/Your own words/).fill("Ravi: two callers so far.");
  await ravi.getByRole("button", { name: "Save" }).click();
  await ravi.getByText("Ravi: two callers so far.").waitFor();
  await mia.getByLabel(/Your own words/).fill("Mia: refunds of one day.");
  await mia.getByRole("button", { name: "Save" }).click();
  const conflict = mia.getByRole("alert");
  await conflict.getByText("Ravi: two callers so far.").waitFor();
  await conflict.getByText("Mia: refunds of one day.").waitFor();
  await mia.getByLabel(/Your own words/).fill("Ravi: two callers so far.\n\nMia: refunds of one day.");
  await mia.getByRole("button", { name: "Save" }).click();
  await mia.getByText("Mia: refunds of one day.").waitFor();
  await mia.getByText("Ravi: two callers so far.").waitFor();
});

test("an action closes with its proof only", async () => {
  await mia.goto(incident);
  await mia.getByRole("link", { name: /Add an eval case/ }).click();
  await mia.getByLabel("State").selectOption("closed");
  await mia.getByRole("button", { name: "Set" }).click();
  await mia.getByRole("alert").waitFor();
  await mia.getByLabel("State").selectOption("closed");
  await mia.getByLabel("Proof").selectOption("link");
  await mia.getByLabel("Where it is").fill("https://ci.example.com/runs/12");
  await mia.getByRole("button", { name: "Set" }).click();
  await mia.getByText("link: https://ci.example.com/runs/12").waitFor();
  action = new URL(mia.url()).pathname;
});

test("a light retro is one form", async () => {
  await mia.goto("/incidents/new");
  await mia.getByLabel("What happened, in one line").fill("An invented claim number was given to a customer");
  await mia.getByLabel("Severity", { exact: true }).selectOption("3");
  await mia.getByLabel("Why this severity").fill("one customer, told the right number the same day");
  await mia.getByRole("button", { name: "Open it" }).click();
  await mia.waitForURL(/\/incidents\/\d+$/);
  light = new URL(mia.url()).pathname;
  await mia.getByLabel("Add files").setInputFiles(`${examples}/fabricated-id/trace.json`);
  await mia.getByRole("button", { name: "Add", exact: true }).first().click();
  await mia.getByRole("button", { name: "Draft the retro from the evidence" }).click();
  await mia.getByText(/CL-2026-558301/).first().waitFor({ state: "attached" });
  await mia.goto(`${light}/retro/light`);
  await mia.getByRole("textbox", { name: /^Ticket/ }).fill("OPS-77");
  const saved = mia.waitForResponse((answer) => answer.request().method() === "POST");
  await mia.getByRole("button", { name: "Save" }).click();
  await saved;
  await mia.goto(light);
  await mia.getByText("ticket OPS-77").waitFor();
});

test("a restricted incident is seen by the people named only", async () => {
  await mia.goto("/incidents/new");
  await mia.getByLabel("What happened, in one line").fill("Somebody else's Zanzibar booking was read out");
  await mia.getByLabel(/Restricted/).check();
  await mia.getByRole("button", { name: "Open it" }).click();
  await mia.waitForURL(/\/incidents\/\d+$/);
  const secret = new URL(mia.url()).pathname;
  await dana.goto(secret);
  await dana.getByRole("heading", { name: "Not found" }).waitFor();
  await dana.goto("/incidents?q=zanzibar");
  await dana.getByText("No incident is like that").waitFor();
  const people = mia.getByRole("region", { name: "People" });
  await people.getByText("Name somebody").click();
  await people.getByLabel("Who").selectOption({ label: "Dana Osei" });
  await people.getByRole("button", { name: "Name", exact: true }).click();
  await people.getByRole("listitem").filter({ hasText: "Dana Osei" }).first().waitFor();
  await dana.goto(secret);
  await dana.getByRole("heading", { name: "Somebody else's Zanzibar booking was read out" }).waitFor();
});

test("the keyboard alone is enough", async () => {
  await mia.goto("/");
  await mia.keyboard.press("Tab");
  assert.equal(await mia.evaluate(() => document.activeElement.textContent), "Skip to the page");
  await mia.keyboard.press("Enter");
  assert.equal(await mia.evaluate(() => document.activeElement.id), "main");
  await mia.keyboard.press("i");
  await mia.waitForURL(/\/incidents$/);
  await mia.keyboard.press("/");
  await mia.keyboard.type("refund");
  await mia.keyboard.press("Enter");
  await mia.waitForURL(/q=refund/);
  for (let i = 0; i < 40; i++) {
    await mia.keyboard.press("Tab");
    if (await mia.evaluate(() => document.activeElement.closest("table") !== null)) break;
  }
  await mia.keyboard.press("Enter");
  await mia.waitForURL(/\/incidents\/\d+$/);
});

async function signIn(page, email) {
  await page.goto("/sign-in");
  await page.getByLabel("Email address").fill(email);
  await page.getByLabel("Password").fill("correct horse battery");
  await page.getByRole("button", { name: "Sign in" }).click();
}

test("a second factor is set up, asked for, and turned off", async () => {
  const nora = await person();
  await enroll(nora, await invite(dana, "Viewer"), "Nora Falk");
  await nora.goto("/account");
  await nora.getByRole("link", { name: "Set up a second factor" }).click();
  await nora.getByLabel("Password").fill("correct horse battery");
  await nora.getByRole("button", { name: "Set up the second factor" }).click();
  await nora.getByRole("img", { name: /QR code/ }).waitFor();
  const key = await nora.locator(".setup code.secret").textContent();
  for (const viewport of [{ width: 360, height: 740 }, { width: 1280, height: 900 }]) {
    await nora.setViewportSize(viewport);
    assert.deepEqual(await faults(nora), []);
    assert.ok(await overflow(nora) <= 0, "the setup is wider than its window");
  }
  await nora.getByLabel("Code", { exact: true }).fill("000000");
  await nora.getByRole("button", { name: "Turn on the second factor" }).click();
  await nora.getByRole("alert").waitFor();
  await nora.getByLabel("Code", { exact: true }).fill(totp(key, -1));
  await nora.getByRole("button", { name: "Turn on the second factor" }).click();
  await nora.getByRole("heading", { name: "Your recovery codes" }).waitFor();
  const codes = await nora.locator(".codes code").allTextContents();
  assert.equal(codes.length, 10);
  assert.deepEqual(await faults(nora), []);
  await nora.getByRole("button", { name: "Sign out" }).click();
  await signIn(nora, "nora@example.com");
  await nora.getByRole("heading", { name: "Enter your code" }).waitFor();
  assert.deepEqual(await faults(nora), []);
  await nora.getByLabel("Code", { exact: true }).fill(totp(key));
  await nora.keyboard.press("Enter");
  await nora.waitForURL(`${base}/`);
  await nora.getByRole("button", { name: "Sign out" }).click();
  await signIn(nora, "nora@example.com");
  await nora.getByLabel("Code", { exact: true }).fill(codes[0]);
  await nora.keyboard.press("Enter");
  await nora.waitForURL(`${base}/`);
  await dana.goto("/people");
  await dana.getByText("second factor", { exact: true }).waitFor();
  await nora.goto("/account/second-factor");
  await nora.getByText("9 of 10 left").waitFor();
  assert.deepEqual(await faults(nora), []);
  await nora.getByText("Turn off the second factor").click();
  await nora.locator("#off-password").fill("correct horse battery");
  await nora.locator("#off-code").fill(codes[1]);
  await nora.getByRole("button", { name: "Turn it off" }).click();
  await nora.getByRole("button", { name: "Set up the second factor" }).waitFor();
  await nora.getByRole("button", { name: "Sign out" }).click();
  await signIn(nora, "nora@example.com");
  await nora.waitForURL(`${base}/`);
  assert.deepEqual(nora.faults, []);
  await nora.context().close();
});

const PAGES = () => [
  "/", "/incidents", "/incidents/new", "/near-miss", "/near-misses", incident, action, light, `${light}/retro/light`, `${incident}/retro`, `${incident}/retro/review`,
  `${incident}/retro/behavior/edit`, `${incident}/retro/system/edit`, `${incident}/retro/actions/edit`,
  `${incident}/retro/timeline/edit`, `${incident}/affected`, `${incident}/retro/revisions`, `${incident}/retro/revisions/2`, "/actions",
  "/actions?view=list", "/notices", "/jobs", "/people", "/people/access", "/emergency-access", "/account", "/account/second-factor", "/incidents/999",
];

for (const [name, options] of [
  ["light and wide", { colorScheme: "light" }],
  ["dark and narrow", { colorScheme: "dark", viewport: { width: 360, height: 740 } }],
]) {
  test(`every page is well made, ${name}`, async () => {
    const page = await person({ ...options, storageState: await dana.context().storageState() });
    const look = async (path) => {
      assert.deepEqual(await faults(page), [], `${path}, ${name}`);
      assert.ok(await overflow(page) <= 0, `${path} is wider than its window, ${name}`);
    };
    const link = await invite(page, "Viewer");
    await look("/people with a link");
    for (const path of PAGES()) {
      await page.goto(path);
      await look(path);
    }
    await page.goto(`${light}/retro/trigger/edit`);
    await page.getByRole("button", { name: "Preview" }).click();
    await look("a preview");
    await choose(page);
    await look("which session");
    await page.context().clearCookies();
    for (const path of [link, "/sign-in", "/sign-in/forgot", "/sign-in?told=link-sent"]) {
      await page.goto(path);
      await look(path);
    }
    assert.deepEqual(missing([...PAGES(), link, "/sign-in", "/sign-in/forgot", "/sign-in/code"]), [], "pages that nobody looked at");
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
}

test("pages work without a script", async () => {
  const page = await person({ javaScriptEnabled: false, storageState: await mia.context().storageState() });
  await page.goto("/near-miss");
  await page.getByLabel("What nearly went wrong").fill("Logged without a script");
  await page.getByRole("button", { name: "Log it" }).click();
  await page.waitForURL(/\/incidents\/\d+$/);
  assert.ok(await page.getByRole("heading", { name: "Logged without a script" }).isVisible());
  await page.context().close();
});

test("no page's script complained", () => {
  assert.deepEqual([...dana.faults, ...mia.faults, ...ravi.faults], []);
  assert.ok(base.startsWith("http://127.0.0.1:"));
});
