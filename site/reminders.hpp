#pragma once
// The ledger of reminders, `{prefix}dormouse_reminder`: every letter that was planned, once and for ever. No letter
// goes out but by the transitions below, so that neither a retry, a second worker nor a crash mails anybody twice
// (spec 3-jobs B5; the picture is in reminder.hpp). Each verb is one transaction or one statement.
//
// Leases are counted by the worker's clock (`now`). Clocks that disagree may let two workers claim a letter one after
// the other, and nothing worse: the epoch lets only the last one commit.

#include "base/async/awaitable.hpp"
#include "base/clock.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"
#include "site/reminder.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dormouse::site {

class connection;
class pool;

/// At least so long between two letters to one person, over all levels (spec 3-jobs B5).
inline constexpr auto letter_pause = std::chrono::hours{20};

/// A row that the planner wants: `planned` with the time from which it may go, or `skipped` with the reason.
struct planned_letter {
    letter_identity what;
    letter_state state = letter_state::planned;
    std::string reason{};
    base::time_ms due_at{};
};

/// The right to send, until the lease ends or somebody else claims it.
struct letter_fence {
    std::int64_t id = 0;
    std::string owner;
    std::int64_t epoch = 0;
};

/// What the second look says, when the letter must not go.
struct letter_refusal {
    letter_state state = letter_state::skipped;  ///< skipped | suppressed
    std::string reason;                          ///< `renewed`, `certificate`, `blocked`, `level_off`, `unsubscribed` …
};

struct letter_claim {
    enum class end {
        claimed,  ///< It is yours: `row` as it is now, `fence` for what follows.
        refused,  ///< The check forbade it: the row is final now.
        not_yet,  ///< Somebody has it, or it is too early for this person: come again at `again_at`.
        settled,  ///< Final, or in doubt: nothing to do. `row.state` says which.
        unknown,  ///< There is no such row.
    };
    end what = end::unknown;
    reminder row;
    letter_fence fence;
    base::time_ms again_at{};  ///< of `not_yet`
};

/// How an attempt ended.
struct letter_end {
    /// sent | retry | failed | suppressed | skipped; or in_doubt, to note the reason of a doubt that stays.
    letter_state state = letter_state::sent;
    std::string reason{};
    std::string queue_id{};  ///< of `sent`
    base::time_ms due_at{};  ///< of `retry`: not before
};

/// What went onto the wire; kept so that a letter in doubt can be looked for.
struct letter_wire {
    std::string address_hash;  ///< `hash_address`
    std::string message_id;
    std::string subject;
    std::string content_hash;
};

/// Of a person: what is to become of a letter.
enum class resolution {
    sent,   ///< It arrived. From: in_doubt.
    again,  ///< Send it (again): retry, due now. From: in_doubt, failed, suppressed.
    never,  ///< Do not send it any more. From: in_doubt (failed), planned and retry (skipped).
};

/// Which letters are listed.
struct letter_filter {
    std::optional<letter_state> state{};
    std::optional<std::int64_t> user_id{};
    std::optional<std::int64_t> term_id{};
    std::optional<std::int64_t> before{};  ///< Rows with smaller ids only: the next page.
    int limit = 50;                        ///< 1 to 1000
};

/// Owned by the composition; used on one event loop, like the pool. Errors are the pool's; a broken connection is
/// errc::connection_lost, and except where said otherwise nobody knows then whether the verb was done.
class reminders {
public:
    /// The pool must outlive this.
    explicit reminders(pool& p) : pool_{p} {}

    /// Decides from what the ledger says, at that moment. Pure; called on a thread of the pool, owner of what it uses;
    /// called again if the connection breaks. Lapses and reasons of letters, digits, `_`, `-` and `:` only.
    using decision = std::function<std::vector<planned_letter>(const std::vector<reminder>&)>;

    /// Reads all rows of these users (their whole history, by id) and the digests of `day` (YYYY-MM-DD), lets `decide`
    /// choose, and inserts what is not there yet; nobody else plans meanwhile, so that two planners never write to one
    /// person at once. Gives the rows that are new and `planned`. errc::unavailable: another planner is at it for
    /// longer than 10 s. May be said again.
    [[nodiscard]] base::awaitable<base::result<std::vector<reminder>>> plan(std::vector<std::int64_t> users,
                                                                            std::string day, decision decide,
                                                                            base::time_ms now, base::deadline limit);

