-- Webhooks, and the outbox: a message is written by the commit that makes it true, and sent afterwards.

CREATE TABLE igny8_webhooks (
    account_id  BLOB    NOT NULL REFERENCES igny8_accounts (account_id),
    id          BLOB    NOT NULL,
    url         TEXT    NOT NULL,
    -- Words between commas, one at both ends too: `,run.failed,credits.low,`.
    events      TEXT    NOT NULL,
    -- Sealed by the store's cipher.
    secret      BLOB    NOT NULL,
    last4       TEXT    NOT NULL,
    is_active   BOOLEAN NOT NULL,
    description TEXT    NOT NULL,
    created_at  BIGINT  NOT NULL,
    updated_at  BIGINT  NOT NULL,
    PRIMARY KEY (account_id, id)
) WITHOUT ROWID;

CREATE TABLE igny8_webhook_deliveries (
    account_id      BLOB   NOT NULL,
    id              BLOB   NOT NULL,
    webhook_id      BLOB   NOT NULL,
    event           TEXT   NOT NULL,
    payload         TEXT   NOT NULL,
    state           TEXT   NOT NULL,
    attempts        BIGINT NOT NULL DEFAULT 0,
    -- While it is being sent: when its lease runs out.
    next_attempt_at BIGINT NOT NULL,
    last_status     BIGINT,
    last_error      TEXT,
    created_at      BIGINT NOT NULL,
    -- When it was told or given up.
    ended_at        BIGINT,
    PRIMARY KEY (account_id, id),
    FOREIGN KEY (account_id, webhook_id) REFERENCES igny8_webhooks (account_id, id) ON DELETE CASCADE
);
CREATE INDEX igny8_webhook_deliveries_webhook ON igny8_webhook_deliveries (account_id, webhook_id, created_at, id);
CREATE INDEX igny8_webhook_deliveries_due ON igny8_webhook_deliveries (account_id, next_attempt_at) WHERE state = 'pending';
CREATE INDEX igny8_webhook_deliveries_ended ON igny8_webhook_deliveries (ended_at) WHERE ended_at IS NOT NULL;
