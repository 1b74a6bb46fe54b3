-- Two accounts with some thirty rows a table, and the rows that make a move hard.
INSERT INTO igny8_plans (name, slug, max_users, max_sites, max_keywords, max_clusters, max_content_ideas,
        daily_ai_requests, monthly_word_count_limit, monthly_image_count, included_credits, credits_per_month, is_active)
    VALUES ('Starter', 'starter', 3, 1, 10, 5, 5, 10, 1000, 10, 700, 100, true),
           ('Legacy', 'legacy', 1, 1, 1, 1, 1, 1, 1, 1, NULL, NULL, false),
           ('Free', 'free', 1, 1, 100, 20, 30, 50, 10000, 10, NULL, 100, true);
INSERT INTO igny8_accounts (name, slug, plan_id, credits, status)
    VALUES ('Acme', 'acme', 1, 1234, 'active'), ('Globex', 'Globex_Corp', 2, 0, 'suspended'),
           ('Operators', 'system', 1, 9999, 'active');
INSERT INTO igny8_users (password, username, first_name, last_name, email, account_id, role, is_active)
    SELECT 'pbkdf2_sha256$1000$salt$hash', 'acme' || n, 'Ada', 'Nr ' || n, 'user' || n || '@acme.test', 1,
        CASE WHEN n <= 2 THEN 'owner' WHEN n = 3 THEN 'developer' WHEN n = 4 THEN 'system_bot' WHEN n = 5 THEN 'admin'
            WHEN n % 2 = 0 THEN 'editor' ELSE 'viewer' END, n <> 10
    FROM generate_series(1, 30) n;
INSERT INTO igny8_users (password, username, first_name, last_name, email, account_id, role)
    SELECT '!', 'globex' || n, '', '', 'User' || n || '@Globex.test', 2, CASE WHEN n = 1 THEN 'owner' ELSE 'editor' END
    FROM generate_series(1, 30) n;
INSERT INTO igny8_users (password, username, first_name, last_name, email, account_id, role, is_superuser)
    VALUES ('!', 'root', '', '', 'root@igny8.test', NULL, 'developer', true),
           ('!', 'ops', '', '', 'ops@igny8.test', 3, 'admin', false);
UPDATE igny8_accounts SET owner_id = 1 WHERE id IN (1, 2);
INSERT INTO igny8_industries (name, slug, description) VALUES ('Beekeeping', 'beekeeping', 'Bees'), ('Finance', 'finance', '');
INSERT INTO igny8_industry_sectors (industry_id, name, slug, suggested_keywords)
    VALUES (1, 'Honey', 'honey', '["raw honey", "honey jar"]'), (1, 'Hives', 'hives', '[]');
INSERT INTO igny8_sites (account_id, name, slug, domain, industry_id, is_active, wp_url, wp_username, wp_app_password)
    VALUES (1, 'Acme Tea', 'acme-tea', 'https://acme.test', 1, true, 'https://acme.test/wp', 'editor', 'abcd efgh ijkl mnop'),
           (1, 'Acme Old', 'acme-old', NULL, NULL, false, NULL, NULL, NULL),
           (2, 'Globex', 'globex', 'https://globex.test', 2, true, NULL, NULL, NULL);
-- Eight active sectors, which is three too many, and one that is not.
INSERT INTO igny8_sectors (account_id, site_id, industry_sector_id, name, slug, is_active)
    SELECT 1, 1, 1, 'Sector ' || n, 'sector-' || n, n < 9 FROM generate_series(1, 9) n;
INSERT INTO igny8_sectors (account_id, site_id, name, slug)
    VALUES (1, 2, 'Old', 'old'), (2, 3, 'Coffee', 'coffee'), (2, 3, 'Beans', 'beans'), (1, 3, 'Stolen', 'stolen');
INSERT INTO igny8_site_user_access (user_id, site_id)
    SELECT n, 1 FROM generate_series(6, 29) n UNION ALL SELECT n, 3 FROM generate_series(31, 35) n UNION ALL VALUES (6, 3);
