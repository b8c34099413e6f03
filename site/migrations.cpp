#include "site/migrations.hpp"

#include <algorithm>
#include <array>

namespace dormouse::site {

namespace {
constexpr std::string_view ledger = R"(CREATE TABLE IF NOT EXISTS {prefix}dormouse_schema (
  version int(11) NOT NULL,
  name varchar(100) NOT NULL,
  applied_at bigint(20) NOT NULL,
  PRIMARY KEY  (version)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)";

// attempt_once makes writing a row twice harmless. payload is NULL where the site's own log has it.
constexpr std::string_view delivery = R"(CREATE TABLE IF NOT EXISTS {prefix}dormouse_delivery (
  id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  job_id varchar(64) NOT NULL,
  delivery_id varchar(100) NOT NULL,
  hook_id bigint(20) NOT NULL,
  event varchar(100) NOT NULL,
  attempt int(11) NOT NULL,
  state varchar(10) NOT NULL,
  reason varchar(191) NOT NULL,
  sent varchar(10) NOT NULL,
  response_code int(11) DEFAULT NULL,
  response_body text,
  payload longtext,
  next_at bigint(20) DEFAULT NULL,
  duration_ms bigint(20) NOT NULL,
  created_at bigint(20) NOT NULL,
  PRIMARY KEY  (id),
  UNIQUE KEY attempt_once (job_id,attempt,created_at),
  KEY hook_time (hook_id,created_at),
  KEY state_time (state,created_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)";

constexpr std::string_view hook = R"(CREATE TABLE IF NOT EXISTS {prefix}dormouse_hook (
  hook_id bigint(20) NOT NULL,
  failures int(11) NOT NULL DEFAULT 0,
  first_failure_at bigint(20) DEFAULT NULL,
  last_failure_at bigint(20) DEFAULT NULL,
  last_success_at bigint(20) DEFAULT NULL,
  disabled_reason varchar(191) DEFAULT NULL,
  disabled_at bigint(20) DEFAULT NULL,
  last_secret varchar(255) DEFAULT NULL,
  previous_secret varchar(255) DEFAULT NULL,
  rotated_at bigint(20) DEFAULT NULL,
  PRIMARY KEY  (hook_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)";

// The companion plugin makes the same table (Outbox::ddl); a test compares the two. A blob: the envelope's signature
// covers its bytes, so no charset of any session may touch them. Its created_at is a DATETIME in UTC.
constexpr std::string_view outbox = R"(CREATE TABLE IF NOT EXISTS {prefix}dormouse_outbox (
  id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  envelope longblob NOT NULL,
  created_at datetime NOT NULL,
  attempts int(11) NOT NULL DEFAULT 0,
  last_error varchar(255) NOT NULL DEFAULT '',
  PRIMARY KEY  (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)";

// version makes every write a change, so that 0 changed rows always mean a lost claim.
constexpr std::string_view charge = R"(CREATE TABLE IF NOT EXISTS {prefix}dormouse_charge (
  id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  charge_key varchar(64) NOT NULL,
  project varchar(64) NOT NULL,
  amount bigint(20) NOT NULL,
  currency varchar(3) NOT NULL,
  reason varchar(191) NOT NULL,
  state varchar(10) NOT NULL,
  dunning int(11) NOT NULL DEFAULT 0,
  unsure_since bigint(20) DEFAULT NULL,
  refused_at bigint(20) DEFAULT NULL,
  transaction_id varchar(191) DEFAULT NULL,
  balance_after bigint(20) DEFAULT NULL,
  note varchar(191) NOT NULL DEFAULT '',
  job_id varchar(64) NOT NULL DEFAULT '',
  epoch bigint(20) NOT NULL DEFAULT 0,
  version bigint(20) NOT NULL DEFAULT 0,
  created_at bigint(20) NOT NULL,
  updated_at bigint(20) NOT NULL,
  PRIMARY KEY  (id),
  UNIQUE KEY charge_once (charge_key),
  KEY state_time (state,updated_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)";

// Versions decide who is the newest: of period pushes (newest_version known, pushed_version done) and of provisions.
// provisioning_at: when a provision that has not ended was last tried; NULL = none is under way.
constexpr std::string_view subscription = R"(CREATE TABLE IF NOT EXISTS {prefix}dormouse_subscription (
  subscription_id bigint(20) unsigned NOT NULL,
  newest_version bigint(20) NOT NULL DEFAULT 0,
  pushed_version bigint(20) NOT NULL DEFAULT 0,
  newest_provision bigint(20) NOT NULL DEFAULT 0,
  provisioned_version bigint(20) NOT NULL DEFAULT 0,
  provisioning_at bigint(20) DEFAULT NULL,
  provisioned_at bigint(20) DEFAULT NULL,
  updated_at bigint(20) NOT NULL,
  PRIMARY KEY  (subscription_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)";

// Sleepers of a scan's run: who pages over them reads those of the published run (scan_runs.hpp).
constexpr std::string_view sleeper = R"(CREATE TABLE IF NOT EXISTS {prefix}dormouse_sleeper (
  run_id bigint(20) NOT NULL,
  user_id bigint(20) NOT NULL,
  term_id bigint(20) NOT NULL,
  lapse date NOT NULL,
  days int(11) NOT NULL,
  key_id bigint(20) NOT NULL,
  flags varchar(191) NOT NULL DEFAULT '',
  PRIMARY KEY  (run_id,term_id,user_id),
  KEY page (run_id,term_id,days,user_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)";

// one_at_a_time: NULLs differ from each other, so only running ones exclude each other. touched_at is the server's
// clock; all other times are ours.
constexpr std::string_view scan = R"(CREATE TABLE IF NOT EXISTS {prefix}dormouse_scan (
  id bigint(20) NOT NULL AUTO_INCREMENT,
  as_of date NOT NULL,
  state varchar(10) NOT NULL,
  cursor_term bigint(20) NOT NULL DEFAULT 0,
  cursor_user bigint(20) NOT NULL DEFAULT 0,
  levels int(11) NOT NULL DEFAULT 0,
  rows_read bigint(20) NOT NULL DEFAULT 0,
  sleepers int(11) NOT NULL DEFAULT 0,
  added int(11) NOT NULL DEFAULT 0,
  gone int(11) NOT NULL DEFAULT 0,
  started_at bigint(20) NOT NULL,
  ended_at bigint(20) DEFAULT NULL,
  owner varchar(64) NOT NULL DEFAULT '',
  note varchar(191) NOT NULL DEFAULT '',
  epoch bigint(20) NOT NULL DEFAULT 0,
  touched_at bigint(20) NOT NULL DEFAULT 0,
  is_running tinyint(1) GENERATED ALWAYS AS (IF(state = 'running', 1, NULL)) STORED,
  PRIMARY KEY  (id),
  UNIQUE KEY one_at_a_time (is_running),
  KEY state_id (state,id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)";

// letter_once is the promise that nobody gets a letter twice; address_hash and the like are known once it streams.
constexpr std::string_view reminder = R"(CREATE TABLE IF NOT EXISTS {prefix}dormouse_reminder (
  id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  user_id bigint(20) NOT NULL,
  term_id bigint(20) NOT NULL,
  lapse date NOT NULL,
  stage varchar(10) NOT NULL,
  state varchar(12) NOT NULL,
  reason varchar(64) NOT NULL DEFAULT '',
  address_hash char(64) NOT NULL DEFAULT '',
  message_id varchar(191) NOT NULL DEFAULT '',
  subject varchar(191) NOT NULL DEFAULT '',
  content_hash char(64) NOT NULL DEFAULT '',
  epoch bigint(20) NOT NULL DEFAULT 0,
  owner varchar(64) NOT NULL DEFAULT '',
  lease_until bigint(20) DEFAULT NULL,
  attempts int(11) NOT NULL DEFAULT 0,
  queue_id varchar(191) NOT NULL DEFAULT '',
  due_at bigint(20) NOT NULL,
  sent_at bigint(20) DEFAULT NULL,
  created_at bigint(20) NOT NULL,
  updated_at bigint(20) NOT NULL,
  PRIMARY KEY  (id),
  UNIQUE KEY letter_once (user_id,term_id,lapse,stage),
  KEY state_time (state,updated_at),
  KEY person (user_id,sent_at),
  KEY level (term_id,stage)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)";

