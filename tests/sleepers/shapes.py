"""The tables that the scan reads, in the shapes they have out there (spec 1-domain 1.2, 1.3, 1.11, 5.1), as SQL."""
import dataclasses

INDEXED = ("key", "key_type", "date_start", "date_end", "duration", "user_id", "term_id", "status", "is_banned")


@dataclasses.dataclass(frozen=True)
class Shape:
    """One site's tables. `unlimited`: where that column stands: last, middle, or absent on old sites."""

    prefix: str
    users: str = ""
    usermeta: str = ""
    seed: bool = False
    unlimited: str = "last"
    core_indexes: bool = True
    meta_collation: str = "utf8mb4_unicode_ci"
    certificates: bool = True
    ledger: bool = True

    def names(self):
        """What a reader has to be told."""
        return {"prefix": self.prefix, "users": self.users or self.prefix + "users",
                "usermeta": self.usermeta or self.prefix + "usermeta"}

    def tables(self):
        """Every table there is."""
        own = ["memberlux_term_keys", "terms", "term_taxonomy", "termmeta"]
        own += ["memberlux_certificate"] * self.certificates + ["dormouse_certificate"] * self.ledger
        return [self.prefix + name for name in own] + [self.names()["users"], self.names()["usermeta"]]


# Blogs of a network have the users of the network; the other columns of the names are free.
SHAPES = (
    Shape("wp_"),
    Shape("school_", seed=True),
    Shape("net_2_", users="net_users", usermeta="net_usermeta"),
    Shape("old_", unlimited="absent"),
    Shape("mid_", unlimited="middle", users="people", usermeta="people_meta"),
    Shape("shop_2_", seed=True, users="shop_users", usermeta="shop_usermeta", core_indexes=False),
    Shape("Kurs_", core_indexes=False),
    Shape("early_", seed=True, unlimited="absent"),
    Shape("exact_", meta_collation="utf8mb4_bin"),
    Shape("bare_", certificates=False, ledger=False),
    Shape("plain_", seed=True, ledger=False, users="guests", usermeta="guests_meta"),
)


def create(shape):
    """CREATE TABLE for all of them."""
    yield key_table(shape)
    if shape.certificates:
        yield certificate_table(shape)
    if shape.ledger:
        yield table(shape.prefix + "dormouse_certificate", ["certificate_id bigint(20) unsigned NOT NULL PRIMARY KEY",
                    "user_id bigint(20) unsigned NOT NULL", "term_id bigint(20) unsigned NOT NULL",
                    "how varchar(6) NOT NULL", "created_at datetime NOT NULL", "KEY term_user (term_id,user_id)"])
    names = shape.names()
    yield table(names["users"], ["ID bigint(20) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY",
                "user_login varchar(60) NOT NULL DEFAULT ''", "user_email varchar(100) NOT NULL DEFAULT ''",
                "display_name varchar(250) NOT NULL DEFAULT ''"])
    yield meta_table(names["usermeta"], "umeta_id", "user_id", "utf8mb4_unicode_ci")
    yield table(shape.prefix + "terms", ["term_id bigint(20) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY",
                "name varchar(200) NOT NULL DEFAULT ''", "slug varchar(200) NOT NULL DEFAULT ''",
                "term_group bigint(10) NOT NULL DEFAULT 0"])
    yield table(shape.prefix + "term_taxonomy",
                ["term_taxonomy_id bigint(20) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY",
                 "term_id bigint(20) unsigned NOT NULL DEFAULT 0", "taxonomy varchar(32) NOT NULL DEFAULT ''",
                 "description longtext NOT NULL DEFAULT ''", "parent bigint(20) unsigned NOT NULL DEFAULT 0",
                 "count bigint(20) NOT NULL DEFAULT 0", "UNIQUE KEY term_id_taxonomy (term_id,taxonomy)",
                 "KEY taxonomy (taxonomy)"])
    yield meta_table(shape.prefix + "termmeta", "meta_id", "term_id", shape.meta_collation)


def table(name, columns, options="CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci"):
    return f"CREATE TABLE `{name}` (\n  " + ",\n  ".join(columns) + f"\n) ENGINE=InnoDB {options}"


def meta_table(name, key, owner, collation):
    return table(name, [f"{key} bigint(20) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY",
                 f"{owner} bigint(20) unsigned NOT NULL DEFAULT 0", "meta_key varchar(255) DEFAULT NULL",
                 "meta_value longtext", f"KEY {owner} ({owner})", "KEY meta_key (meta_key(191))"],
                 f"CHARSET=utf8mb4 COLLATE={collation}")


def key_table(shape):
    unlimited = "is_unlimited tinyint(1) NOT NULL DEFAULT 0"
    status = "varchar(20) NOT NULL DEFAULT 'NEW'" if shape.seed else "enum('new','used','expired') NOT NULL DEFAULT 'new'"
    when = "datetime DEFAULT NULL" if shape.seed else "date NOT NULL DEFAULT '0000-00-00'"
    columns = ["id bigint(20) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY", "term_id bigint(11) NULL",
               "user_id bigint(11) NULL", "`key` varchar(255) NOT NULL",
               "key_type enum('wpm_term_keys','wpm_keys_basket') NOT NULL DEFAULT 'wpm_term_keys'",
               f"status {status}", "sent tinyint(1) NOT NULL DEFAULT 0", "is_banned tinyint(1) NULL DEFAULT 0",
               "duration bigint(11) NOT NULL", "units varchar(50) NOT NULL DEFAULT 'months'"]
    columns += [unlimited] * (shape.unlimited == "middle")
    columns += [f"date_start {when}", f"date_end {when}", "date_registered date NULL", "info longtext NULL",
                "created_at timestamp NULL"]
    columns += [unlimited] * (shape.unlimited == "last")
    columns += [f"KEY {f'memberlux_term_keys_{name}_idx' if shape.core_indexes else f'i_{name}'} (`{name}`)"
                for name in INDEXED]
    return table(shape.prefix + "memberlux_term_keys", columns, "CHARSET=utf8 COLLATE=utf8_unicode_ci")


def certificate_table(shape):
    """The seed's has another key and exact times; neither has what would tell how a certificate came about."""
    key, template, when = ("id", "template_id", "datetime") if shape.seed else (
        "certificate_id", "certificate_template_id", "date")
    columns = [f"{key} bigint(20) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY",
               "user_id bigint(20) unsigned NOT NULL", "wpmlevel_id bigint(20) unsigned NOT NULL",
               f"{template} bigint(20) unsigned NOT NULL DEFAULT 0", "certificate_name varchar(100) NOT NULL DEFAULT ''",
               f"date_issue {when} NOT NULL", "series varchar(20) NOT NULL DEFAULT ''",
               "number varchar(20) NOT NULL DEFAULT ''", "responsible_person bigint(20)",
               f"create_date {when} NOT NULL"]
    columns += ["KEY user_id (user_id)", "KEY wpmlevel_id (wpmlevel_id)", "KEY date_issue (date_issue)"] * shape.seed
    return table(shape.prefix + "memberlux_certificate", columns)
