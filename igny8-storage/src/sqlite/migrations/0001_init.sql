-- Every table of IGNY8, for SQLite. Times are microseconds since 1970 (UTC), ids are UUIDs in 16 bytes, JSON is text,
-- dollars are nano-dollars. Keys and links start with the account, so a link between tenants cannot be stored; links
-- among a sector's rows hold the sector as well, so neither can one between sectors.
-- Links that may be emptied have no ON DELETE SET NULL, which would empty the account too: the code empties them first.
-- Small rows live in their key's tree (WITHOUT ROWID); rows with long texts do not.

-- Shared by every tenant ---------------------------------------------------------------------------------------------

CREATE TABLE igny8_plans (
    id                      BLOB    NOT NULL PRIMARY KEY,
    name                    TEXT    NOT NULL,
    slug                    TEXT    NOT NULL UNIQUE,
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
    id          BLOB    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL,
    slug        TEXT    NOT NULL UNIQUE,
    description TEXT    NOT NULL,
    is_active   BOOLEAN NOT NULL
);

CREATE TABLE igny8_industry_sectors (
    id                 BLOB NOT NULL PRIMARY KEY,
    industry_id        BLOB NOT NULL REFERENCES igny8_industries (id),
    name               TEXT NOT NULL,
    slug               TEXT NOT NULL,
    suggested_keywords TEXT NOT NULL,
    UNIQUE (industry_id, slug)
);

-- Tenancy ------------------------------------------------------------------------------------------------------------

CREATE TABLE igny8_accounts (
    account_id     BLOB   NOT NULL PRIMARY KEY,
    name           TEXT   NOT NULL,
    -- Unique by igny8_account_slugs.
    slug           TEXT   NOT NULL,
    owner_id       BLOB,
    plan_id        BLOB   NOT NULL REFERENCES igny8_plans (id),
    balance        BIGINT NOT NULL DEFAULT 0,
    reserved       BIGINT NOT NULL DEFAULT 0,
    status         TEXT   NOT NULL,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    CHECK (balance >= 0 AND reserved >= 0 AND reserved <= balance),
    FOREIGN KEY (account_id, owner_id) REFERENCES igny8_users (account_id, id)
);
CREATE INDEX igny8_accounts_plan ON igny8_accounts (plan_id);

CREATE TABLE igny8_users (
    account_id BLOB    NOT NULL REFERENCES igny8_accounts (account_id),
    id         BLOB    NOT NULL,
    -- Lowercased by the core; unique by igny8_logins.
    email      TEXT    NOT NULL,
    username   TEXT    NOT NULL,
    first_name TEXT    NOT NULL,
    last_name  TEXT    NOT NULL,
    role       TEXT    NOT NULL,
    is_active  BOOLEAN NOT NULL,
    last_login BIGINT,
    created_at BIGINT  NOT NULL,
    updated_at BIGINT  NOT NULL,
    PRIMARY KEY (account_id, id)
);

-- The directory: what is asked before a tenant is known, and what is unique among all tenants. Nothing else in it, and no
-- links, so that a database that spreads tenants over machines can keep it whole on each.
CREATE TABLE igny8_account_slugs (
    slug       TEXT NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL UNIQUE
);

CREATE TABLE igny8_logins (
    email      TEXT NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL,
    user_id    BLOB NOT NULL UNIQUE
);
CREATE INDEX igny8_logins_account ON igny8_logins (account_id, user_id);

CREATE TABLE igny8_sites (
    account_id        BLOB    NOT NULL REFERENCES igny8_accounts (account_id),
    id                BLOB    NOT NULL,
    name              TEXT    NOT NULL,
    slug              TEXT    NOT NULL,
    domain            TEXT,
    industry_id       BLOB    REFERENCES igny8_industries (id),
    is_active         BOOLEAN NOT NULL,
    status            TEXT    NOT NULL,
    author_profile_id BLOB,
    strategy_id       BLOB,
    wp_url            TEXT,
    wp_username       TEXT,
    -- Sealed by the store's cipher.
    wp_app_password   BLOB,
    created_at        BIGINT  NOT NULL,
    updated_at        BIGINT  NOT NULL,
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, slug),
    FOREIGN KEY (account_id, author_profile_id) REFERENCES igny8_author_profiles (account_id, id),
    FOREIGN KEY (account_id, strategy_id) REFERENCES igny8_strategies (account_id, id)
);

