-- Lists of an account's keywords over all its sectors: each order that a page begins with finds its rows without reading the others.
-- Imports write them too, which costs about a quarter of their speed; the orders within one sector have theirs since the first migration.

CREATE INDEX igny8_keywords_account_newest ON igny8_keywords (account_id, created_at, id);
CREATE INDEX igny8_keywords_account_volume ON igny8_keywords
    (account_id, (CASE WHEN volume IS NULL THEN -1 ELSE volume END), id);
CREATE INDEX igny8_keywords_account_text ON igny8_keywords (account_id, keyword_key, id);
