-- Every table of IGNY8, for PostgreSQL, in the schema that the search path names. Times are microseconds since 1970 (UTC),
-- JSON is text that only the program reads, dollars are nano-dollars; text compares by its bytes, as on SQLite. Keys and links
-- start with the account, so a link between tenants cannot be stored; links among a sector's rows hold the sector as well,
-- so neither can one between sectors. Row-level security follows in 0002.
-- Links that may be emptied have no ON DELETE SET NULL, which would empty the account too: the code empties them first.

-- Shared by every tenant ---------------------------------------------------------------------------------------------

CREATE TABLE igny8_plans (
    id                      UUID    NOT NULL PRIMARY KEY,
    name                    TEXT COLLATE "C" NOT NULL,
    slug                    TEXT COLLATE "C" NOT NULL UNIQUE,
    max_users               BIGINT,
    max_sites               BIGINT,
    max_keywords            BIGINT,
    max_clusters            BIGINT,
    max_content_ideas       BIGINT,
    max_ai_requests_per_day BIGINT,
    max_words_per_month     BIGINT,
    max_images_per_month    BIGINT,
    credits_per_month       BIGINT,
    included_credits        BIGINT,
    is_active               BOOLEAN NOT NULL,
    created_at              BIGINT  NOT NULL
);

CREATE TABLE igny8_industries (
    id          UUID    NOT NULL PRIMARY KEY,
    name        TEXT COLLATE "C" NOT NULL,
    slug        TEXT COLLATE "C" NOT NULL UNIQUE,
    description TEXT COLLATE "C" NOT NULL,
    is_active   BOOLEAN NOT NULL
);

CREATE TABLE igny8_industry_sectors (
    id                 UUID NOT NULL PRIMARY KEY,
    industry_id        UUID NOT NULL REFERENCES igny8_industries (id),
    name               TEXT COLLATE "C" NOT NULL,
    slug               TEXT COLLATE "C" NOT NULL,
    suggested_keywords TEXT COLLATE "C" NOT NULL,
    UNIQUE (industry_id, slug)
);

-- Tenancy ------------------------------------------------------------------------------------------------------------

CREATE TABLE igny8_accounts (
    account_id     UUID   NOT NULL PRIMARY KEY,
    name           TEXT COLLATE "C" NOT NULL,
    -- Unique by igny8_account_slugs.
    slug           TEXT COLLATE "C" NOT NULL,
    owner_id       UUID,
    plan_id        UUID   NOT NULL REFERENCES igny8_plans (id),
    balance        BIGINT NOT NULL DEFAULT 0,
    reserved       BIGINT NOT NULL DEFAULT 0,
    status         TEXT COLLATE "C" NOT NULL,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    CHECK (balance >= 0 AND reserved >= 0 AND reserved <= balance)
) WITH (fillfactor = 50); -- changed by every charge: room for its versions on the same page
CREATE INDEX igny8_accounts_plan ON igny8_accounts (plan_id);

CREATE TABLE igny8_users (
    account_id UUID    NOT NULL REFERENCES igny8_accounts (account_id),
    id         UUID    NOT NULL,
    -- Lowercased by the core; unique by igny8_logins.
    email      TEXT COLLATE "C" NOT NULL,
    username   TEXT COLLATE "C" NOT NULL,
    first_name TEXT COLLATE "C" NOT NULL,
    last_name  TEXT COLLATE "C" NOT NULL,
    role       TEXT COLLATE "C" NOT NULL,
    is_active  BOOLEAN NOT NULL,
    last_login BIGINT,
    created_at BIGINT  NOT NULL,
    updated_at BIGINT  NOT NULL,
    PRIMARY KEY (account_id, id)
);

-- The directory: what is asked before a tenant is known, and what is unique among all tenants. Nothing else in it, and no
-- links, so that a database that spreads tenants over machines can keep it whole on each.
CREATE TABLE igny8_account_slugs (
    slug       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account_id UUID NOT NULL UNIQUE
);