CREATE TABLE igny8_sectors (
    account_id                BLOB    NOT NULL,
    id                        BLOB    NOT NULL,
    site_id                   BLOB    NOT NULL,
    industry_sector_id        BLOB    REFERENCES igny8_industry_sectors (id),
    name                      TEXT    NOT NULL,
    slug                      TEXT    NOT NULL,
    is_active                 BOOLEAN NOT NULL,
    status                    TEXT    NOT NULL,
    many_clusters_per_keyword BOOLEAN NOT NULL DEFAULT FALSE,
    clustering                TEXT,
    author_profile_id         BLOB,
    strategy_id               BLOB,
    created_at                BIGINT  NOT NULL,
    updated_at                BIGINT  NOT NULL,
    PRIMARY KEY (account_id, id),
    -- The target of every sector-bound row's link.
    UNIQUE (account_id, site_id, id),
    UNIQUE (account_id, site_id, slug),
    FOREIGN KEY (account_id, site_id) REFERENCES igny8_sites (account_id, id),
    FOREIGN KEY (account_id, author_profile_id) REFERENCES igny8_author_profiles (account_id, id),
    FOREIGN KEY (account_id, strategy_id) REFERENCES igny8_strategies (account_id, id)
);

CREATE TABLE igny8_site_access (
    account_id BLOB   NOT NULL,
    user_id    BLOB   NOT NULL,
    site_id    BLOB   NOT NULL,
    -- No link: whoever granted it may be a member of a system account, or gone.
    granted_by BLOB,
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, user_id, site_id),
    FOREIGN KEY (account_id, user_id) REFERENCES igny8_users (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, site_id) REFERENCES igny8_sites (account_id, id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX igny8_site_access_site ON igny8_site_access (account_id, site_id);

-- The pipeline -------------------------------------------------------------------------------------------------------
-- `…_key` columns hold text folded by the core or the store (lowercase, white space), because SQLite's own lower()
-- knows ASCII only. They are what is unique, searched and ordered by.

CREATE TABLE igny8_keywords (
    account_id    BLOB   NOT NULL,
    id            BLOB   NOT NULL,
    site_id       BLOB   NOT NULL,
    sector_id     BLOB   NOT NULL,
    keyword       TEXT   NOT NULL,
    keyword_key   TEXT   NOT NULL,
    volume        BIGINT,
    volume_low    BIGINT,
    volume_high   BIGINT,
    -- Where the volume came from, by rank, for the merge rule of imports: 0 none, 1 impressions, 2 range, 3 exact.
    volume_source BIGINT NOT NULL DEFAULT 0,
    difficulty    BIGINT CHECK (difficulty BETWEEN 0 AND 100),
    -- Words in the file's order, joined by commas: `informational,commercial`; empty when there are none.
    intents       TEXT   NOT NULL DEFAULT '',
    cpc           TEXT,
    country       TEXT,
    -- A JSON list; null when it is empty.
    serp_urls     TEXT,
    status        TEXT   NOT NULL,
    import_id     BLOB,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    -- What a keyword had before the import that is under way replaced it; the import's end fills gaps from it and empties it.
    prior_volume        BIGINT,
    prior_volume_low    BIGINT,
    prior_volume_high   BIGINT,
    prior_volume_source BIGINT,
    prior_difficulty    BIGINT,
    prior_intents       TEXT,
    prior_cpc           TEXT,
    prior_country       TEXT,
    prior_serp_urls     TEXT,
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, sector_id, id),
    UNIQUE (account_id, sector_id, keyword_key),
    FOREIGN KEY (account_id, site_id, sector_id) REFERENCES igny8_sectors (account_id, site_id, id)
) WITHOUT ROWID;

CREATE TABLE igny8_clusters (
    account_id  BLOB   NOT NULL,
    id          BLOB   NOT NULL,
    site_id     BLOB   NOT NULL,
    sector_id   BLOB   NOT NULL,
    name        TEXT   NOT NULL,
    name_key    TEXT   NOT NULL,
    description TEXT,
    status      TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, sector_id, id),
    UNIQUE (account_id, sector_id, name_key),
    FOREIGN KEY (account_id, site_id, sector_id) REFERENCES igny8_sectors (account_id, site_id, id)
) WITHOUT ROWID;

