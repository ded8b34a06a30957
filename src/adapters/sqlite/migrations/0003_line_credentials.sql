-- A line's own credentials, as core/identity/seal.py seals them: in a table of its own, so that nothing that shows lines
-- can show them.
CREATE TABLE IF NOT EXISTS line_secret (
    workspace TEXT NOT NULL,
    line      TEXT NOT NULL,
    sealed    TEXT NOT NULL,
    PRIMARY KEY (workspace, line),
    FOREIGN KEY (workspace, line) REFERENCES line (workspace, id)
) STRICT, WITHOUT ROWID;
