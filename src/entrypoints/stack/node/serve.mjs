// Supabase's REST and auth API over one PostgreSQL database, from @supabase/lite, on this machine's loopback.
//
// Lite is young, and differs from PostgREST where Recado depends on it. Each difference is mended here, through what
// its connection lets one replace; what is said about PostgREST is in its manual under "Errors", "Transactions" and
// "Schema Cache".

import { readFileSync } from "node:fs";
import { serve } from "@hono/node-server";
import { App } from "@supabase/lite";
import { createPostgresConnection } from "@supabase/lite/postgres";
import { sql } from "kysely";

const STATEMENT_TIMEOUT = "8s"; // what Supabase gives its role `authenticator`
const POOL = 15;
const RELOAD = "reload schema";
const HOISTED = "statement_timeout=";
const LOST = /^(ECONN|EPIPE|CONNECT)/; // there is no database to ask, or no longer

const settings = JSON.parse(readFileSync(process.argv[2], "utf8"));

// Lite turns a JSON argument into text before the driver does so again, and a function would get a string.
const json = { serialize: (value) => (typeof value === "string" ? value : JSON.stringify(value)), parse: JSON.parse };

const connection = createPostgresConnection({
  url: settings.database,
  postgresOptions: {
    max: POOL,
    onnotice: () => {},
    connection: { application_name: "rest", statement_timeout: STATEMENT_TIMEOUT },
    types: { json: { ...json, to: 114, from: [114] }, jsonb: { ...json, to: 3802, from: [3802] } },
  },
});

// Lite would grant every right on every table of a schema with row-level security to the roles of the API.
connection.ensureRlsContext = async () => true;

// Lite keeps the SQLSTATE of few errors. In this form it hands on code and status as they are.
connection.normalizeDbError = (error) => {
  if (LOST.test(error?.code)) return answer(503, { code: "PGRST000", message: "Could not connect with the database" });
  const status = typeof error?.code === "string" && error.severity ? statusOf(error.code) : null;
  return status === null ? error : answer(status, error);
};

function answer(status, { code, message, detail, hint }) {
  return {
    code: "PGRST",
    message: JSON.stringify({ code, message, details: detail ?? null, hint: hint ?? null }),
    detail: JSON.stringify({ status, headers: {} }),
  };
}

/** PostgREST's status for a SQLSTATE; null where lite has the same. */
function statusOf(code) {
  if (code === "42501" || code === "PGRST" || /^PT/.test(code)) return null;
  if (code === "23503" || code === "23505") return 409;
  if (code === "25006") return 405;
  if (code === "42883" || code === "42P01") return 404;
  if (code === "42P17" || code === "53400") return 500;
  if (/^(08|53)/.test(code)) return 503;
  if (/^(0L|0P|28)/.test(code)) return 403;
  if (/^(09|25|2D|38|39|3B|40|54|55|57|58|F0|HV|XX)/.test(code)) return 500;
  if (/^P0/.test(code) && code !== "P0001") return 500;
  return 400;
}

// Lite asks the database a dozen times for each call of a function where PostgREST asks once, and ignores the time
// limits that functions carry.
const withContext = connection.withContext.bind(connection);
connection.withContext = (context, work, options) => {
  const request = options?.rpc;
  if (!request || !context || options.transaction || options.forceRollback) return withContext(context, work, options);
  const { role = "anon", uid, jwt } = context.auth ?? {};
  const settings = {
    role,
    "request.jwt.claim.sub": String(uid ?? ""),
    "request.jwt.claim.role": role,
    "request.jwt.claims": JSON.stringify(jwt ?? {}),
    "request.method": request.method,
    "request.path": request.path,
    "request.headers": JSON.stringify(request.requestHeaders ?? {}),
    "response.status": "",
    "response.headers": "",
    statement_timeout: limits.get(request.path.split("/").pop()) ?? STATEMENT_TIMEOUT,
    transaction_read_only: request.readOnly ? "on" : "off",
  };
  return connection.kysely.transaction().execute(async (transaction) => {
    await sql`select set_config(key, value, true) from json_each_text(${settings}::json)`.execute(transaction);
    return work(transaction);
  });
};

// Parsed once for each connection, in place of a question about its parameters' types each time.
const reserve = connection.driver.reserve;
connection.driver.reserve = async () => {
  const reserved = await reserve();
  const { unsafe } = reserved;
  reserved.unsafe = (query, parameters) => unsafe(query, parameters, { prepare: parameters.length > 0 });
  return reserved;
};

/** The statement timeouts of the functions in `public`, by name. */
let limits = new Map();

async function readLimits() {
  const { rows } = await sql`
    select proname, proconfig from pg_proc
    where pronamespace = 'public'::regnamespace and proconfig is not null`.execute(connection.kysely);
  const limit = (row) => row.proconfig.find((setting) => setting.startsWith(HOISTED))?.slice(HOISTED.length);
  limits = new Map(rows.map((row) => [row.proname, limit(row)]).filter(([, value]) => value));
}

const app = new App({
  connection,
  auth: { enabled: true, ...settings.auth },
  options: { server: { admin: false } },
});
try {
  await app.ensureSystemSchema();
  await app.init();
} catch (error) {
  console.error(`The database could not be prepared: ${error.message}`);
  process.exit(1);
}

// Lite knows the functions that there were when it started.
await connection.driver.listen("pgrst", async (message) => {
  if (message !== RELOAD) return;
  await connection.clearSchemaCache();
  await readLimits();
});
await readLimits();

const fetch = (request, { incoming }) => app.fetch(request, { peerAddress: incoming.socket.remoteAddress ?? null });
const server = serve({ port: settings.port, hostname: "127.0.0.1", fetch });
process.once("SIGTERM", () => {
  server.close();
  server.closeAllConnections();
  connection.close().finally(() => process.exit(0));
});