-- A cluster's keywords_count and volume are sums over this table and are stored nowhere.
CREATE TABLE igny8_keyword_clusters (
    account_id BLOB NOT NULL,
    sector_id  BLOB NOT NULL,
    keyword_id BLOB NOT NULL,
    cluster_id BLOB NOT NULL,
    PRIMARY KEY (account_id, keyword_id, cluster_id),
    FOREIGN KEY (account_id, sector_id, keyword_id) REFERENCES igny8_keywords (account_id, sector_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, sector_id, cluster_id) REFERENCES igny8_clusters (account_id, sector_id, id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX igny8_keyword_clusters_cluster ON igny8_keyword_clusters (account_id, cluster_id, keyword_id);

CREATE TABLE igny8_content_ideas (
    account_id           BLOB   NOT NULL,
    id                   BLOB   NOT NULL,
    site_id              BLOB   NOT NULL,
    sector_id            BLOB   NOT NULL,
    idea_title           TEXT   NOT NULL,
    title_key            TEXT   NOT NULL,
    description          TEXT   NOT NULL,
    content_type         TEXT   NOT NULL,
    content_structure    TEXT   NOT NULL,
    -- A JSON list, most important first.
    target_keywords      TEXT   NOT NULL,
    keyword_cluster_id   BLOB,
    estimated_word_count BIGINT NOT NULL,
    status               TEXT   NOT NULL,
    created_at           BIGINT NOT NULL,
    updated_at           BIGINT NOT NULL,
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, sector_id, id),
    FOREIGN KEY (account_id, site_id, sector_id) REFERENCES igny8_sectors (account_id, site_id, id),
    FOREIGN KEY (account_id, sector_id, keyword_cluster_id) REFERENCES igny8_clusters (account_id, sector_id, id)
);
CREATE INDEX igny8_content_ideas_cluster ON igny8_content_ideas (account_id, sector_id, keyword_cluster_id);

CREATE TABLE igny8_tasks (
    account_id        BLOB   NOT NULL,
    id                BLOB   NOT NULL,
    site_id           BLOB   NOT NULL,
    sector_id         BLOB   NOT NULL,
    title             TEXT   NOT NULL,
    title_key         TEXT   NOT NULL,
    description       TEXT   NOT NULL,
    -- A JSON list, most important first; `keywords_key` is the same text folded, one a line, for searching.
    keywords          TEXT   NOT NULL,
    keywords_key      TEXT   NOT NULL,
    cluster_id        BLOB,
    idea_id           BLOB,
    content_type      TEXT   NOT NULL,
    content_structure TEXT   NOT NULL,
    word_count        BIGINT NOT NULL,
    status            TEXT   NOT NULL,
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
    account_id         BLOB    NOT NULL,
    id                 BLOB    NOT NULL,
    site_id            BLOB    NOT NULL,
    sector_id          BLOB    NOT NULL,
    task_id            BLOB    NOT NULL,
    revision           BIGINT  NOT NULL,
    title              TEXT    NOT NULL,
    title_key          TEXT    NOT NULL,
    html_content       TEXT    NOT NULL,
    word_count         BIGINT  NOT NULL,
    within_word_target BOOLEAN NOT NULL,
    meta_title         TEXT,
    meta_description   TEXT,
    primary_keyword    TEXT,
    secondary_keywords TEXT    NOT NULL,
    seo                TEXT    NOT NULL,
    seo_score          BIGINT  NOT NULL,
    written_by         TEXT    NOT NULL,
    status             TEXT    NOT NULL,
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
    account_id         BLOB    NOT NULL,
    content_id         BLOB    NOT NULL,
    revision           BIGINT  NOT NULL,
    title              TEXT    NOT NULL,
    html_content       TEXT    NOT NULL,
    word_count         BIGINT  NOT NULL,
    within_word_target BOOLEAN NOT NULL,
    meta_title         TEXT,
    meta_description   TEXT,
    primary_keyword    TEXT,
    secondary_keywords TEXT    NOT NULL,
    seo                TEXT    NOT NULL,
    written_by         TEXT    NOT NULL,
    -- No link: the text outlives the record of the run.
    run_id             BLOB,
    created_at         BIGINT  NOT NULL,
    PRIMARY KEY (account_id, content_id, revision),
    -- A run adds at most one revision to an article.
    UNIQUE (account_id, content_id, run_id),
    FOREIGN KEY (account_id, content_id) REFERENCES igny8_content (account_id, id) ON DELETE CASCADE
);

CREATE TABLE igny8_images (
    account_id BLOB   NOT NULL,
    id         BLOB   NOT NULL,
    site_id    BLOB   NOT NULL,
    sector_id  BLOB   NOT NULL,
    task_id    BLOB,
    content_id BLOB,
    image_type TEXT   NOT NULL,
    position   BIGINT NOT NULL,
    heading    TEXT,
    prompt     TEXT   NOT NULL,
    alt        TEXT   NOT NULL,
    image_url  TEXT,
    media_type TEXT,
    status     TEXT   NOT NULL,
    error      TEXT,
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
    account_id    BLOB   NOT NULL REFERENCES igny8_accounts (account_id),
    id            BLOB   NOT NULL,
    prompt_type   TEXT   NOT NULL,
    prompt_value  TEXT   NOT NULL,
    function_name TEXT,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, prompt_type)
);

