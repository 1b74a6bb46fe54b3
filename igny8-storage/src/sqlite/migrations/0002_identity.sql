-- Who callers are: password hashes, sessions and machine keys, all as hashes; and answers that are given again.

-- The directory of tokens: whose a token is, asked before a tenant is known. Like igny8_logins it has no links.
CREATE TABLE igny8_tokens (
    token_hash BLOB   NOT NULL PRIMARY KEY,
    account_id BLOB   NOT NULL,
    user_id    BLOB   NOT NULL,
    -- When a session's token goes by itself; null for a machine key's.
    expires_at BIGINT
) WITHOUT ROWID;
CREATE INDEX igny8_tokens_user ON igny8_tokens (account_id, user_id);
CREATE INDEX igny8_tokens_expired ON igny8_tokens (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE igny8_credentials (
    account_id    BLOB   NOT NULL,
    user_id       BLOB   NOT NULL,
    -- A PHC string, which only the adapter that made it reads.
    password_hash TEXT   NOT NULL,
    token_version BIGINT NOT NULL CHECK (token_version > 0),
    updated_at    BIGINT NOT NULL,
    PRIMARY KEY (account_id, user_id),
    FOREIGN KEY (account_id, user_id) REFERENCES igny8_users (account_id, id) ON DELETE CASCADE
) WITHOUT ROWID;

-- Every token of every session that is not closed, used up or not: a used one that comes back closes its family.
CREATE TABLE igny8_sessions (
    account_id BLOB   NOT NULL,
    token_hash BLOB   NOT NULL,
    user_id    BLOB   NOT NULL,
    family_id  BLOB   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- When it was used up.
    used_at    BIGINT,
    PRIMARY KEY (account_id, token_hash),
    FOREIGN KEY (account_id, user_id) REFERENCES igny8_users (account_id, id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX igny8_sessions_user ON igny8_sessions (account_id, user_id);
CREATE INDEX igny8_sessions_family ON igny8_sessions (account_id, family_id);

CREATE TABLE igny8_api_keys (
    account_id   BLOB   NOT NULL,
    id           BLOB   NOT NULL,
    user_id      BLOB   NOT NULL,
    name         TEXT   NOT NULL,
    prefix       TEXT   NOT NULL,
    -- Unique by igny8_tokens.
    token_hash   BLOB   NOT NULL,
    role         TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT,
    expires_at   BIGINT,
    revoked_at   BIGINT,
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, token_hash),
    FOREIGN KEY (account_id, user_id) REFERENCES igny8_users (account_id, id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX igny8_api_keys_user ON igny8_api_keys (account_id, user_id);

CREATE TABLE igny8_idempotency_keys (
    account_id   BLOB   NOT NULL REFERENCES igny8_accounts (account_id),
    -- No link: the actor may be a member of a system account, or gone. All zeros for a worker.
    actor_id     BLOB   NOT NULL,
    key          TEXT   NOT NULL,
    fingerprint  BLOB   NOT NULL,
    state        TEXT   NOT NULL,
    status       BIGINT,
    headers      TEXT,
    body         BLOB,
    created_at   BIGINT NOT NULL,
    locked_until BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    PRIMARY KEY (account_id, actor_id, key)
);
CREATE INDEX igny8_idempotency_keys_expired ON igny8_idempotency_keys (expires_at);
