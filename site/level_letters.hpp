#pragma once
// The levels of the site and what the monitor's screen says about each: whether it is watched, its three letters and
// the administrator's (spec 1-domain, sections 1.10, 1.11 and 1.13). Rows of the term meta; nothing is written.

#include "site/tables.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace dormouse::site {

class connection;

/// `mlm_email_N_days|_subject|_body`. Days count from the lapse; an empty field is stored as 0.
struct letter_text {
    int days = 0;
    std::string subject;
    std::string body;

    /// A letter without subject or body is off, whatever its days (spec 4-scheduler, "The letters"); so is one of
    /// spaces alone.
    [[nodiscard]] bool is_on() const noexcept;

    friend bool operator==(const letter_text&, const letter_text&) = default;
};

/// `mlm_admin_days_after_last|_email|_subject|_body`. Days count from the last letter to the student.
struct admin_letter_text {
    int days_after_last = 0;
    std::string email;  ///< Empty = the site's `admin_email`.
    std::string subject;
    std::string body;

    [[nodiscard]] bool is_on() const noexcept;

    friend bool operator==(const admin_letter_text&, const admin_letter_text&) = default;
};

struct level_settings {
    std::int64_t term_id = 0;
    std::string name;
    std::string slug;
    bool exists = false;                  ///< Has a row in the taxonomy `wpm-levels`; meta may outlive its level.
    bool enabled = false;                 ///< `mlm_enabled` is 1.
    std::vector<std::int64_t> ancestors;  ///< The parent, its parent and so on; a cycle ends where it closes.
    std::array<letter_text, 3> letters;
    admin_letter_text admin;
    std::string how_to_issue;  ///< `_mblc_how_to_issue` as stored, by a key of any case; empty = absent.

    /// Certificates of this level that no ledger tells about were issued by the plugin itself, not by a person.
    [[nodiscard]] bool issues_certificates_itself() const;

    friend bool operator==(const level_settings&, const level_settings&) = default;
};

/// What of a level is read: `rules` leaves names and letters empty.
enum class level_detail { rules, letters };

/// Every level of the taxonomy, and what is no level any more but still has `mlm_` meta, by term_id. Where a meta key
/// stands twice, its first row counts, as in WordPress. Throws as `connection` does.
[[nodiscard]] std::vector<level_settings> read_levels(connection& c, const tables& t,
                                                      level_detail detail = level_detail::letters);

/// One of them; `exists` and `enabled` are false if there is nothing of that id.
[[nodiscard]] level_settings read_level(connection& c, const tables& t, std::int64_t term_id,
                                        level_detail detail = level_detail::letters);

}  // namespace dormouse::site