CREATE TABLE igny8_logins (
    email      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account_id UUID NOT NULL,
    user_id    UUID NOT NULL UNIQUE
);
CREATE INDEX igny8_logins_account ON igny8_logins (account_id, user_id);

CREATE TABLE igny8_sites (
    account_id        UUID    NOT NULL REFERENCES igny8_accounts (account_id),
    id                UUID    NOT NULL,
    name              TEXT COLLATE "C" NOT NULL,
    slug              TEXT COLLATE "C" NOT NULL,
    domain            TEXT COLLATE "C",
    industry_id       UUID    REFERENCES igny8_industries (id),
    is_active         BOOLEAN NOT NULL,
    status            TEXT COLLATE "C" NOT NULL,
    author_profile_id UUID,
    strategy_id       UUID,
    wp_url            TEXT COLLATE "C",
    wp_username       TEXT COLLATE "C",
    -- Sealed by the store's cipher.
    wp_app_password   BYTEA,
    created_at        BIGINT  NOT NULL,
    updated_at        BIGINT  NOT NULL,
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, slug)
);

CREATE TABLE igny8_sectors (
    account_id                UUID    NOT NULL,
    id                        UUID    NOT NULL,
    site_id                   UUID    NOT NULL,
    industry_sector_id        UUID    REFERENCES igny8_industry_sectors (id),
    name                      TEXT COLLATE "C" NOT NULL,
    slug                      TEXT COLLATE "C" NOT NULL,
    is_active                 BOOLEAN NOT NULL,
    status                    TEXT COLLATE "C" NOT NULL,
    many_clusters_per_keyword BOOLEAN NOT NULL DEFAULT FALSE,
    clustering                TEXT COLLATE "C",
    author_profile_id         UUID,
    strategy_id               UUID,
    created_at                BIGINT  NOT NULL,
    updated_at                BIGINT  NOT NULL,
    PRIMARY KEY (account_id, id),
    -- The target of every sector-bound row's link.
    UNIQUE (account_id, site_id, id),
    UNIQUE (account_id, site_id, slug),
    FOREIGN KEY (account_id, site_id) REFERENCES igny8_sites (account_id, id)
);

CREATE TABLE igny8_site_access (
    account_id UUID   NOT NULL,
    user_id    UUID   NOT NULL,
    site_id    UUID   NOT NULL,
    -- No link: whoever granted it may be a member of a system account, or gone.
    granted_by UUID,
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, user_id, site_id),
    FOREIGN KEY (account_id, user_id) REFERENCES igny8_users (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, site_id) REFERENCES igny8_sites (account_id, id) ON DELETE CASCADE
);
CREATE INDEX igny8_site_access_site ON igny8_site_access (account_id, site_id);

-- The pipeline -------------------------------------------------------------------------------------------------------
-- `…_key` columns hold text folded by the core or the store (lowercase, white space), because a database's own
-- lower() is another on each. They are what is unique, searched and ordered by.

CREATE TABLE igny8_keywords (
    account_id    UUID   NOT NULL,
    id            UUID   NOT NULL,
    site_id       UUID   NOT NULL,
    sector_id     UUID   NOT NULL,
    keyword       TEXT COLLATE "C" NOT NULL,
    keyword_key   TEXT COLLATE "C" NOT NULL,
    volume        BIGINT,
    volume_low    BIGINT,
    volume_high   BIGINT,
    -- Where the volume came from, by rank, for the merge rule of imports: 0 none, 1 impressions, 2 range, 3 exact.
    volume_source BIGINT NOT NULL DEFAULT 0,
    difficulty    BIGINT CHECK (difficulty BETWEEN 0 AND 100),
    -- Words in the file's order, joined by commas: `informational,commercial`; empty when there are none.
    intents       TEXT COLLATE "C" NOT NULL DEFAULT '',
    cpc           TEXT COLLATE "C",
    country       TEXT COLLATE "C",
    -- A JSON list; null when it is empty.
    serp_urls     TEXT COLLATE "C",
    status        TEXT COLLATE "C" NOT NULL,
    import_id     UUID,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    -- What a keyword had before the import that is under way replaced it; the import's end fills gaps from it and empties it.
    prior_volume        BIGINT,
    prior_volume_low    BIGINT,
    prior_volume_high   BIGINT,
    prior_volume_source BIGINT,
    prior_difficulty    BIGINT,
    prior_intents       TEXT COLLATE "C",
    prior_cpc           TEXT COLLATE "C",
    prior_country       TEXT COLLATE "C",
    prior_serp_urls     TEXT COLLATE "C",
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, sector_id, id),
    UNIQUE (account_id, sector_id, keyword_key),
    FOREIGN KEY (account_id, site_id, sector_id) REFERENCES igny8_sectors (account_id, site_id, id)
);

