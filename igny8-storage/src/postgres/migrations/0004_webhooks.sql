-- Webhooks, and the outbox: a message is written by the commit that makes it true, and sent afterwards.

CREATE TABLE igny8_webhooks (
    account_id  UUID    NOT NULL REFERENCES igny8_accounts (account_id),
    id          UUID    NOT NULL,
    url         TEXT COLLATE "C" NOT NULL,
    -- Words between commas, one at both ends too: `,run.failed,credits.low,`.
    events      TEXT COLLATE "C" NOT NULL,
    -- Sealed by the store's cipher.
    secret      BYTEA   NOT NULL,
    last4       TEXT COLLATE "C" NOT NULL,
    is_active   BOOLEAN NOT NULL,
    description TEXT COLLATE "C" NOT NULL,
    created_at  BIGINT  NOT NULL,
    updated_at  BIGINT  NOT NULL,
    PRIMARY KEY (account_id, id)
);

CREATE TABLE igny8_webhook_deliveries (
    account_id      UUID   NOT NULL,
    id              UUID   NOT NULL,
    webhook_id      UUID   NOT NULL,
    event           TEXT COLLATE "C" NOT NULL,
    payload         TEXT COLLATE "C" NOT NULL,
    state           TEXT COLLATE "C" NOT NULL,
    attempts        BIGINT NOT NULL DEFAULT 0,
    -- While it is being sent: when its lease runs out.
    next_attempt_at BIGINT NOT NULL,
    last_status     BIGINT,
    last_error      TEXT COLLATE "C",
    created_at      BIGINT NOT NULL,
    -- When it was told or given up.
    ended_at        BIGINT,
    PRIMARY KEY (account_id, id),
    FOREIGN KEY (account_id, webhook_id) REFERENCES igny8_webhooks (account_id, id) ON DELETE CASCADE
);
CREATE INDEX igny8_webhook_deliveries_webhook ON igny8_webhook_deliveries (account_id, webhook_id, created_at, id);
CREATE INDEX igny8_webhook_deliveries_due ON igny8_webhook_deliveries (account_id, next_attempt_at) WHERE state = 'pending';
CREATE INDEX igny8_webhook_deliveries_ended ON igny8_webhook_deliveries (ended_at) WHERE ended_at IS NOT NULL;

DO $$
DECLARE
    name TEXT;
BEGIN
    FOREACH name IN ARRAY ARRAY['igny8_webhooks', 'igny8_webhook_deliveries'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY igny8_tenant ON %I USING (account_id = (SELECT igny8_account()))'
            ' WITH CHECK (account_id = (SELECT igny8_account()))', name);
    END LOOP;
END
$$;

-- What crosses tenants sees whose messages are due, and no webhook: where one goes and how it is signed is read as its tenant.
CREATE POLICY igny8_outbox ON igny8_webhook_deliveries FOR SELECT USING ((SELECT igny8_system()));
