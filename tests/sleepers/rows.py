"""Rows of a site on their way into its tables."""
import subprocess

SESSION = "SET sql_mode = '', time_zone = '+00:00'"


class Rows:
    """Gathers rows and makes statements of them."""

    def __init__(self):
        self.rows = {}

    def add(self, table, **row):
        self.rows.setdefault((table, tuple(row)), []).append(tuple(row.values()))

    def sql(self, tables):
        """Statements that leave these rows in the tables and no others."""
        for table in tables:
            yield f"DELETE FROM `{table}`"
        for (table, columns), rows in self.rows.items():
            values = ",\n".join("(" + ", ".join(literal(value) for value in row) + ")" for row in rows)
            yield f"INSERT INTO `{table}` (" + ", ".join(f"`{column}`" for column in columns) + f") VALUES\n{values}"


def literal(value):
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else f"'{value}'"


def write_sql(file, statements):
    with open(file, "w", encoding="utf-8") as out:
        for statement in (SESSION, "START TRANSACTION", *statements, "COMMIT"):
            out.write(statement + ";\n")


def run_sql(socket, database, file):
    with open(file, encoding="utf-8") as statements:
        subprocess.run(["mariadb", "--no-defaults", "--socket=" + socket, "--user=root", "--database=" + database,
                        "--default-character-set=utf8mb4"], stdin=statements, check=True)