-- What lists are ordered by, so that a page of a large sector is read and not sorted.
CREATE INDEX igny8_keywords_newest ON igny8_keywords (account_id, sector_id, created_at, id);
CREATE INDEX igny8_keywords_volume ON igny8_keywords
    (account_id, sector_id, (CASE WHEN volume IS NULL THEN -1 ELSE volume END), id);
CREATE INDEX igny8_keywords_difficulty ON igny8_keywords
    (account_id, sector_id, (CASE WHEN difficulty IS NULL THEN -1 ELSE difficulty END), id);
CREATE INDEX igny8_keywords_text ON igny8_keywords (account_id, sector_id, keyword_key, id);

CREATE TABLE igny8_clusters (
    account_id  UUID   NOT NULL,
    id          UUID   NOT NULL,
    site_id     UUID   NOT NULL,
    sector_id   UUID   NOT NULL,
    name        TEXT COLLATE "C" NOT NULL,
    name_key    TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C",
    status      TEXT COLLATE "C" NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, sector_id, id),
    UNIQUE (account_id, sector_id, name_key),
    FOREIGN KEY (account_id, site_id, sector_id) REFERENCES igny8_sectors (account_id, site_id, id)
);

-- A cluster's keywords_count and volume are sums over this table and are stored nowhere.
CREATE TABLE igny8_keyword_clusters (
    account_id UUID NOT NULL,
    sector_id  UUID NOT NULL,
    keyword_id UUID NOT NULL,
    cluster_id UUID NOT NULL,
    PRIMARY KEY (account_id, keyword_id, cluster_id),
    FOREIGN KEY (account_id, sector_id, keyword_id) REFERENCES igny8_keywords (account_id, sector_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, sector_id, cluster_id) REFERENCES igny8_clusters (account_id, sector_id, id) ON DELETE CASCADE
);
CREATE INDEX igny8_keyword_clusters_cluster ON igny8_keyword_clusters (account_id, cluster_id, keyword_id);

CREATE TABLE igny8_content_ideas (
    account_id           UUID   NOT NULL,
    id                   UUID   NOT NULL,
    site_id              UUID   NOT NULL,
    sector_id            UUID   NOT NULL,
    idea_title           TEXT COLLATE "C" NOT NULL,
    title_key            TEXT COLLATE "C" NOT NULL,
    description          TEXT COLLATE "C" NOT NULL,
    content_type         TEXT COLLATE "C" NOT NULL,
    content_structure    TEXT COLLATE "C" NOT NULL,
    -- A JSON list, most important first.
    target_keywords      TEXT COLLATE "C" NOT NULL,
    keyword_cluster_id   UUID,
    estimated_word_count BIGINT NOT NULL,
    status               TEXT COLLATE "C" NOT NULL,
    created_at           BIGINT NOT NULL,
    updated_at           BIGINT NOT NULL,
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, sector_id, id),
    FOREIGN KEY (account_id, site_id, sector_id) REFERENCES igny8_sectors (account_id, site_id, id),
    FOREIGN KEY (account_id, sector_id, keyword_cluster_id) REFERENCES igny8_clusters (account_id, sector_id, id)
);
CREATE INDEX igny8_content_ideas_cluster ON igny8_content_ideas (account_id, sector_id, keyword_cluster_id);

