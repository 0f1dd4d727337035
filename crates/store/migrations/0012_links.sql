-- What a one-time link is for: to make an account (`account`), the first one of a record (`first`), or to set a new password for an account
-- that is locked out (`recovery`). The id names it in lists; it is a part of the secret's hash, which tells nothing of the secret.
ALTER TABLE invitation ADD COLUMN id TEXT NOT NULL DEFAULT '';
ALTER TABLE invitation ADD COLUMN purpose TEXT NOT NULL DEFAULT 'account';
ALTER TABLE invitation ADD COLUMN account TEXT;
UPDATE invitation SET id = substr(token_hash, 1, 32);
UPDATE invitation SET purpose = 'first' WHERE created_by = 'system';
