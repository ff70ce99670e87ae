"""The reference of the projection's benchmark: a question as SQL in DuckDB.

Reads a table of events (CSV: position, subject, day, kind, a, b; days as numbers, 1 is 0001-01-01)
into typed columns, then answers the question of every line of standard input, a JSON object with
`known`, `as_of`, `start` and `end`. Prints one JSON object for each: the milliseconds that the
query took, and its rows [provider, county, in time, exits], in order.
"""

import json
import sys
import time

import duckdb

# Kinds of events, as the benchmark numbers them.
REMOVAL, EXIT, ASSIGNED, GOAL = range(4)

LOAD = """
CREATE TABLE events AS
SELECT position, subject, DATE '0001-01-01' + (day - 1) AS day, kind, a, b
FROM read_csv(?, header = false, columns = {
    'position': 'BIGINT', 'subject': 'INTEGER', 'day': 'INTEGER', 'kind': 'TINYINT',
    'a': 'INTEGER', 'b': 'INTEGER'})
"""

QUERY = f"""
WITH seen AS (
    SELECT * FROM events WHERE position <= $known AND day <= DATE '0001-01-01' + ($as_of - 1)
),
removals AS (
    SELECT subject, max_by(day, position) AS removed, max(position) AS at
    FROM seen WHERE kind = {REMOVAL} GROUP BY subject
),
exits AS (
    SELECT subject, max_by(day, position) AS closed, max_by(a, position) AS reason,
        max(position) AS at
    FROM seen WHERE kind = {EXIT} GROUP BY subject
),
goals AS (
    SELECT subject, max_by(a, position) AS goal FROM seen WHERE kind = {GOAL} GROUP BY subject
),
assigned AS (
    SELECT subject, max_by(a, position) AS provider, max_by(b, position) AS county
    FROM seen WHERE kind = {ASSIGNED} GROUP BY subject
)
SELECT coalesce(provider, 0) AS provider, coalesce(county, 0) AS county,
    count(*) FILTER (goal = reason AND closed <= removed
        + to_months(CASE goal WHEN 1 THEN 12 WHEN 2 THEN 18 ELSE 24 END)) AS in_time,
    count(*) AS exits
FROM exits
    LEFT JOIN removals USING (subject)
    JOIN goals USING (subject)
    LEFT JOIN assigned USING (subject)
WHERE closed BETWEEN DATE '0001-01-01' + ($start - 1) AND DATE '0001-01-01' + ($end - 1)
    AND exits.at > coalesce(removals.at, 0) AND goal > 0
GROUP BY ALL ORDER BY ALL
"""


def main() -> None:
    connection = duckdb.connect()
    # It would be drawn between the answers.
    connection.execute("SET enable_progress_bar = false")
    connection.execute(LOAD, [sys.argv[1]])
    for line in sys.stdin:
        asked = json.loads(line)
        start = time.perf_counter()
        rows = connection.execute(QUERY, asked).fetchall()
        taken = (time.perf_counter() - start) * 1e3
        print(json.dumps({"ms": taken, "rows": rows}), flush=True)


main()
