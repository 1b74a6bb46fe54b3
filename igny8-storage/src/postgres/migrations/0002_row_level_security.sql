-- Row-level security. A transaction says whose rows it is for in settings that end with it. One that says nothing sees no tenant's row.

CREATE FUNCTION igny8_account() RETURNS UUID STABLE PARALLEL SAFE LANGUAGE sql
    AS $$ SELECT CAST(NULLIF(current_setting('igny8.account', TRUE), '') AS UUID) $$;
CREATE FUNCTION igny8_system() RETURNS BOOLEAN STABLE PARALLEL SAFE LANGUAGE sql
    AS $$ SELECT COALESCE(current_setting('igny8.system', TRUE), '') = 'on' $$;

-- Forced: for the tables' owner too. The functions stand in sub-selects, which are worked out once a statement, not once a row.
DO $$
DECLARE
    name TEXT;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'igny8_accounts',
        'igny8_users',
        'igny8_account_slugs',
        'igny8_logins',
        'igny8_sites',
        'igny8_sectors',
        'igny8_site_access',
        'igny8_keywords',
        'igny8_clusters',
        'igny8_keyword_clusters',
        'igny8_content_ideas',
        'igny8_tasks',
        'igny8_content',
        'igny8_content_revisions',
        'igny8_images',
        'igny8_ai_prompts',
        'igny8_integration_settings',
        'igny8_integration_secrets',
        'igny8_author_profiles',
        'igny8_strategies',
        'igny8_credit_reservations',
        'igny8_credit_transactions',
        'igny8_credit_usage_logs',
        'igny8_metered_usage',
        'igny8_runs',
        'igny8_run_turns',
        'igny8_run_subjects',
        'igny8_run_tasks',
        'igny8_run_items',
        'igny8_run_answers',
        'igny8_provider_calls'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY igny8_tenant ON %I USING (account_id = (SELECT igny8_account()))'
            ' WITH CHECK (account_id = (SELECT igny8_account()))', name);
    END LOOP;
    -- The catalogue belongs to nobody: everyone reads it, and what crosses tenants writes it.
    FOREACH name IN ARRAY ARRAY['igny8_plans', 'igny8_industries', 'igny8_industry_sectors'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY igny8_everyone ON %I FOR SELECT USING (TRUE)', name);
        EXECUTE format(
            'CREATE POLICY igny8_system ON %I USING ((SELECT igny8_system())) WITH CHECK ((SELECT igny8_system()))', name);
    END LOOP;
END
$$;

-- What crosses tenants sees the directory, the queue, and what is due on the calendar: no row of the pipeline, no setting.
CREATE POLICY igny8_directory ON igny8_accounts FOR SELECT USING ((SELECT igny8_system()));
CREATE POLICY igny8_directory ON igny8_account_slugs FOR SELECT USING ((SELECT igny8_system()));
CREATE POLICY igny8_directory ON igny8_logins FOR SELECT USING ((SELECT igny8_system()));
CREATE POLICY igny8_queue ON igny8_runs FOR SELECT USING ((SELECT igny8_system()));
CREATE POLICY igny8_queue_lease ON igny8_runs FOR UPDATE
    USING ((SELECT igny8_system())) WITH CHECK ((SELECT igny8_system()));
CREATE POLICY igny8_queue ON igny8_run_turns USING ((SELECT igny8_system())) WITH CHECK ((SELECT igny8_system()));
-- Holds of the host's own that may have run out.
CREATE POLICY igny8_reaper ON igny8_credit_reservations FOR SELECT
    USING ((SELECT igny8_system()) AND state = 'held' AND run_id IS NULL);
-- Whether an account has had its monthly grant.
CREATE POLICY igny8_grants ON igny8_credit_transactions FOR SELECT
    USING ((SELECT igny8_system()) AND transaction_type IN ('purchase', 'adjustment'));
