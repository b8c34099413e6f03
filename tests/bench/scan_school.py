"""A school of the size that the scan is measured on: levels, people, and keys bought over ten years, by SQL alone.

Every number is a function of the row's own number, so that two runs measure the same. A key of ten was never activated;
one of twenty-five is unlimited, one of a hundred banned; a third of the people have a certificate. Keys lie in the
table in the order they were bought, which is no order of levels or people.
"""
LEVELS = 200
KEYS_PER_PERSON = 20
INDEXED = ("key", "key_type", "date_start", "date_end", "duration", "user_id", "term_id", "status", "is_banned")

# The same rows and sums as the scan reads, in one statement, without a word on how.
GROUPED = """SELECT term_id, user_id, MAX(is_unlimited), MAX(date_end) FROM wp_memberlux_term_keys
    WHERE user_id > 0 AND is_banned = 0 GROUP BY term_id, user_id"""


def per_level(sql):
    """The same level by level through the index of the levels."""
    levels = sql("SELECT DISTINCT term_id FROM wp_term_taxonomy WHERE taxonomy = 'wpm-levels' ORDER BY term_id").split()
    return ";".join(f"""SELECT user_id, MAX(is_unlimited), MAX(date_end) FROM wp_memberlux_term_keys
        USE INDEX (memberlux_term_keys_term_id_idx) WHERE term_id = {level} AND user_id > 0 AND is_banned = 0
        GROUP BY user_id""" for level in levels)