INSERT INTO igny8_clusters (account_id, site_id, sector_id, name, description, status)
    SELECT 1, 1, 1, 'Cluster ' || n, 'About ' || n, CASE WHEN n % 3 = 0 THEN 'finalized' ELSE 'active' END
        FROM generate_series(1, 15) n
    UNION ALL SELECT 2, 3, 11, 'Cluster ' || n, NULL, 'new' FROM generate_series(16, 30) n
    UNION ALL SELECT 1, 1, 1, 'CLUSTER 1', 'the same but for case', 'new';
INSERT INTO igny8_keywords (account_id, site_id, sector_id, keyword, volume, difficulty, intent, status)
    SELECT 1, 1, 1, 'green tea ' || n, n * 100, n, CASE WHEN n % 2 = 0 THEN 'Informational' ELSE 'commercial,transactional' END,
        CASE WHEN n % 5 = 0 THEN 'in_use' ELSE 'active' END FROM generate_series(1, 30) n;
INSERT INTO igny8_keywords (account_id, site_id, sector_id, keyword, volume, difficulty, intent, status)
    VALUES (1, 1, 1, 'GREEN  Tea 1', 5, 5, NULL, 'pending'), (1, 1, 1, 'null difficulty', NULL, NULL, NULL, 'pending'),
           (1, 1, 1, 'hard', -1, 150, 'curious', 'archived'), (1, 1, 1, '   ', 1, 1, NULL, 'pending');
INSERT INTO igny8_keywords (account_id, site_id, sector_id, keyword, volume, difficulty, status)
    SELECT 2, 3, 11, 'green tea ' || n, n, n, 'clustered' FROM generate_series(1, 30) n;
INSERT INTO igny8_keywords (account_id, site_id, sector_id, keyword) VALUES (1, 3, 11, 'not acme''s place');
-- Keywords 1 to 30 and 35 to 64 in a cluster each; the fifth also in another account's, the sixth in two.
INSERT INTO igny8_keywords_cluster (keywords_id, clusters_id)
    SELECT n, (n - 1) % 15 + 1 FROM generate_series(1, 30) n
    UNION ALL SELECT n, (n - 35) % 15 + 16 FROM generate_series(35, 64) n UNION ALL VALUES (5, 16), (6, 7), (31, 1);
INSERT INTO igny8_content_ideas (account_id, site_id, sector_id, idea_title, description, content_type,
        content_structure, target_keywords, keyword_cluster_id, estimated_word_count, status)
    SELECT 1, 1, 1, 'Idea ' || n, 'Say ' || n, CASE WHEN n % 2 = 0 THEN 'blog_post' ELSE 'sub_page' END,
        CASE WHEN n % 2 = 0 THEN 'landing_page' ELSE 'pillar_page' END, 'green tea ' || n || ', tea', (n - 1) % 15 + 1,
        CASE WHEN n = 8 THEN 50 ELSE 1200 END, CASE WHEN n <= 10 THEN 'new' WHEN n <= 20 THEN 'scheduled' ELSE 'used' END
        FROM generate_series(1, 30) n
    UNION ALL SELECT 2, 3, 11, 'Idea ' || n, '', 'blog', 'guide', '', (n - 1) % 15 + 16, 1000, 'archived'
        FROM generate_series(1, 30) n;
UPDATE igny8_content_ideas SET keyword_cluster_id = 17 WHERE id = 7;
INSERT INTO igny8_tasks (account_id, site_id, sector_id, title, keywords, cluster_id, idea_id, content_type,
        content_structure, status, word_count)
    SELECT 1, 1, 1, 'Task ' || n, 'green tea ' || n, (n - 1) % 15 + 1, n, 'blog', 'guide',
        CASE WHEN n <= 5 THEN 'pending' WHEN n <= 10 THEN 'in_progress' WHEN n <= 20 THEN 'completed'
            WHEN n <= 25 THEN 'published' ELSE 'failed' END, NULL FROM generate_series(1, 30) n
    UNION ALL SELECT 2, 3, 11, 'Task ' || n, NULL, NULL, 30 + n, 'blog', 'guide', 'generated', 900
        FROM generate_series(1, 30) n
    UNION ALL SELECT 1, 1, 1, 'Idea 1 again', NULL, NULL, 1, 'blog', 'guide', 'pending', 700;