    /// The second look, inside the claiming transaction: an error leaves the letter as it was. On a thread of the pool.
    using second_look = std::function<base::result<std::optional<letter_refusal>>(connection&, const reminder&)>;

    /// Takes a letter that is planned, in retry, or whose lease has ended; `owner` is at most 64 bytes and names the
    /// attempt (job id and attempt, so that nobody takes another's place). `not_yet` also when it is not due, or this
    /// person got another letter less than `letter_pause` ago. Counts an attempt. May be said again.
    [[nodiscard]] base::awaitable<base::result<letter_claim>> claim(std::int64_t id, std::string owner, base::ms lease,
                                                                    second_look check, base::time_ms now,
                                                                    base::deadline limit);

    /// The lease is to last from now on; false: the letter is another's, stop. May be said again.
    [[nodiscard]] base::awaitable<base::result<bool>> keep(letter_fence f, base::ms lease, base::time_ms now,
                                                           base::deadline limit);

    /// claimed → streaming, before the first byte of the body. False: stop.
    [[nodiscard]] base::awaitable<base::result<bool>> start_streaming(letter_fence f, letter_wire wire,
                                                                      base::time_ms now, base::deadline limit);

    /// streaming → in_doubt, when everything but the final dot is out. Only on `true` may the dot go. On `false` or an
    /// error drop the connection to the mail server: nothing was delivered, and `settle(retry)` is right (it also takes
    /// back a doubt whose commit succeeded unheard). Never repeated on its own.
    [[nodiscard]] base::awaitable<base::result<bool>> commit_in_doubt(letter_fence f, base::time_ms now,
                                                                      base::deadline limit);

    /// Ends an attempt from claimed, streaming or in_doubt. False: the fence is lost, nothing was written. May be said
    /// again with the same words: then true as well.
    [[nodiscard]] base::awaitable<base::result<bool>> settle(letter_fence f, letter_end end, base::time_ms now,
                                                             base::deadline limit);

    /// Gives a claimed or streaming letter back, unattempted: it is claimable at once. False: the fence is lost.
    [[nodiscard]] base::awaitable<base::result<bool>> release(letter_fence f, base::time_ms now, base::deadline limit);

    /// `who` goes into the reason. Gives the row as it is now. errc::not_found; errc::conflict names the state that
    /// does not allow it. Fences whoever still believes to have the letter.
    [[nodiscard]] base::awaitable<base::result<reminder>> resolve(std::int64_t id, resolution what, std::string who,
                                                                  base::time_ms now, base::deadline limit);

    [[nodiscard]] base::awaitable<base::result<std::optional<reminder>>> find(std::int64_t id, base::deadline limit);

    /// All rows of these users, by id, as they are just now.
    [[nodiscard]] base::awaitable<base::result<std::vector<reminder>>> of_users(std::vector<std::int64_t> users,
                                                                                base::deadline limit);

    /// The latest `due_at` of a letter that is planned and was never tried; empty = there is none.
    [[nodiscard]] base::awaitable<base::result<std::optional<base::time_ms>>> latest_planned(base::deadline limit);

    /// Newest first.
    [[nodiscard]] base::awaitable<base::result<std::vector<reminder>>> list(letter_filter filter, base::deadline limit);

    /// Rows that wait for a job (`planned` and `retry`, due at `until` or before, untouched since `touched_before`, and
    /// `claimed` and `streaming` whose lease ended before that), with ids above `after`, in their order.
    [[nodiscard]] base::awaitable<base::result<std::vector<reminder>>> waiting(std::int64_t after, int most,
                                                                               base::time_ms until,
                                                                               base::time_ms touched_before,
                                                                               base::deadline limit);

    /// Rows in each state.
    [[nodiscard]] base::awaitable<base::result<std::vector<std::pair<letter_state, std::int64_t>>>> count(
        base::deadline limit);

    /// Of a digest (user 0, stage admin): the students it speaks of, with their lapse, as rows; ordered by user.
    [[nodiscard]] base::awaitable<base::result<std::vector<reminder>>> digest_members(letter_identity digest,
                                                                                      base::deadline limit);

private:
    pool& pool_;
};

/// `reason` of the admin rows of students whom the digest of that day speaks of.
[[nodiscard]] std::string digest_reason(std::string_view day);

}  // namespace dormouse::site
