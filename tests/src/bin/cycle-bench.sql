-- The statements of a run's whole cycle as igny8-storage sends them, for pgbench. What a transaction is told in one
-- message there is one SELECT of set_config here; a cycle that finds no run ends without one.
\if :n = 0
SELECT account_id AS home, site_id AS site, sector_id AS sector FROM public.bench_homes WHERE client = :client_id \gset
\endif
\set n :n + 1
\set number :n % 65536
\set above :n / 65536
-- Credits held and the run queued.
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
SELECT set_config('search_path', 'igny8, pg_temp', TRUE), set_config('lock_timeout', '10000', TRUE), set_config('idle_in_transaction_session_timeout', '30000', TRUE), set_config('igny8.account', :home, TRUE);
WITH turn AS MATERIALIZED (SELECT 1 FROM igny8_accounts WHERE account_id = :home FOR NO KEY UPDATE) SELECT (SELECT count(*) FROM turn) AS turns, CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) AS now \gset
SELECT 1 FROM igny8_sites WHERE account_id = :home AND id = :site;
UPDATE igny8_accounts SET reserved = reserved + :reserved, updated_at = :now WHERE account_id = :home AND balance - reserved >= :reserved;
INSERT INTO igny8_credit_reservations (account_id, id, run_id, amount, state, idempotency_key, description, expires_at, created_at, updated_at) VALUES (:home, CAST('c' || lpad(to_hex(CAST(:round AS INT)), 3, '0') || lpad(to_hex(CAST(:number AS INT)), 4, '0') || '-' || lpad(to_hex(CAST(:above AS INT)), 4, '0') || '-7000-8' || lpad(to_hex(CAST(:client_id AS INT)), 3, '0') || '-000000000000' AS UUID), CAST('b' || lpad(to_hex(CAST(:round AS INT)), 3, '0') || lpad(to_hex(CAST(:number AS INT)), 4, '0') || '-' || lpad(to_hex(CAST(:above AS INT)), 4, '0') || '-7000-8' || lpad(to_hex(CAST(:client_id AS INT)), 3, '0') || '-000000000000' AS UUID), :reserved, 'held', 'run-019ac4a5-0000-7000-8000-' || lpad(CAST(:round AS TEXT) || '-' || CAST(:n AS TEXT) || '-' || CAST(:client_id AS TEXT), 12, '0'), 'auto_cluster 019ac4a5-0000-7000-8000-000000000000', CAST(:now AS BIGINT) + 86400000000, CAST(:now AS BIGINT), CAST(:now AS BIGINT)) RETURNING *;
INSERT INTO igny8_runs (account_id, id, site_id, sector_id, function, input, actor_id, state, max_attempts, priority, run_at, reserved, announced_ai_requests, announced_words, announced_images, progress, idempotency_key, created_at, updated_at, forecast) VALUES (:home, CAST('b' || lpad(to_hex(CAST(:round AS INT)), 3, '0') || lpad(to_hex(CAST(:number AS INT)), 4, '0') || '-' || lpad(to_hex(CAST(:above AS INT)), 4, '0') || '-7000-8' || lpad(to_hex(CAST(:client_id AS INT)), 3, '0') || '-000000000000' AS UUID), :site, :sector, 'auto_cluster', '{"import": "019ac4a5-0000-7000-8000-000000000000","options": {"at_most": 40,"language": "en"}}', :home, 'pending', 3, 0, CAST(:now AS BIGINT), :reserved, 0, 0, 0, '{"phase": "INIT","percentage": 0,"message": "Waiting","current": 0,"total": 0,"request_steps": [],"response_steps": [],"version": 0}', NULL, CAST(:now AS BIGINT), CAST(:now AS BIGINT), NULL) RETURNING *;
WITH turn AS (SELECT due_at FROM igny8_run_turns WHERE account_id = :home FOR KEY SHARE) INSERT INTO igny8_run_turns (account_id, last_served_at, due_at) SELECT CAST(:home AS UUID), 0, CAST(:now AS BIGINT) WHERE NOT EXISTS (SELECT 1 FROM turn WHERE due_at <= CAST(:now AS BIGINT)) ON CONFLICT (account_id) DO UPDATE SET due_at = excluded.due_at;
COMMIT;
-- Claimed.
\set epoch 0
\set more 1
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
SELECT set_config('search_path', 'igny8, pg_temp', TRUE), set_config('lock_timeout', '10000', TRUE), set_config('idle_in_transaction_session_timeout', '30000', TRUE), set_config('igny8.system', 'on', TRUE);
SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) AS now \gset
SELECT r.account_id, r.id AS run_id FROM igny8_runs r JOIN igny8_accounts a ON a.account_id = r.account_id AND a.status IN ('active', 'trial') WHERE r.state = 'progress' AND r.lease_until <= CAST(:now AS BIGINT) AND r.attempts < r.max_attempts AND NOT r.cancel_requested AND ',auto_cluster,' LIKE '%,' || replace(r.function, '_', '\_') || ',%' ESCAPE '\' AND (CAST(NULL AS BIGINT) IS NULL OR (SELECT count(*) FROM igny8_runs l WHERE l.account_id = r.account_id AND l.state = 'progress' AND l.lease_until > CAST(:now AS BIGINT)) < CAST(NULL AS BIGINT)) ORDER BY r.lease_until LIMIT 32;
SELECT t.account_id AS account FROM igny8_run_turns t CROSS JOIN igny8_accounts a WHERE t.due_at <= CAST(:now AS BIGINT) AND a.account_id = t.account_id AND a.status IN ('active', 'trial') AND (SELECT r.run_at FROM igny8_runs r WHERE r.account_id = t.account_id AND r.state IN ('pending', 'retry') AND r.run_at <= CAST(:now AS BIGINT) AND ',auto_cluster,' LIKE '%,' || replace(r.function, '_', '\_') || ',%' ESCAPE '\' ORDER BY r.run_at LIMIT 1) IS NOT NULL AND (CAST(NULL AS BIGINT) IS NULL OR (SELECT count(*) FROM igny8_runs l WHERE l.account_id = t.account_id AND l.state = 'progress' AND l.lease_until > CAST(:now AS BIGINT)) < CAST(NULL AS BIGINT)) ORDER BY t.last_served_at, t.account_id LIMIT 3 \aset
UPDATE igny8_runs SET state = 'progress', epoch = epoch + 1, attempts = attempts + 1, lease_until = CAST(:now AS BIGINT) + 3600000000, lease_owner = 'worker-019ac4a5000070008000000000000000', owner_host = 'b7a3c1f0-0000-4000-8000-000000000000/pid:[4026531836]', owner_pid = 4711, owner_started_at = 471100, started_at = COALESCE(started_at, CAST(:now AS BIGINT)), updated_at = CAST(:now AS BIGINT) WHERE account_id = :account AND id = (SELECT r.id FROM igny8_runs r WHERE r.account_id = :account AND r.state IN ('pending', 'retry') AND r.run_at <= CAST(:now AS BIGINT) AND ',auto_cluster,' LIKE '%,' || replace(r.function, '_', '\_') || ',%' ESCAPE '\' AND (CAST(NULL AS BIGINT) IS NULL OR (SELECT count(*) FROM igny8_runs l WHERE l.account_id = :account AND l.state = 'progress' AND l.lease_until > CAST(:now AS BIGINT)) < CAST(NULL AS BIGINT)) ORDER BY r.priority DESC, r.created_at, r.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED) RETURNING * \aset
\if :epoch > 0
UPDATE igny8_run_turns SET last_served_at = CAST(:now AS BIGINT) WHERE account_id = (SELECT account_id FROM igny8_run_turns WHERE account_id = :account FOR NO KEY UPDATE SKIP LOCKED) RETURNING CASE WHEN EXISTS (SELECT 1 FROM igny8_runs r WHERE r.account_id = :account AND r.state IN ('pending', 'retry') AND r.run_at <= CAST(:now AS BIGINT)) THEN 1 ELSE 0 END AS more \aset
\if :more = 0
SELECT 1 AS taken FROM igny8_run_turns WHERE account_id = :account FOR UPDATE SKIP LOCKED;
UPDATE igny8_run_turns SET due_at = (SELECT r.run_at FROM igny8_runs r WHERE r.account_id = :account AND r.state IN ('pending', 'retry') ORDER BY r.run_at LIMIT 1) WHERE account_id = :account;
\endif
\endif
COMMIT;
\if :epoch > 0
-- Settled and ended.
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
SELECT set_config('search_path', 'igny8, pg_temp', TRUE), set_config('lock_timeout', '10000', TRUE), set_config('idle_in_transaction_session_timeout', '30000', TRUE), set_config('igny8.account', :account, TRUE);
WITH turn AS MATERIALIZED (SELECT 1 FROM igny8_accounts WHERE account_id = :account FOR NO KEY UPDATE) SELECT (SELECT count(*) FROM turn) AS turns, CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) AS now \gset
SELECT * FROM igny8_runs WHERE account_id = :account AND id = :id AND epoch = :epoch AND state = 'progress' FOR NO KEY UPDATE;
SELECT * FROM igny8_credit_reservations WHERE account_id = :account AND run_id = :id AND state = 'held' \gset h_
SELECT * FROM igny8_run_items WHERE account_id = :account AND run_id = :id ORDER BY position \gset i_
SELECT * FROM igny8_provider_calls WHERE account_id = :account AND run_id = :id ORDER BY id;
UPDATE igny8_credit_reservations SET state = 'settled', settled = :i_credits, updated_at = :now WHERE account_id = :account AND id = :h_id AND state = 'held' RETURNING *;
UPDATE igny8_accounts SET balance = balance - :i_credits, reserved = reserved - :h_amount, updated_at = :now WHERE account_id = :account;
INSERT INTO igny8_credit_transactions (account_id, id, seq, transaction_type, amount, balance_after, description, reservation_id, idempotency_key, created_at) SELECT CAST(:account AS UUID), CAST(left(:id, 24) || '00000000000e' AS UUID), COALESCE((SELECT t.seq FROM igny8_credit_transactions t WHERE t.account_id = :account ORDER BY t.seq DESC LIMIT 1), 0) + 1, 'usage', - CAST(:i_credits AS BIGINT), a.balance, 'auto_cluster 019ac4a5-0000-7000-8000-000000000000', CAST(:h_id AS UUID), 'settle-' || :h_id, CAST(:now AS BIGINT) FROM igny8_accounts a WHERE a.account_id = :account RETURNING *;
INSERT INTO igny8_credit_usage_logs (account_id, id, operation_type, credits_used, overrun, cost_nano_usd, run_id, reservation_id, details, created_at) VALUES (:account, CAST(left(:id, 24) || '00000000000d' AS UUID), 'auto_cluster', :i_credits, 0, 0, :id, :h_id, '{"calls": 0,"completion_tokens": 0,"failed": 0,"items": 1,"models": [],"prompt_tokens": 0}', :now);
DELETE FROM igny8_run_answers WHERE account_id = :account AND run_id = :id;
DELETE FROM igny8_run_subjects WHERE account_id = :account AND run_id = :id;
SELECT w.task_id, w.was, t.status FROM igny8_run_tasks w JOIN igny8_tasks t ON t.account_id = w.account_id AND t.id = w.task_id WHERE w.account_id = :account AND w.run_id = :id;
UPDATE igny8_runs SET state = 'success', charged = :i_credits, result = '{"clusters": 12}', error = NULL, progress = '{"phase": "DONE","percentage": 100,"message": "Done","current": 0,"total": 0,"request_steps": [],"response_steps": [],"version": 1}', finished_at = :now, updated_at = :now, announced_ai_requests = 0, announced_words = 0, announced_images = 0, lease_until = NULL, lease_owner = NULL, owner_host = NULL, owner_pid = NULL, owner_started_at = NULL WHERE account_id = :account AND id = :id RETURNING *;
COMMIT;
\endif