CREATE TABLE igny8_integration_settings (
    account_id       BLOB    NOT NULL REFERENCES igny8_accounts (account_id),
    integration_type TEXT    NOT NULL,
    config           TEXT    NOT NULL,
    is_active        BOOLEAN NOT NULL,
    created_at       BIGINT  NOT NULL,
    updated_at       BIGINT  NOT NULL,
    PRIMARY KEY (account_id, integration_type)
);

CREATE TABLE igny8_integration_secrets (
    account_id       BLOB NOT NULL,
    integration_type TEXT NOT NULL,
    field            TEXT NOT NULL,
    -- Sealed by the store's cipher.
    secret           BLOB NOT NULL,
    last4            TEXT NOT NULL,
    PRIMARY KEY (account_id, integration_type, field),
    FOREIGN KEY (account_id, integration_type)
        REFERENCES igny8_integration_settings (account_id, integration_type) ON DELETE CASCADE
);

CREATE TABLE igny8_author_profiles (
    account_id  BLOB    NOT NULL REFERENCES igny8_accounts (account_id),
    id          BLOB    NOT NULL,
    name        TEXT    NOT NULL,
    description TEXT    NOT NULL,
    tone        TEXT    NOT NULL,
    language    TEXT    NOT NULL,
    is_default  BOOLEAN NOT NULL,
    created_at  BIGINT  NOT NULL,
    updated_at  BIGINT  NOT NULL,
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, name)
);
CREATE UNIQUE INDEX igny8_author_profiles_default ON igny8_author_profiles (account_id) WHERE is_default;

CREATE TABLE igny8_strategies (
    account_id    BLOB    NOT NULL REFERENCES igny8_accounts (account_id),
    id            BLOB    NOT NULL,
    name          TEXT    NOT NULL,
    description   TEXT    NOT NULL,
    sector_id     BLOB,
    prompt_types  TEXT    NOT NULL,
    section_logic TEXT    NOT NULL,
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
    account_id      BLOB   NOT NULL REFERENCES igny8_accounts (account_id),
    id              BLOB   NOT NULL,
    run_id          BLOB,
    amount          BIGINT NOT NULL CHECK (amount > 0),
    settled         BIGINT CHECK (settled BETWEEN 1 AND amount),
    state           TEXT   NOT NULL,
    idempotency_key TEXT   NOT NULL,
    description     TEXT   NOT NULL,
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
    account_id       BLOB   NOT NULL REFERENCES igny8_accounts (account_id),
    id               BLOB   NOT NULL,
    seq              BIGINT NOT NULL CHECK (seq > 0),
    transaction_type TEXT   NOT NULL,
    amount           BIGINT NOT NULL,
    balance_after    BIGINT NOT NULL CHECK (balance_after >= 0),
    description      TEXT   NOT NULL,
    reservation_id   BLOB,
    idempotency_key  TEXT   NOT NULL,
    created_at       BIGINT NOT NULL,
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, seq),
    UNIQUE (account_id, idempotency_key),
    FOREIGN KEY (account_id, reservation_id) REFERENCES igny8_credit_reservations (account_id, id)
);
CREATE INDEX igny8_credit_transactions_reservation ON igny8_credit_transactions (account_id, reservation_id);

CREATE TABLE igny8_credit_usage_logs (
    account_id     BLOB   NOT NULL REFERENCES igny8_accounts (account_id),
    id             BLOB   NOT NULL,
    operation_type TEXT   NOT NULL,
    credits_used   BIGINT NOT NULL CHECK (credits_used > 0),
    -- What the work came to beyond the hold.
    overrun        BIGINT NOT NULL CHECK (overrun >= 0),
    cost_nano_usd  BIGINT NOT NULL,
    run_id         BLOB,
    reservation_id BLOB   NOT NULL,
    details        TEXT   NOT NULL,
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
    account_id BLOB   NOT NULL REFERENCES igny8_accounts (account_id),
    metric     TEXT   NOT NULL,
    day        BIGINT NOT NULL,
    amount     BIGINT NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (account_id, metric, day)
) WITHOUT ROWID;

-- Runs ---------------------------------------------------------------------------------------------------------------

