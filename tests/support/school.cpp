#include "tests/support/school.hpp"

namespace dormouse::test {

namespace {

// As WordPress and MemberLux make them, without the columns that nobody here reads.
constexpr auto tables = R"(
CREATE TABLE wp_users (ID bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, user_login varchar(60) NOT NULL DEFAULT '',
  user_email varchar(100) NOT NULL DEFAULT '', display_name varchar(250) NOT NULL DEFAULT '');
CREATE TABLE wp_usermeta (umeta_id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id bigint unsigned NOT NULL,
  meta_key varchar(255), meta_value longtext, KEY user_id (user_id), KEY meta_key (meta_key(191)));
CREATE TABLE wp_options (option_id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  option_name varchar(191) NOT NULL, option_value longtext NOT NULL, UNIQUE KEY option_name (option_name));
CREATE TABLE wp_terms (term_id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, name varchar(200) NOT NULL,
  slug varchar(200) NOT NULL);
CREATE TABLE wp_term_taxonomy (term_taxonomy_id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  term_id bigint unsigned NOT NULL, taxonomy varchar(32) NOT NULL, parent bigint unsigned NOT NULL DEFAULT 0,
  UNIQUE KEY term_id_taxonomy (term_id, taxonomy));
CREATE TABLE wp_termmeta (meta_id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, term_id bigint unsigned NOT NULL,
  meta_key varchar(255), meta_value longtext, KEY term_id (term_id), KEY meta_key (meta_key(191)));
CREATE TABLE wp_memberlux_term_keys (id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, term_id bigint, user_id bigint,
  `key` varchar(255) NOT NULL DEFAULT '', key_type enum('wpm_term_keys','wpm_keys_basket') DEFAULT 'wpm_term_keys',
  status enum('new','used','expired') DEFAULT 'new', is_banned tinyint(1) DEFAULT 0,
  date_start date NOT NULL DEFAULT '2000-01-01', date_end date NOT NULL DEFAULT '2000-01-01',
  is_unlimited tinyint(1) NOT NULL DEFAULT 0, KEY memberlux_term_keys_term_id_idx (term_id),
  KEY memberlux_term_keys_user_id_idx (user_id));
INSERT INTO wp_options (option_name, option_value) VALUES ('admin_email', 'office@school.example'),
  ('date_format', 'd.m.Y');
INSERT INTO wp_terms VALUES (7, 'C++ &amp; friends', 'cpp');
INSERT INTO wp_term_taxonomy (term_id, taxonomy) VALUES (7, 'wpm-levels');
INSERT INTO wp_termmeta (term_id, meta_key, meta_value) VALUES (7, 'mlm_enabled', '1'),
  (7, 'mlm_email_1_days', '3'), (7, 'mlm_email_1_subject', 'Wake up, [user_name]'),
  (7, 'mlm_email_1_body', 'Dear [user_name],\n\n[course_name] ended on [expired_date].'),
  (7, 'mlm_email_2_days', '7'), (7, 'mlm_email_2_subject', 'Second letter'), (7, 'mlm_email_2_body', 'Again.'),
  (7, 'mlm_email_3_days', '14'), (7, 'mlm_email_3_subject', 'Third letter'), (7, 'mlm_email_3_body', 'Last.'),
  (7, 'mlm_admin_days_after_last', '1'), (7, 'mlm_admin_subject', 'Asleep: [user_name]'),
  (7, 'mlm_admin_body', '[user_email] sleeps.'))";

std::string range(std::int64_t first, std::int64_t count) {
    return "seq_" + std::to_string(first) + "_to_" + std::to_string(first + count - 1);
}

std::string lapse() { return "UTC_DATE() - INTERVAL " + std::to_string(school::lapsed_days) + " DAY"; }

}  // namespace

school::school(const mariadb_server& db) : db_{db} { db_.sql(tables); }

void school::add_sleepers(std::int64_t first, std::int64_t count) const {
    const auto seq = range(first, count);
    db_.sql(
        "INSERT INTO wp_users SELECT seq, CONCAT('user-', seq), CONCAT('user-', seq, '@pupils.example'), "
        "CONCAT('Student ', seq) FROM " +
        seq +
        "; INSERT INTO wp_memberlux_term_keys (term_id, user_id, status, date_start, date_end) "
        "SELECT 7, seq, 'expired', UTC_DATE() - INTERVAL 40 DAY, " +
        lapse() + " FROM " + seq);
}

void school::plan(std::int64_t first, std::int64_t count, const std::string& stage) const {
    const auto id = stage == "1" ? "seq" : "NULL";
    db_.sql(
        "INSERT INTO wp_dormouse_reminder (id, user_id, term_id, lapse, stage, state, due_at, created_at, "
        "updated_at) SELECT " +
        std::string{id} + ", seq, 7, " + lapse() + ", '" + stage + "', 'planned', 0, 0, 0 FROM " + range(first, count));
}

std::string school::row(std::int64_t id, const std::string& columns) const {
    return db_.sql("SELECT " + columns + " FROM wp_dormouse_reminder WHERE id = " + std::to_string(id));
}

void school::set_meta(const std::string& key, const std::string& value) const {
    db_.sql("UPDATE wp_termmeta SET meta_value = '" + value + "' WHERE term_id = 7 AND meta_key = '" + key + "'");
}

}  // namespace dormouse::test