CREATE TABLE igny8_tasks (
    account_id        UUID   NOT NULL,
    id                UUID   NOT NULL,
    site_id           UUID   NOT NULL,
    sector_id         UUID   NOT NULL,
    title             TEXT COLLATE "C" NOT NULL,
    title_key         TEXT COLLATE "C" NOT NULL,
    description       TEXT COLLATE "C" NOT NULL,
    -- A JSON list, most important first; `keywords_key` is the same text folded, one a line, for searching.
    keywords          TEXT COLLATE "C" NOT NULL,
    keywords_key      TEXT COLLATE "C" NOT NULL,
    cluster_id        UUID,
    idea_id           UUID,
    content_type      TEXT COLLATE "C" NOT NULL,
    content_structure TEXT COLLATE "C" NOT NULL,
    word_count        BIGINT NOT NULL,
    status            TEXT COLLATE "C" NOT NULL,
    created_at        BIGINT NOT NULL,
    updated_at        BIGINT NOT NULL,
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, sector_id, id),
    -- An idea has at most one task.
    UNIQUE (account_id, sector_id, idea_id),
    FOREIGN KEY (account_id, site_id, sector_id) REFERENCES igny8_sectors (account_id, site_id, id),
    FOREIGN KEY (account_id, sector_id, cluster_id) REFERENCES igny8_clusters (account_id, sector_id, id),
    FOREIGN KEY (account_id, sector_id, idea_id) REFERENCES igny8_content_ideas (account_id, sector_id, id)
);
CREATE INDEX igny8_tasks_cluster ON igny8_tasks (account_id, sector_id, cluster_id);

-- An article with its current text; every text, the current one too, is a row of igny8_content_revisions.
CREATE TABLE igny8_content (
    account_id         UUID    NOT NULL,
    id                 UUID    NOT NULL,
    site_id            UUID    NOT NULL,
    sector_id          UUID    NOT NULL,
    task_id            UUID    NOT NULL,
    revision           BIGINT  NOT NULL,
    title              TEXT COLLATE "C" NOT NULL,
    title_key          TEXT COLLATE "C" NOT NULL,
    html_content       TEXT COLLATE "C" NOT NULL,
    word_count         BIGINT  NOT NULL,
    within_word_target BOOLEAN NOT NULL,
    meta_title         TEXT COLLATE "C",
    meta_description   TEXT COLLATE "C",
    primary_keyword    TEXT COLLATE "C",
    secondary_keywords TEXT COLLATE "C" NOT NULL,
    seo                TEXT COLLATE "C" NOT NULL,
    seo_score          BIGINT  NOT NULL,
    written_by         TEXT COLLATE "C" NOT NULL,
    status             TEXT COLLATE "C" NOT NULL,
    wp_post_id         BIGINT,
    created_at         BIGINT  NOT NULL,
    updated_at         BIGINT  NOT NULL,
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, sector_id, id),
    UNIQUE (account_id, sector_id, task_id),
    FOREIGN KEY (account_id, site_id, sector_id) REFERENCES igny8_sectors (account_id, site_id, id),
    FOREIGN KEY (account_id, sector_id, task_id) REFERENCES igny8_tasks (account_id, sector_id, id) ON DELETE CASCADE
);

CREATE TABLE igny8_content_revisions (
    account_id         UUID    NOT NULL,
    content_id         UUID    NOT NULL,
    revision           BIGINT  NOT NULL,
    title              TEXT COLLATE "C" NOT NULL,
    html_content       TEXT COLLATE "C" NOT NULL,
    word_count         BIGINT  NOT NULL,
    within_word_target BOOLEAN NOT NULL,
    meta_title         TEXT COLLATE "C",
    meta_description   TEXT COLLATE "C",
    primary_keyword    TEXT COLLATE "C",
    secondary_keywords TEXT COLLATE "C" NOT NULL,
    seo                TEXT COLLATE "C" NOT NULL,
    written_by         TEXT COLLATE "C" NOT NULL,
    -- No link: the text outlives the record of the run.
    run_id             UUID,
    created_at         BIGINT  NOT NULL,
    PRIMARY KEY (account_id, content_id, revision),
    -- A run adds at most one revision to an article.
    UNIQUE (account_id, content_id, run_id),
    FOREIGN KEY (account_id, content_id) REFERENCES igny8_content (account_id, id) ON DELETE CASCADE
);

