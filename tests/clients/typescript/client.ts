// A tenant's way from logging in to reading an article, through types generated from the server's own document.
import createClient from "openapi-fetch";
import type { paths } from "./api.js";

const [base, email, password, sector] = process.argv.slice(2) as [string, string, string, string];
const anyone = createClient<paths>({ baseUrl: base });

const session = await anyone.POST("/api/v1/auth/login/", { body: { email, password } });
if (!session.data) throw new Error(session.error.error.message);
const api = createClient<paths>({
  baseUrl: base,
  headers: { Authorization: `Bearer ${session.data.data.access}` },
});

async function finished(started: { data?: { task_id: string }; error?: { error: { message: string } } }) {
  if (!started.data) throw new Error(started.error?.error.message);
  for (;;) {
    const path = { task_id: started.data.task_id };
    const { data } = await api.GET("/api/v1/system/settings/task_progress/{task_id}/", { params: { path } });
    if (data?.data.finished_at) return data.data;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const file = "keyword,volume\nwhite tea,900\nwhite tea benefits,400\nsilver needle tea,300\nsilver needle white tea,80\n";
const imported = await api.POST("/api/v1/planner/keywords/import_csv/", {
  params: { query: { sector_id: sector } }, body: file, bodySerializer: (text) => text,
  headers: { "Content-Type": "text/csv" },
});
const ids = (await api.GET("/api/v1/planner/keywords/", { params: { query: { import_id: imported.data!.data.id } } }))
  .data!.results.map((keyword) => keyword.id);
await finished(await api.POST("/api/v1/planner/keywords/auto_cluster/", { body: { ids } }));
const clusters = await api.GET("/api/v1/planner/clusters/", { params: { query: { search: "tea", page_size: 1 } } });
await finished(await api.POST("/api/v1/planner/clusters/auto_generate_ideas/", { body: { ids: [clusters.data!.results[0]!.id] } }));
const ideas = await api.GET("/api/v1/planner/ideas/", { params: { query: { status: ["new"], page_size: 1 } } });
const queued = await api.POST("/api/v1/planner/ideas/queue_to_writer/", { body: { ids: [ideas.data!.results[0]!.id] } });
const task = queued.data!.data.tasks[0]!.id;
const written = await finished(await api.POST("/api/v1/writer/tasks/auto_generate_content/", { body: { ids: [task] } }));
const article = (await api.GET("/api/v1/writer/content/", { params: { query: { task_id: [task] } } })).data!.results[0]!;
console.log(JSON.stringify({ imported: imported.data!.data.created, state: written.state, title: article.title, words: article.word_count }));