def statements(rows):
    """(what it does, SQL), in order."""
    people = max(rows // KEYS_PER_PERSON, 1)
    yield "tables", TABLES
    yield f"{LEVELS} levels", f"""
        INSERT INTO wp_terms (term_id, name, slug) SELECT seq, CONCAT('Level ', seq), CONCAT('level-', seq)
            FROM seq_1_to_{LEVELS};
        INSERT INTO wp_term_taxonomy (term_id, taxonomy, description, parent)
            SELECT seq, 'wpm-levels', '', IF(seq % 10 = 0, 0, IF(seq % 3 = 0, seq - seq % 10, 0)) FROM seq_1_to_{LEVELS};
        INSERT INTO wp_termmeta (term_id, meta_key, meta_value) SELECT seq, 'mlm_enabled', '1' FROM seq_1_to_{LEVELS};
        INSERT INTO wp_termmeta (term_id, meta_key, meta_value)
            SELECT seq, '_mblc_how_to_issue', IF(seq % 4 = 0, 'auto', 'employee') FROM seq_1_to_{LEVELS} WHERE seq % 2 = 0"""
    yield f"{people} people", f"""
        INSERT INTO wp_users (ID, user_login, user_nicename, user_email, user_registered, display_name)
            SELECT seq, CONCAT('user', seq), CONCAT('user', seq), CONCAT('user', seq, '@example.test'), '2020-01-01',
            CONCAT('User ', seq) FROM seq_1_to_{people} WHERE seq % 50 != 7;
        INSERT INTO wp_usermeta (user_id, meta_key, meta_value)
            SELECT seq, 'wpm_status', IF(seq % 30 = 0, 'inactive', 'active') FROM seq_1_to_{people} WHERE seq % 3 = 0"""
    yield f"{people // 3} certificates", f"""
        INSERT INTO wp_memberlux_certificate (user_id, wpmlevel_id, certificate_template_id, certificate_name, date_issue,
            series, number, create_date)
        SELECT 1 + seq * 7919 % {people}, 1 + seq * 31 % {LEVELS}, 1, 'Certificate', '2025-06-01', '', '', '2025-06-01'
            FROM seq_1_to_{people // 3}"""
    step = 1_000_000
    for first in range(1, rows + 1, step):
        last = min(first + step - 1, rows)
        yield f"keys up to {last}", keys(first, last, people)
    yield "indexes", "ALTER TABLE wp_memberlux_term_keys " + ", ".join(
        f"ADD INDEX memberlux_term_keys_{name}_idx (`{name}`)" for name in INDEXED)
    yield "statistics", "ANALYZE TABLE wp_memberlux_term_keys"


def keys(first, last, people):
    """Bought on day `seq` of ten years, thirty days to a year long; people buy for few levels, and again."""
    return f"""INSERT INTO wp_memberlux_term_keys
        (term_id, user_id, `key`, status, is_banned, duration, units, date_start, date_end, date_registered, is_unlimited)
    SELECT term, IF(owned, user, NULL), CONCAT(SHA1(seq), SHA1(-seq)), IF(owned, 'used', 'new'), seq % 100 = 41, 1, 'months',
        IF(owned, start, '0000-00-00'), IF(owned, start + INTERVAL span DAY, '0000-00-00'), IF(owned, start, NULL),
        seq % 25 = 3
    FROM (SELECT seq, seq % 10 != 9 AS owned, 1 + seq * 2654435761 % {people} AS user,
            1 + (seq * 2654435761 % {people} * 37 + CRC32(seq) % 8 * 11) % {LEVELS} AS term,
            DATE('2016-06-01') + INTERVAL CRC32(CONCAT('start', seq)) % 3650 DAY AS start,
            ELT(1 + CRC32(CONCAT('span', seq)) % 4, 30, 90, 180, 365) AS span
        FROM seq_{first}_to_{last}) AS bought"""


TABLES = """SET sql_mode = '';
CREATE TABLE wp_memberlux_term_keys (
    id BIGINT(20) UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, term_id BIGINT(11) NULL, user_id BIGINT(11) NULL,
    `key` VARCHAR(255) NOT NULL, key_type ENUM('wpm_term_keys','wpm_keys_basket') NOT NULL DEFAULT 'wpm_term_keys',
    status ENUM('new','used','expired') NOT NULL DEFAULT 'new', sent TINYINT(1) NOT NULL DEFAULT 0,
    is_banned TINYINT(1) NULL DEFAULT 0, duration BIGINT(11) NOT NULL, units VARCHAR(50) NOT NULL DEFAULT 'months',
    date_start DATE NOT NULL DEFAULT '0000-00-00', date_end DATE NOT NULL DEFAULT '0000-00-00',
    date_registered DATE NULL, info LONGTEXT NULL, created_at TIMESTAMP NULL, is_unlimited TINYINT(1) NOT NULL DEFAULT 0
) ENGINE=InnoDB DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;
CREATE TABLE wp_memberlux_certificate (
    certificate_id BIGINT(20) UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id BIGINT(20) UNSIGNED NOT NULL,
    wpmlevel_id BIGINT(20) UNSIGNED NOT NULL, certificate_template_id BIGINT(20) UNSIGNED NOT NULL,
    certificate_name VARCHAR(100) NOT NULL, date_issue DATE NOT NULL, series VARCHAR(20) NOT NULL,
    number VARCHAR(20) NOT NULL, responsible_person BIGINT(20), create_date DATE NOT NULL, course_name VARCHAR(256)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE wp_terms (term_id BIGINT(20) UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name VARCHAR(200) NOT NULL DEFAULT '', slug VARCHAR(200) NOT NULL DEFAULT '', term_group BIGINT(10) NOT NULL DEFAULT 0,
    KEY slug (slug(191)), KEY name (name(191))) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE wp_term_taxonomy (term_taxonomy_id BIGINT(20) UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    term_id BIGINT(20) UNSIGNED NOT NULL DEFAULT 0, taxonomy VARCHAR(32) NOT NULL DEFAULT '', description LONGTEXT NOT NULL,
    parent BIGINT(20) UNSIGNED NOT NULL DEFAULT 0, count BIGINT(20) NOT NULL DEFAULT 0,
    UNIQUE KEY term_id_taxonomy (term_id, taxonomy), KEY taxonomy (taxonomy)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE wp_termmeta (meta_id BIGINT(20) UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    term_id BIGINT(20) UNSIGNED NOT NULL DEFAULT 0, meta_key VARCHAR(255) DEFAULT NULL, meta_value LONGTEXT,
    KEY term_id (term_id), KEY meta_key (meta_key(191))) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE wp_usermeta (umeta_id BIGINT(20) UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    user_id BIGINT(20) UNSIGNED NOT NULL DEFAULT 0, meta_key VARCHAR(255) DEFAULT NULL, meta_value LONGTEXT,
    KEY user_id (user_id), KEY meta_key (meta_key(191))) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE wp_users (ID BIGINT(20) UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, user_login VARCHAR(60) NOT NULL DEFAULT '',
    user_pass VARCHAR(255) NOT NULL DEFAULT '', user_nicename VARCHAR(50) NOT NULL DEFAULT '',
    user_email VARCHAR(100) NOT NULL DEFAULT '', user_url VARCHAR(100) NOT NULL DEFAULT '', user_registered DATETIME NOT NULL,
    user_activation_key VARCHAR(255) NOT NULL DEFAULT '', user_status INT NOT NULL DEFAULT 0,
    display_name VARCHAR(250) NOT NULL DEFAULT '', KEY user_login_key (user_login), KEY user_nicename (user_nicename),
    KEY user_email (user_email)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"""