CREATE TABLE igny8_images (
    account_id UUID   NOT NULL,
    id         UUID   NOT NULL,
    site_id    UUID   NOT NULL,
    sector_id  UUID   NOT NULL,
    task_id    UUID,
    content_id UUID,
    image_type TEXT COLLATE "C" NOT NULL,
    position   BIGINT NOT NULL,
    heading    TEXT COLLATE "C",
    prompt     TEXT COLLATE "C" NOT NULL,
    alt        TEXT COLLATE "C" NOT NULL,
    image_url  TEXT COLLATE "C",
    media_type TEXT COLLATE "C",
    status     TEXT COLLATE "C" NOT NULL,
    error      TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, sector_id, id),
    FOREIGN KEY (account_id, site_id, sector_id) REFERENCES igny8_sectors (account_id, site_id, id),
    FOREIGN KEY (account_id, sector_id, task_id) REFERENCES igny8_tasks (account_id, sector_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, sector_id, content_id) REFERENCES igny8_content (account_id, sector_id, id) ON DELETE CASCADE
);
CREATE INDEX igny8_images_task ON igny8_images (account_id, sector_id, task_id);
CREATE INDEX igny8_images_content ON igny8_images (account_id, sector_id, content_id);

-- Settings -----------------------------------------------------------------------------------------------------------

CREATE TABLE igny8_ai_prompts (
    account_id    UUID   NOT NULL REFERENCES igny8_accounts (account_id),
    id            UUID   NOT NULL,
    prompt_type   TEXT COLLATE "C" NOT NULL,
    prompt_value  TEXT COLLATE "C" NOT NULL,
    function_name TEXT COLLATE "C",
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, prompt_type)
);

CREATE TABLE igny8_integration_settings (
    account_id       UUID    NOT NULL REFERENCES igny8_accounts (account_id),
    integration_type TEXT COLLATE "C" NOT NULL,
    config           TEXT COLLATE "C" NOT NULL,
    is_active        BOOLEAN NOT NULL,
    created_at       BIGINT  NOT NULL,
    updated_at       BIGINT  NOT NULL,
    PRIMARY KEY (account_id, integration_type)
);

CREATE TABLE igny8_integration_secrets (
    account_id       UUID NOT NULL,
    integration_type TEXT COLLATE "C" NOT NULL,
    field            TEXT COLLATE "C" NOT NULL,
    -- Sealed by the store's cipher.
    secret           BYTEA NOT NULL,
    last4            TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account_id, integration_type, field),
    FOREIGN KEY (account_id, integration_type)
        REFERENCES igny8_integration_settings (account_id, integration_type) ON DELETE CASCADE
);

CREATE TABLE igny8_author_profiles (
    account_id  UUID    NOT NULL REFERENCES igny8_accounts (account_id),
    id          UUID    NOT NULL,
    name        TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C" NOT NULL,
    tone        TEXT COLLATE "C" NOT NULL,
    language    TEXT COLLATE "C" NOT NULL,
    is_default  BOOLEAN NOT NULL,
    created_at  BIGINT  NOT NULL,
    updated_at  BIGINT  NOT NULL,
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, name)
);
CREATE UNIQUE INDEX igny8_author_profiles_default ON igny8_author_profiles (account_id) WHERE is_default;

CREATE TABLE igny8_strategies (
    account_id    UUID    NOT NULL REFERENCES igny8_accounts (account_id),
    id            UUID    NOT NULL,
    name          TEXT COLLATE "C" NOT NULL,
    description   TEXT COLLATE "C" NOT NULL,
    sector_id     UUID,
    prompt_types  TEXT COLLATE "C" NOT NULL,
    section_logic TEXT COLLATE "C" NOT NULL,
    is_active     BOOLEAN NOT NULL,
    created_at    BIGINT  NOT NULL,
    updated_at    BIGINT  NOT NULL,
    PRIMARY KEY (account_id, id),
    FOREIGN KEY (account_id, sector_id) REFERENCES igny8_sectors (account_id, id)
);
CREATE INDEX igny8_strategies_sector ON igny8_strategies (account_id, sector_id);

