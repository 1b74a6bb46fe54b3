// A whole frontend: the API's envelope, its runs, and its stream of progress. No library, no build.

const api = "/api/v1/";
const $ = (id) => document.getElementById(id);
let tokens = null;
let home = null;

/** Sends a request. An access token that has run out is refreshed once, behind the scenes. */
async function send(method, path, { json, body, headers = {}, again = true } = {}) {
  const response = await fetch(path.startsWith("/") ? path : api + path, {
    method,
    headers: {
      ...(tokens && { Authorization: `Bearer ${tokens.access}` }),
      ...(json && { "Content-Type": "application/json" }),
      ...headers,
    },
    body: json ? JSON.stringify(json) : body,
  });
  if (response.status === 401 && tokens && again && !path.startsWith("auth/")) {
    tokens = (await send("POST", "auth/refresh/", { json: { refresh: tokens.refresh }, again: false })).data;
    return send(method, path, { json, body, headers, again: false });
  }
  if (!response.headers.get("Content-Type")?.startsWith("application/json")) return response;
  const answer = await response.json();
  if (answer.success) return answer;
  const fields = Object.entries(answer.error.fields ?? {}).map(([name, texts]) => `${name}: ${texts.join(", ")}`);
  throw new Error([answer.error.message, ...fields].join("\n"));
}

/** Follows a run to its end by Server-Sent Events; a stream that breaks off is taken up where it was. */
async function follow(task, each) {
  const path = `${api}system/settings/task_progress/${task}/stream/`;
  for (let last = null; ; ) {
    const headers = { Accept: "text/event-stream", ...(last && { "Last-Event-ID": last }) };
    const response = await send("GET", path, { headers });
    if (response.status === 204) return;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let text = ""; ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      text += value;
      const events = text.split("\n\n");
      text = events.pop();
      for (const event of events) {
        const line = (name) => event.split("\n").find((line) => line.startsWith(`${name}:`))?.slice(name.length + 1).trim();
        if (!line("data")) continue;
        last = line("id");
        const progress = JSON.parse(line("data"));
        each(progress);
        if (line("event") === "finished") return progress;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

/** Starts a run, shows its progress, and answers with what it has to show. */
async function run(path, json) {
  const { task_id: task } = await send("POST", path, { json, headers: { "Idempotency-Key": crypto.randomUUID() } });
  $("run").hidden = false;
  $("run-cancel").onclick = () => attempt(() => send("POST", `system/settings/task_progress/${task}/cancel/`));
  const ended = await follow(task, ({ percentage, message }) => {
    $("run-bar").value = percentage;
    $("run-message").textContent = `${message} (${percentage} %)`;
  });
  $("run").hidden = true;
  if (ended.state !== "SUCCESS") throw new Error(ended.error?.message ?? "It was stopped.");
  return ended.result.output;
}

/** Does something, and shows what went wrong. */
async function attempt(work) {
  $("problem").textContent = "";
  try {
    await work();
  } catch (error) {
    $("run").hidden = true;
    $("problem").textContent = error.message;
  }
}

async function showClusters() {
  const { results } = await send("GET", "planner/clusters/?ordering=-volume&page_size=20");
  $("clusters").replaceChildren(
    ...results.map(({ name, keywords_count, volume }) => {
      const item = document.createElement("li");
      item.textContent = `${name}: ${keywords_count} keywords, ${volume.toLocaleString("en")} searches a month`;
      return item;
    }),
  );
  $("write").disabled = results.length === 0;
  return results;
}

$("login").onsubmit = (event) => {
  event.preventDefault();
  attempt(async () => {
    const json = { email: $("email").value, password: $("password").value };
    const { data } = await send("POST", "auth/login/", { json });
    tokens = data;
    const sector = (await send("GET", "auth/sectors/")).results[0];
    home = { sector_id: sector.id };
    $("who").textContent = data.user.email;
    $("login").hidden = true;
    $("desk").hidden = false;
    $("cluster").disabled = (await send("GET", "planner/keywords/?page_size=1")).count === 0;
    await showClusters();
  });
};

$("import").onsubmit = (event) => {
  event.preventDefault();
  attempt(async () => {
    const body = new FormData();
    body.append("sector_id", home.sector_id);
    body.append("file", $("file").files[0]);
    const { data } = await send("POST", "planner/keywords/import_csv/", { body });
    $("imported").textContent =
      `${data.created} new, ${data.updated} known, ${data.duplicates} repeated, ${data.rejected_total} refused.`;
    $("cluster").disabled = false;
  });
};

$("cluster").onclick = () =>
  attempt(async () => {
    await run("planner/keywords/auto_cluster/", { sector_id: home.sector_id });
    await showClusters();
  });

$("write").onclick = () =>
  attempt(async () => {
    const [largest] = await showClusters();
    const { ideas } = await run("planner/clusters/auto_generate_ideas/", { ids: [largest.id] });
    const queued = await send("POST", "planner/ideas/queue_to_writer/", { json: { ids: ideas.slice(0, 1) } });
    const task = queued.data.tasks[0].id;
    await run("writer/tasks/auto_generate_content/", { ids: [task] });
    const article = (await send("GET", `writer/content/?task_id=${task}`)).results[0];
    const page = await send("GET", `writer/content/${article.id}/export/?format=html`);
    $("article").srcdoc = await page.text();
    $("article").hidden = false;
  });
