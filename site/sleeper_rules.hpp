#pragma once
// Who is a sleeper: a student whose access to a level ended, who did not renew it and got no certificate by hand
// (spec 4-scheduler, "Who is a sleeper"; 1-domain, section 8). Pure: no SQL, no clock. The nightly scan, `explain` and
// the check right before a letter goes all ask `judge`.

#include "config/scheduler_settings.hpp"
#include "site/days.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dormouse::site {

/// `scheduler.sleepers` of the configuration, as far as it decides.
struct sleeper_options {
    enum class certificates {
        any,                 ///< One by hand for this level, whenever it was: the seed's rule.
        since_access_start,  ///< Only if issued since the access that lapsed had begun; an earlier one is history.
    };
    certificates certificate_rule = certificates::any;
    bool ancestors = true;  ///< An active key of a level above opens this one, too.
    bool ledger = true;     ///< The companion plugin's ledger tells how a certificate came about.
    bool blocked = true;    ///< Blocked users are no sleepers.

    friend bool operator==(const sleeper_options&, const sleeper_options&) = default;
};

[[nodiscard]] sleeper_options options_of(const config::sleepers_settings& s) noexcept;

/// A row of the key table. Dates as stored: `2026-11-21`, `2026-11-21 10:20:30`, `0000-00-00`.
struct key_row {
    std::int64_t id = 0;
    std::int64_t term_id = 0;
    std::string status;    ///< For people: no rule looks at it (trap 1).
    std::string key_type;  ///< Nor at this one (trap 14).
    bool banned = false;
    bool unlimited = false;
    std::string date_start;
    std::string date_end;

    friend bool operator==(const key_row&, const key_row&) = default;
};

struct certificate_row {
    std::int64_t id = 0;
    std::string date_issue;   ///< Typed by staff, so it may lie anywhere.
    std::string create_date;  ///< Empty where the table has no such column.
    std::string ledger;       ///< `AUTO` or `MANUAL` of our ledger; empty = not known there.

    friend bool operator==(const certificate_row&, const certificate_row&) = default;
};

/// Of one user and one level, as the rows gave it.
struct sleeper_facts {
    std::int64_t user_id = 0;
    std::int64_t term_id = 0;
    bool level_exists = false;
    bool level_enabled = false;
    bool level_issues_itself = false;  ///< level_settings::issues_certificates_itself
    std::vector<std::int64_t> ancestors;
    std::vector<key_row> keys;           ///< The user's keys of this level, banned ones too.
    std::vector<key_row> ancestor_keys;  ///< And those of the levels above.
    std::vector<certificate_row> certificates;
    bool user_exists = false;
    std::string user_status;  ///< `wpm_status`; empty = none.

    friend bool operator==(const sleeper_facts&, const sleeper_facts&) = default;
};

/// What the facts come to. The scan, which reads sums instead of rows, fills it by itself.
struct sleeper_summary {
    bool level_exists = false;
    bool level_enabled = false;
    bool any_key = false;         ///< One that is not banned.
    bool unlimited = false;       ///< One of those is unlimited.
    std::optional<day> last_end;  ///< The latest real end among them.
    std::int64_t key_id = 0;      ///< The key that ends then; of several the newest.
    bool active_above = false;
    bool certified = false;         ///< By hand.
    bool certified_before = false;  ///< By hand, but only before the access began, which does not count.
    bool user_exists = false;
    bool blocked = false;

    friend bool operator==(const sleeper_summary&, const sleeper_summary&) = default;
};

/// What decided: the first of the rules, in this order, that says no; or `sleeper`.
enum class rule {
    level_off,
    level_gone,
    no_keys,
    unlimited,
    not_lapsed,  ///< Ends after today, or has no real end at all.
    ancestor,
    certificate,
    user_gone,
    blocked,
    sleeper,
};

/// As written here: `level_off`.
[[nodiscard]] std::string_view name_of(rule r) noexcept;

struct sleeper_verdict {
    bool is_sleeper = false;
    rule decided_by = rule::no_keys;
    std::string lapse;        ///< `2026-11-21`: the first day without access; empty if there is none.
    int days = 0;             ///< From the lapse to the day it is asked for; 0 on the day itself.
    std::int64_t key_id = 0;  ///< The key that lapsed; 0 = none.
    std::string flags;        ///< Words with commas; `earlier_certificate`. For screens.

    friend bool operator==(const sleeper_verdict&, const sleeper_verdict&) = default;
};

/// `as_of` is the UTC day that is asked about; keys and certificates are taken as they are.
[[nodiscard]] sleeper_verdict judge(const sleeper_summary& s, const sleeper_options& o, day as_of);
[[nodiscard]] sleeper_verdict judge(const sleeper_facts& f, const sleeper_options& o, day as_of);

/// The steps of it, for the scan and for `explain`.
[[nodiscard]] sleeper_summary summary_of(const sleeper_facts& f, const sleeper_options& o, day as_of);

/// Gives access on that day: not banned, and unlimited or with an end after it (spec 1-domain, section 1.7).
[[nodiscard]] bool is_active(const key_row& k, day as_of);

/// `wpm_status` says so; compared as PHP does.
[[nodiscard]] bool means_blocked(std::string_view user_status) noexcept;

/// Given by a person: the ledger says so, or it says nothing and the level does not issue them itself.
[[nodiscard]] bool is_by_hand(const certificate_row& c, bool level_issues_itself, const sleeper_options& o);

/// When the access that lapsed had begun: the start of the key that ends last and of every key before it that joins
/// on without a day between. Nothing = not known (a start that is no date), so that every certificate counts.
[[nodiscard]] std::optional<day> access_start(std::span<const key_row> keys);

/// Issued or made on that day or later. Counts, too, if `start` or both dates are not known: no letter in doubt.
[[nodiscard]] bool is_since(const certificate_row& c, std::optional<day> start);

}  // namespace dormouse::site