-- Credits ------------------------------------------------------------------------------------------------------------
-- Runs are named without a link: the ledger outlives them.

CREATE TABLE igny8_credit_reservations (
    account_id      UUID   NOT NULL REFERENCES igny8_accounts (account_id),
    id              UUID   NOT NULL,
    run_id          UUID,
    amount          BIGINT NOT NULL CHECK (amount > 0),
    settled         BIGINT CHECK (settled BETWEEN 1 AND amount),
    state           TEXT COLLATE "C" NOT NULL,
    idempotency_key TEXT COLLATE "C" NOT NULL,
    description     TEXT COLLATE "C" NOT NULL,
    expires_at      BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, run_id),
    UNIQUE (account_id, idempotency_key)
);
CREATE INDEX igny8_credit_reservations_held ON igny8_credit_reservations (expires_at) WHERE state = 'held';

-- Append-only; `seq` counts from 1 without gaps within the account.
CREATE TABLE igny8_credit_transactions (
    account_id       UUID   NOT NULL REFERENCES igny8_accounts (account_id),
    id               UUID   NOT NULL,
    seq              BIGINT NOT NULL CHECK (seq > 0),
    transaction_type TEXT COLLATE "C" NOT NULL,
    amount           BIGINT NOT NULL,
    balance_after    BIGINT NOT NULL CHECK (balance_after >= 0),
    description      TEXT COLLATE "C" NOT NULL,
    reservation_id   UUID,
    idempotency_key  TEXT COLLATE "C" NOT NULL,
    created_at       BIGINT NOT NULL,
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, seq),
    UNIQUE (account_id, idempotency_key),
    FOREIGN KEY (account_id, reservation_id) REFERENCES igny8_credit_reservations (account_id, id)
);
CREATE INDEX igny8_credit_transactions_reservation ON igny8_credit_transactions (account_id, reservation_id);

CREATE TABLE igny8_credit_usage_logs (
    account_id     UUID   NOT NULL REFERENCES igny8_accounts (account_id),
    id             UUID   NOT NULL,
    operation_type TEXT COLLATE "C" NOT NULL,
    credits_used   BIGINT NOT NULL CHECK (credits_used > 0),
    -- What the work came to beyond the hold.
    overrun        BIGINT NOT NULL CHECK (overrun >= 0),
    cost_nano_usd  BIGINT NOT NULL,
    run_id         UUID,
    reservation_id UUID   NOT NULL,
    details        TEXT COLLATE "C" NOT NULL,
    created_at     BIGINT NOT NULL,
    PRIMARY KEY (account_id, id),
    -- One settlement, one entry.
    UNIQUE (account_id, reservation_id),
    FOREIGN KEY (account_id, reservation_id) REFERENCES igny8_credit_reservations (account_id, id)
);
CREATE INDEX igny8_credit_usage_logs_time ON igny8_credit_usage_logs (account_id, created_at, id);

-- What the plan meters (`ai_requests`, `words`, `images`), added up by UTC day (days since 1970), in the commit that
-- records the work: deleting rows afterwards gives nothing back.
CREATE TABLE igny8_metered_usage (
    account_id UUID   NOT NULL REFERENCES igny8_accounts (account_id),
    metric     TEXT COLLATE "C" NOT NULL,
    day        BIGINT NOT NULL,
    amount     BIGINT NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (account_id, metric, day)
);

-- Runs ---------------------------------------------------------------------------------------------------------------