CREATE TABLE igny8_runs (
    account_id            BLOB    NOT NULL,
    id                    BLOB    NOT NULL UNIQUE,
    site_id               BLOB    NOT NULL,
    sector_id             BLOB,
    function              TEXT    NOT NULL,
    input                 TEXT    NOT NULL,
    -- No link: the actor may be a member of a system account, or gone.
    actor_id              BLOB,
    state                 TEXT    NOT NULL,
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
    forecast              TEXT,
    progress              TEXT    NOT NULL,
    cancel_requested      BOOLEAN NOT NULL DEFAULT FALSE,
    result                TEXT,
    error                 TEXT,
    idempotency_key       TEXT,
    -- The lease: until when, by which worker, and in which process, so that a dead owner is told at once. On Linux the
    -- host is the boot and the pid namespace, and the start is counted in ticks since that boot.
    lease_until           BIGINT,
    lease_owner           TEXT,
    owner_host            TEXT,
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
    account_id     BLOB   NOT NULL PRIMARY KEY,
    last_served_at BIGINT NOT NULL,
    -- No run of the account that waits is due before; null when none waits. Claims look at nobody else.
    due_at         BIGINT
);
CREATE INDEX igny8_run_turns_next ON igny8_run_turns (last_served_at, account_id, due_at) WHERE due_at IS NOT NULL;

-- What unfinished runs work on: no second run of the function may begin on it meanwhile.
CREATE TABLE igny8_run_subjects (
    account_id BLOB NOT NULL,
    function   TEXT NOT NULL,
    subject    BLOB NOT NULL,
    run_id     BLOB NOT NULL,
    PRIMARY KEY (account_id, function, subject),
    FOREIGN KEY (account_id, run_id) REFERENCES igny8_runs (account_id, id) ON DELETE CASCADE
);
CREATE INDEX igny8_run_subjects_run ON igny8_run_subjects (account_id, run_id);

-- Tasks that show that they wait for an unfinished run, with the status that they had before.
CREATE TABLE igny8_run_tasks (
    account_id BLOB NOT NULL,
    run_id     BLOB NOT NULL,
    task_id    BLOB NOT NULL,
    was        TEXT NOT NULL,
    PRIMARY KEY (account_id, run_id, task_id),
    FOREIGN KEY (account_id, run_id) REFERENCES igny8_runs (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, task_id) REFERENCES igny8_tasks (account_id, id) ON DELETE CASCADE
);
CREATE INDEX igny8_run_tasks_task ON igny8_run_tasks (account_id, task_id);

CREATE TABLE igny8_run_items (
    account_id BLOB   NOT NULL,
    run_id     BLOB   NOT NULL,
    item_key   TEXT   NOT NULL,
    position   BIGINT NOT NULL,
    label      TEXT   NOT NULL,
    input      TEXT   NOT NULL,
    state      TEXT   NOT NULL,
    -- Attempts that failed and left it to be tried again.
    attempts   BIGINT NOT NULL DEFAULT 0,
    credits    BIGINT NOT NULL DEFAULT 0 CHECK (credits >= 0),
    result     TEXT,
    error      TEXT,
    PRIMARY KEY (account_id, run_id, item_key),
    UNIQUE (account_id, run_id, position),
    FOREIGN KEY (account_id, run_id) REFERENCES igny8_runs (account_id, id) ON DELETE CASCADE
);

-- Providers' answers, kept until their run is finished.
CREATE TABLE igny8_run_answers (
    account_id     BLOB   NOT NULL,
    run_id         BLOB   NOT NULL,
    answer_key     TEXT   NOT NULL,
    answer         TEXT   NOT NULL,
    created_at     BIGINT NOT NULL,
    PRIMARY KEY (account_id, run_id, answer_key),
    FOREIGN KEY (account_id, run_id) REFERENCES igny8_runs (account_id, id) ON DELETE CASCADE
);

-- A row is written before its call is made, and completed afterwards.
CREATE TABLE igny8_provider_calls (
    account_id        BLOB   NOT NULL,
    id                BLOB   NOT NULL,
    run_id            BLOB   NOT NULL,
    item_key          TEXT   NOT NULL,
    provider          TEXT   NOT NULL,
    model             TEXT   NOT NULL,
    prompt_tokens     BIGINT NOT NULL,
    completion_tokens BIGINT NOT NULL,
    cost_nano_usd     BIGINT NOT NULL,
    tries             BIGINT NOT NULL,
    duration_ms       BIGINT NOT NULL,
    outcome           TEXT   NOT NULL,
    error             TEXT,
    request_id        TEXT,
    created_at        BIGINT NOT NULL,
    PRIMARY KEY (account_id, id),
    FOREIGN KEY (account_id, run_id) REFERENCES igny8_runs (account_id, id) ON DELETE CASCADE
);
CREATE INDEX igny8_provider_calls_run ON igny8_provider_calls (account_id, run_id, created_at, id);
