-- Evidence that was erased: its bytes are gone for good; that there was such a file, and who took it away and why, stays.
ALTER TABLE evidence ADD COLUMN erased_at TEXT;
ALTER TABLE evidence ADD COLUMN erased_by TEXT;
ALTER TABLE evidence ADD COLUMN erased_why TEXT;