CREATE TABLE igny8_runs (
    account_id            UUID    NOT NULL,
    id                    UUID    NOT NULL,
    site_id               UUID    NOT NULL,
    sector_id             UUID,
    function              TEXT COLLATE "C" NOT NULL,
    input                 TEXT COLLATE "C" NOT NULL,
    -- No link: the actor may be a member of a system account, or gone.
    actor_id              UUID,
    state                 TEXT COLLATE "C" NOT NULL,
    epoch                 BIGINT  NOT NULL DEFAULT 0,
    attempts              BIGINT  NOT NULL DEFAULT 0,
    max_attempts          BIGINT  NOT NULL CHECK (max_attempts > 0),
    priority              BIGINT  NOT NULL,
    run_at                BIGINT  NOT NULL,
    reserved              BIGINT  NOT NULL,
    charged               BIGINT,
    -- What it will still take of the plan's metered limits; lowered as the work is recorded.
    announced_ai_requests BIGINT  NOT NULL,
    announced_words       BIGINT  NOT NULL,
    announced_images      BIGINT  NOT NULL,
    -- What it was expected to take of providers, as it was told before the start.
    forecast              TEXT COLLATE "C",
    progress              TEXT COLLATE "C" NOT NULL,
    cancel_requested      BOOLEAN NOT NULL DEFAULT FALSE,
    result                TEXT COLLATE "C",
    error                 TEXT COLLATE "C",
    idempotency_key       TEXT COLLATE "C",
    -- The lease: until when, by which worker, and in which process, so that a dead owner is told at once. On Linux the
    -- host is the boot and the pid namespace, and the start is counted in ticks since that boot.
    lease_until           BIGINT,
    lease_owner           TEXT COLLATE "C",
    owner_host            TEXT COLLATE "C",
    owner_pid             BIGINT,
    owner_started_at      BIGINT,
    created_at            BIGINT  NOT NULL,
    updated_at            BIGINT  NOT NULL,
    started_at            BIGINT,
    finished_at           BIGINT,
    -- A run that is to stop never waits for a further worker.
    CHECK (NOT cancel_requested OR state NOT IN ('pending', 'retry')),
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, idempotency_key),
    FOREIGN KEY (account_id, site_id) REFERENCES igny8_sites (account_id, id),
    FOREIGN KEY (account_id, site_id, sector_id) REFERENCES igny8_sectors (account_id, site_id, id)
);
-- A heartbeat knows the run alone.
CREATE INDEX igny8_runs_id ON igny8_runs (id);
CREATE INDEX igny8_runs_place ON igny8_runs (account_id, site_id, sector_id);
CREATE INDEX igny8_runs_due ON igny8_runs (account_id, run_at) WHERE state IN ('pending', 'retry');
CREATE INDEX igny8_runs_waiting ON igny8_runs (account_id, priority DESC, created_at, id) WHERE state IN ('pending', 'retry');
CREATE INDEX igny8_runs_leased ON igny8_runs (lease_until) WHERE state = 'progress';
CREATE INDEX igny8_runs_finished ON igny8_runs (finished_at) WHERE state IN ('success', 'failure', 'revoked');
CREATE INDEX igny8_runs_at_work ON igny8_runs (account_id) WHERE state = 'progress';
CREATE INDEX igny8_runs_unfinished ON igny8_runs (account_id, site_id) WHERE state IN ('pending', 'progress', 'retry');

-- When a worker last took one of the account's runs: accounts take turns by it. Not columns of the account, whose row is
-- locked by the account's own writes.
CREATE TABLE igny8_run_turns (
    account_id     UUID   NOT NULL PRIMARY KEY,
    last_served_at BIGINT NOT NULL,
    -- No run of the account that waits is due before; null when none waits. Claims look at nobody else.
    due_at         BIGINT
);
CREATE INDEX igny8_run_turns_next ON igny8_run_turns (last_served_at, account_id, due_at) WHERE due_at IS NOT NULL;

-- What unfinished runs work on: no second run of the function may begin on it meanwhile.
CREATE TABLE igny8_run_subjects (
    account_id UUID NOT NULL,
    function   TEXT COLLATE "C" NOT NULL,
    subject    UUID NOT NULL,
    run_id     UUID NOT NULL,
    PRIMARY KEY (account_id, function, subject),
    FOREIGN KEY (account_id, run_id) REFERENCES igny8_runs (account_id, id) ON DELETE CASCADE
);
CREATE INDEX igny8_run_subjects_run ON igny8_run_subjects (account_id, run_id);

