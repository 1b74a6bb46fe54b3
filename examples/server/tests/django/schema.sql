-- The tables of an IGNY8 Django database, as its migrations make them.
CREATE TABLE igny8_plans (id bigserial PRIMARY KEY, name varchar(255) NOT NULL, slug varchar(50) UNIQUE NOT NULL,
    price numeric(10, 2) NOT NULL DEFAULT 0, max_users integer, max_sites integer, max_keywords integer,
    max_clusters integer, max_content_ideas integer, daily_ai_requests integer, monthly_word_count_limit integer,
    monthly_image_count integer, included_credits integer, credits_per_month integer,
    is_active boolean NOT NULL DEFAULT true, created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE igny8_accounts (id bigserial PRIMARY KEY, name varchar(255) NOT NULL, slug varchar(255) UNIQUE NOT NULL,
    owner_id bigint, plan_id bigint NOT NULL REFERENCES igny8_plans, credits integer NOT NULL DEFAULT 0,
    status varchar(20) NOT NULL DEFAULT 'trial', stripe_customer_id varchar(255),
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE igny8_users (id bigserial PRIMARY KEY, password varchar(128) NOT NULL, last_login timestamptz,
    is_superuser boolean NOT NULL DEFAULT false, username varchar(150) UNIQUE NOT NULL, first_name varchar(150) NOT NULL,
    last_name varchar(150) NOT NULL, is_staff boolean NOT NULL DEFAULT false, is_active boolean NOT NULL DEFAULT true,
    date_joined timestamptz NOT NULL DEFAULT now(), email varchar(254) UNIQUE NOT NULL,
    account_id bigint REFERENCES igny8_accounts, role varchar(20) NOT NULL DEFAULT 'viewer');
ALTER TABLE igny8_accounts ADD FOREIGN KEY (owner_id) REFERENCES igny8_users;
CREATE TABLE igny8_industries (id bigserial PRIMARY KEY, name varchar(255) NOT NULL, slug varchar(255) UNIQUE NOT NULL,
    description text, is_active boolean NOT NULL DEFAULT true);
CREATE TABLE igny8_industry_sectors (id bigserial PRIMARY KEY, industry_id bigint NOT NULL REFERENCES igny8_industries,
    name varchar(255) NOT NULL, slug varchar(255) NOT NULL, suggested_keywords jsonb NOT NULL DEFAULT '[]');
CREATE TABLE igny8_sites (id bigserial PRIMARY KEY, account_id bigint NOT NULL REFERENCES igny8_accounts,
    name varchar(255) NOT NULL, slug varchar(255) NOT NULL, domain varchar(200), industry_id bigint,
    is_active boolean NOT NULL DEFAULT true, status varchar(20) NOT NULL DEFAULT 'active', wp_url varchar(200),
    wp_username varchar(255), wp_app_password varchar(255), UNIQUE (account_id, slug));
CREATE TABLE igny8_sectors (id bigserial PRIMARY KEY, account_id bigint NOT NULL REFERENCES igny8_accounts,
    site_id bigint NOT NULL REFERENCES igny8_sites, industry_sector_id bigint, name varchar(255) NOT NULL,
    slug varchar(255) NOT NULL, is_active boolean NOT NULL DEFAULT true, status varchar(20) NOT NULL DEFAULT 'active',
    UNIQUE (site_id, slug));
CREATE TABLE igny8_site_user_access (id bigserial PRIMARY KEY, user_id bigint NOT NULL REFERENCES igny8_users,
    site_id bigint NOT NULL REFERENCES igny8_sites, granted_by_id bigint, granted_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE igny8_clusters (id bigserial PRIMARY KEY, account_id bigint NOT NULL, site_id bigint NOT NULL,
    sector_id bigint NOT NULL, name varchar(255) NOT NULL, description text, keywords_count integer NOT NULL DEFAULT 0,
    volume integer NOT NULL DEFAULT 0, status varchar(50) NOT NULL DEFAULT 'active');
CREATE TABLE igny8_keywords (id bigserial PRIMARY KEY, account_id bigint NOT NULL, site_id bigint NOT NULL,
    sector_id bigint NOT NULL, keyword varchar(255) NOT NULL, volume integer, difficulty integer, intent varchar(50),
    status varchar(50) NOT NULL DEFAULT 'pending');
CREATE TABLE igny8_keywords_cluster (id bigserial PRIMARY KEY, keywords_id bigint NOT NULL REFERENCES igny8_keywords,
    clusters_id bigint NOT NULL REFERENCES igny8_clusters, UNIQUE (keywords_id, clusters_id));
CREATE TABLE igny8_content_ideas (id bigserial PRIMARY KEY, account_id bigint NOT NULL, site_id bigint NOT NULL,
    sector_id bigint NOT NULL, idea_title varchar(255) NOT NULL, description text NOT NULL DEFAULT '',
    content_type varchar(50) NOT NULL, content_structure varchar(50) NOT NULL, target_keywords text NOT NULL DEFAULT '',
    keyword_cluster_id bigint, estimated_word_count integer NOT NULL DEFAULT 1000, status varchar(50) NOT NULL);
CREATE TABLE igny8_tasks (id bigserial PRIMARY KEY, account_id bigint NOT NULL, site_id bigint NOT NULL,
    sector_id bigint NOT NULL, title varchar(255) NOT NULL, description text NOT NULL DEFAULT '', keywords text,
    cluster_id bigint, idea_id bigint, content_type varchar(50) NOT NULL, content_structure varchar(50) NOT NULL,
    status varchar(50) NOT NULL, word_count integer);
CREATE TABLE igny8_content (id bigserial PRIMARY KEY, account_id bigint NOT NULL, site_id bigint NOT NULL,
    sector_id bigint NOT NULL, task_id bigint UNIQUE, html_content text NOT NULL, word_count integer NOT NULL DEFAULT 0,
    status varchar(50) NOT NULL, wp_post_id integer, meta_title varchar(255), meta_description text,
    primary_keyword varchar(255), secondary_keywords text);
CREATE TABLE igny8_images (id bigserial PRIMARY KEY, account_id bigint NOT NULL, site_id bigint NOT NULL,
    sector_id bigint NOT NULL, task_id bigint, content_id bigint, image_type varchar(50) NOT NULL, prompt text NOT NULL,
    image_url varchar(500) NOT NULL DEFAULT '', status varchar(50) NOT NULL);
CREATE TABLE igny8_ai_prompts (id bigserial PRIMARY KEY, account_id bigint NOT NULL, prompt_type varchar(50) NOT NULL,
    prompt_value text NOT NULL, function_name varchar(100));
CREATE TABLE igny8_integration_settings (id bigserial PRIMARY KEY, account_id bigint NOT NULL,
    integration_type varchar(50) NOT NULL, config jsonb NOT NULL DEFAULT '{}', is_active boolean NOT NULL DEFAULT true);
CREATE TABLE igny8_author_profiles (id bigserial PRIMARY KEY, account_id bigint NOT NULL, name varchar(255) NOT NULL,
    description text NOT NULL DEFAULT '', tone varchar(100) NOT NULL, language varchar(50) NOT NULL);
CREATE TABLE igny8_strategies (id bigserial PRIMARY KEY, account_id bigint NOT NULL, name varchar(255) NOT NULL,
    description text NOT NULL DEFAULT '', sector_id bigint, prompt_types jsonb NOT NULL DEFAULT '[]',
    section_logic jsonb NOT NULL DEFAULT '{}', is_active boolean NOT NULL DEFAULT true);
CREATE TABLE igny8_credit_transactions (id bigserial PRIMARY KEY, account_id bigint NOT NULL,
    transaction_type varchar(20) NOT NULL, amount integer NOT NULL, balance_after integer NOT NULL, description text);
CREATE TABLE igny8_credit_usage_logs (id bigserial PRIMARY KEY, account_id bigint NOT NULL,
    operation_type varchar(50) NOT NULL, credits_used integer NOT NULL, cost_usd numeric(10, 6), details jsonb);
CREATE TABLE igny8_module_settings (id bigserial PRIMARY KEY, key varchar(50));
CREATE TABLE django_session (session_key varchar(40) PRIMARY KEY, session_data text NOT NULL);
