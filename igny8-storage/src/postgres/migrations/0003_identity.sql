-- Who callers are: password hashes, sessions and machine keys, all as hashes; and answers that are given again.

-- The directory of tokens: whose a token is, asked before a tenant is known. Like igny8_logins it has no links.
CREATE TABLE igny8_tokens (
    token_hash BYTEA  NOT NULL PRIMARY KEY,
    account_id UUID   NOT NULL,
    user_id    UUID   NOT NULL,
    -- When a session's token goes by itself; null for a machine key's.
    expires_at BIGINT
);
CREATE INDEX igny8_tokens_user ON igny8_tokens (account_id, user_id);
CREATE INDEX igny8_tokens_expired ON igny8_tokens (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE igny8_credentials (
    account_id    UUID   NOT NULL,
    user_id       UUID   NOT NULL,
    -- A PHC string, which only the adapter that made it reads.
    password_hash TEXT COLLATE "C" NOT NULL,
    token_version BIGINT NOT NULL CHECK (token_version > 0),
    updated_at    BIGINT NOT NULL,
    PRIMARY KEY (account_id, user_id),
    FOREIGN KEY (account_id, user_id) REFERENCES igny8_users (account_id, id) ON DELETE CASCADE
);

-- Every token of every session that is not closed, used up or not: a used one that comes back closes its family.
CREATE TABLE igny8_sessions (
    account_id UUID   NOT NULL,
    token_hash BYTEA  NOT NULL,
    user_id    UUID   NOT NULL,
    family_id  UUID   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- When it was used up.
    used_at    BIGINT,
    PRIMARY KEY (account_id, token_hash),
    FOREIGN KEY (account_id, user_id) REFERENCES igny8_users (account_id, id) ON DELETE CASCADE
);
CREATE INDEX igny8_sessions_user ON igny8_sessions (account_id, user_id);
CREATE INDEX igny8_sessions_family ON igny8_sessions (account_id, family_id);

CREATE TABLE igny8_api_keys (
    account_id   UUID   NOT NULL,
    id           UUID   NOT NULL,
    user_id      UUID   NOT NULL,
    name         TEXT COLLATE "C" NOT NULL,
    prefix       TEXT COLLATE "C" NOT NULL,
    -- Unique by igny8_tokens.
    token_hash   BYTEA  NOT NULL,
    role         TEXT COLLATE "C" NOT NULL,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT,
    expires_at   BIGINT,
    revoked_at   BIGINT,
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, token_hash),
    FOREIGN KEY (account_id, user_id) REFERENCES igny8_users (account_id, id) ON DELETE CASCADE
);
CREATE INDEX igny8_api_keys_user ON igny8_api_keys (account_id, user_id);

CREATE TABLE igny8_idempotency_keys (
    account_id   UUID   NOT NULL REFERENCES igny8_accounts (account_id),
    -- No link: the actor may be a member of a system account, or gone. All zeros for a worker.
    actor_id     UUID   NOT NULL,
    key          TEXT COLLATE "C" NOT NULL,
    fingerprint  BYTEA  NOT NULL,
    state        TEXT COLLATE "C" NOT NULL,
    status       BIGINT,
    headers      TEXT COLLATE "C",
    body         BYTEA,
    created_at   BIGINT NOT NULL,
    locked_until BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    PRIMARY KEY (account_id, actor_id, key)
);
CREATE INDEX igny8_idempotency_keys_expired ON igny8_idempotency_keys (expires_at);

DO $$
DECLARE
    name TEXT;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'igny8_tokens',
        'igny8_credentials',
        'igny8_sessions',
        'igny8_api_keys',
        'igny8_idempotency_keys'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY igny8_tenant ON %I USING (account_id = (SELECT igny8_account()))'
            ' WITH CHECK (account_id = (SELECT igny8_account()))', name);
    END LOOP;
END
$$;

-- What crosses tenants sees whose a token is, and what is past its time.
CREATE POLICY igny8_directory ON igny8_tokens FOR SELECT USING ((SELECT igny8_system()));
CREATE POLICY igny8_upkeep ON igny8_idempotency_keys FOR SELECT
    USING ((SELECT igny8_system())
           AND expires_at <= (SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)));

-- All that the gate asks of a user about an account (null: the user's own), in one round trip. It looks at the two tenants one after
-- the other as the caller's own role, so it shows nothing that the policies do not; afterwards no tenant is set.
CREATE FUNCTION igny8_admission(caller UUID, asked UUID) RETURNS TABLE (
    id UUID, account_id UUID, email TEXT, username TEXT, first_name TEXT, last_name TEXT, role TEXT, is_active BOOLEAN,
    last_login BIGINT, created_at BIGINT, updated_at BIGINT, token_version BIGINT, home_slug TEXT,
    entered_id UUID, entered_status TEXT, granted TEXT, active TEXT
) VOLATILE LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    home UUID;
BEGIN
    SELECT l.account_id INTO home FROM igny8_logins l WHERE l.user_id = caller;
    IF home IS NULL THEN
        RETURN;
    END IF;
    PERFORM set_config('igny8.account', CAST(home AS TEXT), TRUE);
    SELECT u.id, u.account_id, u.email, u.username, u.first_name, u.last_name, u.role, u.is_active, u.last_login,
           u.created_at, u.updated_at,
           COALESCE((SELECT c.token_version FROM igny8_credentials c
                     WHERE c.account_id = u.account_id AND c.user_id = u.id), 0),
           h.slug,
           COALESCE((SELECT CAST(json_agg(g.site_id ORDER BY g.site_id) AS TEXT) FROM igny8_site_access g
                     WHERE g.account_id = u.account_id AND g.user_id = u.id
                       AND COALESCE(asked, home) = home), '[]')
        INTO id, account_id, email, username, first_name, last_name, role, is_active, last_login,
             created_at, updated_at, token_version, home_slug, granted
        FROM igny8_users u JOIN igny8_accounts h ON h.account_id = u.account_id
        WHERE u.account_id = home AND u.id = caller;
    IF NOT FOUND THEN
        PERFORM set_config('igny8.account', '', TRUE);
        RETURN;
    END IF;
    PERFORM set_config('igny8.account', CAST(COALESCE(asked, home) AS TEXT), TRUE);
    SELECT a.account_id, a.status INTO entered_id, entered_status
        FROM igny8_accounts a WHERE a.account_id = COALESCE(asked, home);
    SELECT COALESCE(CAST(json_agg(s.id ORDER BY s.id) AS TEXT), '[]') INTO active
        FROM igny8_sites s WHERE s.account_id = COALESCE(asked, home) AND s.is_active;
    PERFORM set_config('igny8.account', '', TRUE);
    RETURN NEXT;
END
$$;