-- Tasks that show that they wait for an unfinished run, with the status that they had before.
CREATE TABLE igny8_run_tasks (
    account_id UUID NOT NULL,
    run_id     UUID NOT NULL,
    task_id    UUID NOT NULL,
    was        TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account_id, run_id, task_id),
    FOREIGN KEY (account_id, run_id) REFERENCES igny8_runs (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, task_id) REFERENCES igny8_tasks (account_id, id) ON DELETE CASCADE
);
CREATE INDEX igny8_run_tasks_task ON igny8_run_tasks (account_id, task_id);

CREATE TABLE igny8_run_items (
    account_id UUID   NOT NULL,
    run_id     UUID   NOT NULL,
    item_key   TEXT COLLATE "C" NOT NULL,
    position   BIGINT NOT NULL,
    label      TEXT COLLATE "C" NOT NULL,
    input      TEXT COLLATE "C" NOT NULL,
    state      TEXT COLLATE "C" NOT NULL,
    -- Attempts that failed and left it to be tried again.
    attempts   BIGINT NOT NULL DEFAULT 0,
    credits    BIGINT NOT NULL DEFAULT 0 CHECK (credits >= 0),
    result     TEXT COLLATE "C",
    error      TEXT COLLATE "C",
    PRIMARY KEY (account_id, run_id, item_key),
    UNIQUE (account_id, run_id, position),
    FOREIGN KEY (account_id, run_id) REFERENCES igny8_runs (account_id, id) ON DELETE CASCADE
);

-- Providers' answers, kept until their run is finished.
CREATE TABLE igny8_run_answers (
    account_id     UUID   NOT NULL,
    run_id         UUID   NOT NULL,
    answer_key     TEXT COLLATE "C" NOT NULL,
    answer         TEXT COLLATE "C" NOT NULL,
    created_at     BIGINT NOT NULL,
    PRIMARY KEY (account_id, run_id, answer_key),
    FOREIGN KEY (account_id, run_id) REFERENCES igny8_runs (account_id, id) ON DELETE CASCADE
);

-- A row is written before its call is made, and completed afterwards.
CREATE TABLE igny8_provider_calls (
    account_id        UUID   NOT NULL,
    id                UUID   NOT NULL,
    run_id            UUID   NOT NULL,
    item_key          TEXT COLLATE "C" NOT NULL,
    provider          TEXT COLLATE "C" NOT NULL,
    model             TEXT COLLATE "C" NOT NULL,
    prompt_tokens     BIGINT NOT NULL,
    completion_tokens BIGINT NOT NULL,
    cost_nano_usd     BIGINT NOT NULL,
    tries             BIGINT NOT NULL,
    duration_ms       BIGINT NOT NULL,
    outcome           TEXT COLLATE "C" NOT NULL,
    error             TEXT COLLATE "C",
    request_id        TEXT COLLATE "C",
    created_at        BIGINT NOT NULL,
    PRIMARY KEY (account_id, id),
    FOREIGN KEY (account_id, run_id) REFERENCES igny8_runs (account_id, id) ON DELETE CASCADE
);
CREATE INDEX igny8_provider_calls_run ON igny8_provider_calls (account_id, run_id, created_at, id);

-- Links to tables that come later -------------------------------------------------------------------------------------

ALTER TABLE igny8_accounts ADD FOREIGN KEY (account_id, owner_id) REFERENCES igny8_users (account_id, id);
ALTER TABLE igny8_sites ADD FOREIGN KEY (account_id, strategy_id) REFERENCES igny8_strategies (account_id, id);
ALTER TABLE igny8_sites ADD FOREIGN KEY (account_id, author_profile_id) REFERENCES igny8_author_profiles (account_id, id);
ALTER TABLE igny8_sectors ADD FOREIGN KEY (account_id, strategy_id) REFERENCES igny8_strategies (account_id, id);
ALTER TABLE igny8_sectors ADD FOREIGN KEY (account_id, author_profile_id) REFERENCES igny8_author_profiles (account_id, id);
