#include "tests/support/sleeping_school.hpp"

#include <utility>

namespace dormouse::test {

namespace {
std::string quoted(const std::string& text) { return "'" + text + "'"; }
std::string number(std::int64_t n) { return std::to_string(n); }
}  // namespace

sleeping_school::sleeping_school(const mariadb_server& server, shape s) : server_{server}, shape_{std::move(s)} {
    if (shape_.users.empty()) shape_.users = shape_.prefix + "users";
    if (shape_.usermeta.empty()) shape_.usermeta = shape_.prefix + "usermeta";
    // As WordPress does: without the zero-date modes and strictness.
    sql("SET sql_mode = ''");
    make_core_tables();
    make_key_table();
    make_certificate_tables();
}

void sleeping_school::make_core_tables() {
    sql("CREATE TABLE IF NOT EXISTS `" + shape_.users +
        "` (ID bigint(20) unsigned NOT NULL AUTO_INCREMENT, user_login varchar(60) NOT NULL DEFAULT '', user_pass "
        "varchar(255) NOT NULL DEFAULT '', "
        "user_email varchar(100) NOT NULL DEFAULT '', display_name varchar(250) NOT NULL DEFAULT '', PRIMARY KEY "
        "(ID))");
    sql("CREATE TABLE IF NOT EXISTS `" + shape_.usermeta +
        "` (umeta_id bigint(20) unsigned NOT NULL AUTO_INCREMENT, user_id bigint(20) unsigned NOT NULL DEFAULT 0, "
        "meta_key varchar(255) DEFAULT NULL, meta_value longtext, PRIMARY KEY (umeta_id), KEY user_id (user_id), "
        "KEY meta_key (meta_key(191)))");
    sql("CREATE TABLE " + table("terms") +
        " (term_id bigint(20) unsigned NOT NULL AUTO_INCREMENT, name varchar(200) NOT NULL DEFAULT '', "
        "slug varchar(200) NOT NULL DEFAULT '', term_group bigint(10) NOT NULL DEFAULT 0, PRIMARY KEY (term_id))");
    sql("CREATE TABLE " + table("term_taxonomy") +
        " (term_taxonomy_id bigint(20) unsigned NOT NULL AUTO_INCREMENT, term_id bigint(20) unsigned NOT NULL DEFAULT "
        "0,"
        " taxonomy varchar(32) NOT NULL DEFAULT '', description longtext, parent bigint(20) unsigned NOT NULL DEFAULT "
        "0,"
        " count bigint(20) NOT NULL DEFAULT 0, PRIMARY KEY (term_taxonomy_id), "
        "UNIQUE KEY term_id_taxonomy (term_id, taxonomy), KEY taxonomy (taxonomy))");
    sql("CREATE TABLE " + table("termmeta") +
        " (meta_id bigint(20) unsigned NOT NULL AUTO_INCREMENT, term_id bigint(20) unsigned NOT NULL DEFAULT 0, "
        "meta_key varchar(255) DEFAULT NULL, meta_value longtext, PRIMARY KEY (meta_id), KEY term_id (term_id), "
        "KEY meta_key (meta_key(191)))");
}

void sleeping_school::make_key_table() {
    const std::string date = shape_.seed ? "DATETIME" : "DATE";
    const std::string zero = shape_.seed ? "'0000-00-00 00:00:00'" : "'0000-00-00'";
    std::string columns =
        "id BIGINT(20) UNSIGNED NOT NULL AUTO_INCREMENT, term_id BIGINT(11) NULL, "
        "user_id BIGINT(11) NULL, `key` VARCHAR(255) NOT NULL DEFAULT '', "
        "key_type ENUM('wpm_term_keys','wpm_keys_basket') NOT NULL DEFAULT 'wpm_term_keys', ";
    columns += shape_.seed ? "status VARCHAR(10) NOT NULL DEFAULT 'NEW', "
                           : "status ENUM('new','used','expired') NOT NULL DEFAULT 'new', ";
    columns +=
        "sent TINYINT(1) NOT NULL DEFAULT 0, is_banned TINYINT(1) NULL DEFAULT 0, "
        "duration BIGINT(11) NOT NULL DEFAULT 1, units VARCHAR(50) NOT NULL DEFAULT 'months', date_start " +
        date + " NOT NULL DEFAULT " + zero + ", date_end " + date + " NOT NULL DEFAULT " + zero + ", ";
    if (!shape_.seed) columns += "is_unlimited TINYINT(1) NOT NULL DEFAULT 0, ";
    std::string indexes = "PRIMARY KEY (id), KEY `" + shape_.term_index + "` (term_id)";
    for (const auto* column : {"key_type", "date_start", "date_end", "user_id", "status", "is_banned"})
        indexes += std::string{", KEY memberlux_term_keys_"} + column + "_idx (" + column + ")";
    sql("CREATE TABLE " + keys() + " (" + columns + indexes + ") DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci");
}

void sleeping_school::make_certificate_tables() {
    sql("CREATE TABLE " + table("memberlux_certificate") + " (" + (shape_.seed ? "id" : "certificate_id") +
        " BIGINT(20) UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id BIGINT(20) UNSIGNED NOT NULL, "
        "wpmlevel_id BIGINT(20) UNSIGNED NOT NULL, date_issue " +
        (shape_.seed ? "DATETIME NOT NULL" : "DATE NOT NULL, create_date DATE NOT NULL") + ")");
    sql("CREATE TABLE " + table("dormouse_certificate") +
        " (certificate_id bigint(20) unsigned NOT NULL PRIMARY KEY, user_id bigint(20) unsigned NOT NULL, "
        "term_id bigint(20) unsigned NOT NULL, how varchar(6) NOT NULL, created_at datetime NOT NULL)");
}

sleeping_school& sleeping_school::level(std::int64_t id, std::int64_t parent, const std::string& enabled) {
    sql("INSERT INTO " + table("terms") + " (term_id, name, slug) VALUES (" + number(id) + ", 'Level " + number(id) +
        "', 'level-" + number(id) + "')");
    sql("INSERT INTO " + table("term_taxonomy") + " (term_id, taxonomy, parent) VALUES (" + number(id) +
        ", 'wpm-levels', " + number(parent) + ")");
    return enabled.empty() ? *this : term_meta(id, "mlm_enabled", enabled);
}

sleeping_school& sleeping_school::term_meta(std::int64_t level, const std::string& key, const std::string& value) {
    return sql("INSERT INTO " + table("termmeta") + " (term_id, meta_key, meta_value) VALUES (" + number(level) + ", " +
               quoted(key) + ", " + quoted(value) + ")");
}

sleeping_school& sleeping_school::user(std::int64_t id) {
    return sql("INSERT INTO `" + shape_.users + "` (ID, user_login, user_email) VALUES (" + number(id) + ", 'user" +
               number(id) + "', 'user" + number(id) + "@school.test')");
}

sleeping_school& sleeping_school::user_meta(std::int64_t user, const std::string& key, const std::string& value) {
    return sql("INSERT INTO `" + shape_.usermeta + "` (user_id, meta_key, meta_value) VALUES (" + number(user) + ", " +
               quoted(key) + ", " + quoted(value) + ")");
}

sleeping_school& sleeping_school::key(std::int64_t user, std::int64_t level, const std::string& start,
                                      const std::string& end, const std::string& columns) {
    const std::string status = shape_.seed ? "status = 'USED', " : "status = 'used', ";
    return sql("INSERT INTO " + keys() + " SET user_id = " + number(user) + ", term_id = " + number(level) + ", " +
               (columns.starts_with("status") ? "" : status) + "date_start = " + quoted(start) +
               ", date_end = " + quoted(end) + (columns.empty() ? "" : ", " + columns));
}

sleeping_school& sleeping_school::certificate(std::int64_t user, std::int64_t level, const std::string& issued,
                                              const std::string& ledger) {
    const auto id = number(next_id_++);
    const auto head = number(user) + ", " + number(level) + ", " + quoted(issued);
    sql("INSERT INTO " + table("memberlux_certificate") +
        (shape_.seed ? " (id, user_id, wpmlevel_id, date_issue) VALUES (" + id + ", " + head + ")"
                     : " (certificate_id, user_id, wpmlevel_id, date_issue, create_date) VALUES (" + id + ", " + head +
                           ", " + quoted(issued) + ")"));
    if (ledger.empty()) return *this;
    return sql("INSERT INTO " + table("dormouse_certificate") + " VALUES (" + id + ", " + number(user) + ", " +
               number(level) + ", " + quoted(ledger) + ", '2026-01-01 00:00:00')");
}

sleeping_school& sleeping_school::sql(const std::string& statement) {
    pending_ += statement + ";\n";
    return *this;
}

void sleeping_school::load() { server_.sql(std::exchange(pending_, "SET sql_mode = '';\n")); }

}  // namespace dormouse::test
