#pragma once
// One attempt that holds a letter, and its way onto the wire: render, build, hand over with the commit before the
// final dot (spec 3-jobs B5, steps 2 to 5).

#include "jobs/registry.hpp"
#include "jobs/reminder_email/answer.hpp"
#include "jobs/reminder_email/composing.hpp"
#include "jobs/reminder_email/draft.hpp"
#include "jobs/reminder_email/mail_line.hpp"
#include "jobs/reminder_email/unsettled.hpp"
#include "site/reminders.hpp"
#include "site/suppressions.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <variant>

namespace dormouse::jobs::reminder_email {

struct errand {
    explicit errand(const attempt& a) : job{a} {}

    const attempt& job;
    site::reminder row{};  ///< Of a test letter: empty.
    site::letter_fence fence{};
    draft letter{};
    std::string domain{};
    bool is_test = false;
    std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();

    /// In the queue's time.
    [[nodiscard]] base::time_ms now() const {
        return job.now + std::chrono::duration_cast<base::ms>(std::chrono::steady_clock::now() - begun);
    }
    [[nodiscard]] course at() const { return {now(), job.claimed.attempt(), job.claimed.history.first_failure}; }
};

/// Names this attempt in the ledger; no other has the same, at most 64 bytes.
[[nodiscard]] std::string owner_of(const attempt& a);

/// A job that is attempted once: whatever is not done is dead.
[[nodiscard]] queue::outcome only_try(queue::outcome o);

/// Owned by the handler; event loop only.
class sending {
public:
    /// The services and the ledger must outlive this.
    sending(const services& s, site::reminders& ledger);

    /// Never throws for what others do; cancelled, it stops the dialogue (see `mail_line::send`).
    [[nodiscard]] base::awaitable<verdict> carry(errand& e);

private:
    struct commit_word;
    struct ready {
        net::envelope envelope;
        site::letter_wire wire;
    };

    [[nodiscard]] const config::settings& settings() const noexcept { return services_.settings; }
    [[nodiscard]] base::awaitable<std::variant<ready, verdict>> prepare(errand& e);
    [[nodiscard]] base::result<ready> build(const errand& e, const std::vector<rendered>& texts) const;
    [[nodiscard]] verdict unrendered_verdict(const errand& e, const not_composed& no);
    [[nodiscard]] base::awaitable<bool> commit(site::letter_fence fence, base::time_ms now, base::deadline needed,
                                               std::shared_ptr<commit_word> word);

    services services_;
    site::reminders& ledger_;
    base::result<void> server_good_;
    std::unique_ptr<mail_line> line_;
};

}  // namespace dormouse::jobs::reminder_email
