-- The open action items of an owner, whatever the case of the name: without this, the first page of somebody who owns few reads them all.
CREATE INDEX action_owner ON action ((lower(owner))) WHERE live = 1 AND state IN ('open', 'in_progress');