constexpr std::string_view suppression = R"(CREATE TABLE IF NOT EXISTS {prefix}dormouse_suppression (
  address_hash char(64) NOT NULL,
  reason varchar(32) NOT NULL,
  note varchar(191) NOT NULL DEFAULT '',
  created_at bigint(20) NOT NULL,
  PRIMARY KEY  (address_hash)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)";

constexpr std::array all{
    migration{1, "delivery", delivery},
    migration{2, "hook", hook},
    migration{3, "outbox", outbox},
    migration{4, "charge", charge},
    migration{5, "subscription", subscription},
    migration{6, "sleeper", sleeper},
    migration{7, "scan", scan},
    migration{8, "reminder", reminder},
    migration{9, "suppression", suppression},
};
}  // namespace

std::span<const migration> migrations() noexcept { return all; }
std::string_view ledger_sql() noexcept { return ledger; }

std::string with_prefix(std::string_view sql, std::string_view prefix) {
    constexpr std::string_view mark = "{prefix}";
    std::string out;
    for (auto at = sql.find(mark); at != std::string_view::npos; at = sql.find(mark)) {
        out.append(sql.substr(0, at)).append(prefix);
        sql.remove_prefix(at + mark.size());
    }
    return out.append(sql);
}

base::result<void> check_prefix(std::string_view prefix) {
    constexpr std::size_t longest = 32;
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    if (prefix.size() <= longest && std::ranges::all_of(prefix, allowed)) return {};
    return base::error{
        base::errc::invalid_argument,
        "site.database.prefix: expected at most 32 letters, digits and underscores, got '" + std::string{prefix} + "'"};
}

}  // namespace dormouse::site