INSERT INTO igny8_content (account_id, site_id, sector_id, task_id, html_content, status, wp_post_id, meta_title,
        meta_description, primary_keyword, secondary_keywords)
    SELECT 1, 1, 1, n, '<h1>Tea</h1><p onclick="x()">Green tea <b>number ' || n || '</b>.</p><script>alert(1)</script>',
        CASE WHEN n <= 10 THEN 'draft' WHEN n <= 20 THEN 'review' ELSE 'published' END,
        CASE WHEN n > 20 THEN 500 + n END, repeat('Long title ', 10), 'About tea', 'green tea', 'tea, leaves'
        FROM generate_series(1, 30) n
    UNION ALL SELECT 2, 3, 11, n, '<p>Coffee.</p>', 'draft', NULL, NULL, NULL, NULL, NULL FROM generate_series(31, 59) n
    UNION ALL SELECT 1, 1, 1, NULL, '<p>No task.</p>', 'draft', NULL, NULL, NULL, NULL, NULL
    -- Acme's article of Globex's task.
    UNION ALL SELECT 1, 1, 1, 60, '<p>Not its own task.</p>', 'draft', NULL, NULL, NULL, NULL, NULL;
INSERT INTO igny8_images (account_id, site_id, sector_id, task_id, content_id, image_type, prompt, image_url, status)
    SELECT 1, 1, 1, n, n, CASE WHEN n % 2 = 0 THEN 'featured' ELSE 'in_article' END, 'A cup ' || n,
        '/media/' || n || '.png', CASE WHEN n % 3 = 0 THEN 'failed' ELSE 'generated' END FROM generate_series(1, 30) n
    UNION ALL SELECT 1, 1, 1, 1, 1, 'in_article', 'A second cup', '', 'pending'
    UNION ALL SELECT 1, 1, 1, 1, 1, 'in_article', '', '', 'pending'
    UNION ALL SELECT 2, 3, 11, NULL, 1, 'featured', 'Another account''s article', '', 'pending';
INSERT INTO igny8_ai_prompts (account_id, prompt_type, prompt_value)
    VALUES (1, 'clustering', 'Group these: [IGNY8_KEYWORDS]'), (1, 'ideas', 'Broken: [IGNY8_NOSUCHTHING]'),
           (1, 'negative_prompt', 'text, watermark'), (2, 'poetry', 'Rhyme');
INSERT INTO igny8_integration_settings (account_id, integration_type, config)
    VALUES (1, 'openai', '{"apiKey": "sk-very-secret-1234", "model": "gpt-4o-mini", "max_tokens": 4000}'),
           (1, 'image_generation', '{"provider": "runware", "max_in_article_images": 2}');
INSERT INTO igny8_author_profiles (account_id, name, tone, language)
    VALUES (1, 'Ada', 'friendly', 'English'), (1, 'Grace', 'sarcastic', 'Klingon!'), (2, 'Ada', 'formal', 'de');
INSERT INTO igny8_strategies (account_id, name, sector_id, prompt_types, section_logic)
    VALUES (1, 'Long', 1, '["clustering"]', '["Introduction", "Outlook"]'), (1, 'Short', NULL, '{}', '{}'),
           (2, 'Stolen', 1, '{}', '{}');
INSERT INTO igny8_credit_transactions (account_id, transaction_type, amount, balance_after, description)
    SELECT 1, 'usage', -1, 2000 - n, 'Old ' || n FROM generate_series(1, 30) n;
INSERT INTO igny8_credit_usage_logs (account_id, operation_type, credits_used, cost_usd, details)
    SELECT 1, 'content_generation', 1, 0.01, '{}' FROM generate_series(1, 30) n;
