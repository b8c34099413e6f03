#pragma once
// One letter of the reminders: what it is, and where it stands. Data and words only; the table is reminders.hpp's.
//
//                 check says no
//   planned ─┬──────────────────────────────────────────────▶ skipped | suppressed
//    ▲       ▼
//    │    claimed ──▶ streaming ──▶ in_doubt ──▶ sent            final
//    │       │            │             │  ╰────▶ failed          final
//    ╰───────┴─ release ──┴── retry ◀───┘ the server said no to it: 4xx after the final dot
//
// A lease that ends in `claimed` or `streaming` makes the letter claimable again: nothing of it was delivered.
// `in_doubt` is written before the final dot goes out, and is never claimable: only its own attempt, which knows the
// answer, or a person (`resolve`) ends it (spec 3-jobs B5).

#include "base/clock.hpp"
#include "base/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dormouse::site {

/// Which letter of a cycle. Students' letters have numbers; `admin` is for the school.
enum class letter_stage { first = 1, second = 2, third = 3, admin = 4 };

/// "1", "2", "3", "admin", as the table and job args have it.
[[nodiscard]] std::string_view to_string(letter_stage s) noexcept;
[[nodiscard]] std::optional<letter_stage> parse_letter_stage(std::string_view text) noexcept;

enum class letter_state {
    planned,     ///< By the planner; a job is under way or will be.
    claimed,     ///< An attempt has it, until its lease ends.
    streaming,   ///< The body is on its way; nothing can have been delivered yet.
    in_doubt,    ///< The final dot may have gone out, the answer is not known.
    sent,        ///< The mail server took it.
    retry,       ///< Not delivered; it will be tried again from `due_at` on.
    failed,      ///< Never delivered, or given up by a person.
    suppressed,  ///< The address is on the list of those that get nothing.
    skipped,     ///< A rule forbade it; `reason` says which.
};

[[nodiscard]] std::string_view to_string(letter_state s) noexcept;
[[nodiscard]] std::optional<letter_state> parse_letter_state(std::string_view text) noexcept;

/// Nothing will change it but a person. The stage after it may go.
[[nodiscard]] bool is_final(letter_state s) noexcept;

/// It still has to go, by itself: neither final nor in doubt.
[[nodiscard]] bool is_pending(letter_state s) noexcept;

/// What a letter is: there is at most one row of it, for ever. A renewal and a new lapse make another `lapse`, hence
/// new letters. The digest of a level and day (`admin`) has user 0 and the day as `lapse`.
struct letter_identity {
    std::int64_t user_id = 0;
    std::int64_t term_id = 0;
    std::string lapse;  ///< YYYY-MM-DD: the day on which access ended.
    letter_stage stage = letter_stage::first;

    friend auto operator<=>(const letter_identity&, const letter_identity&) = default;
};

/// When letters may go: [from, to).
struct opening {
    base::time_ms from{};
    base::time_ms to{};

    friend bool operator==(const opening&, const opening&) = default;
};

/// A row of the ledger.
struct reminder {
    std::int64_t id = 0;
    letter_identity what;
    letter_state state = letter_state::planned;
    std::string reason;  ///< Of the state: `skipped_late`, `renewed`, `5.1.1` …; at most 64 bytes.
    // What went out, known from `streaming` on:
    std::string address_hash;  ///< `hash_address`
    std::string message_id;
    std::string subject;
    std::string content_hash;  ///< SHA-256 of the message's bytes, hex.
    std::int64_t epoch = 0;    ///< Number of the claim; an older one writes nothing any more.
    std::string owner;         ///< Of the claim.
    std::optional<base::time_ms> lease_until;
    int attempts = 0;
    std::string queue_id;  ///< The mail server's name for it.
    base::time_ms due_at{};
    std::optional<base::time_ms> sent_at;  ///< Of `sent`; of `in_doubt` when it may have gone out.
    base::time_ms created_at{};
    base::time_ms updated_at{};
};

/// Lower-case hex SHA-256 of the address, trimmed and in lower case (ASCII): how addresses are kept in our tables.
[[nodiscard]] std::string hash_address(std::string_view address);

}  // namespace dormouse::site
