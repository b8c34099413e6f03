#pragma once
// The worker's connections to the mail server: threads of their own that hand letters over, and the way back to the
// event loop for the commit before the final dot (spec 3-jobs B5, steps 3 to 5).

#include "base/async/awaitable.hpp"
#include "base/async/blocking_pool.hpp"
#include "base/deadline.hpp"
#include "net/mail_sender.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace dormouse::jobs::reminder_email {

/// Owned by the handler; used on the event loop. Destroy it when no letter is under way.
class mail_line {
public:
    /// So long the mail thread waits for the commit; then it drops the connection, and nothing was delivered.
    static constexpr base::ms commit_patience = std::chrono::seconds{15};

    /// `net::check_server` must have found the server good.
    mail_line(net::smtp_server server, std::size_t threads);

    /// Runs on the event loop when the server has everything but the final dot; true = the dot may go. It runs to its
    /// end even if the sending has been given up, so it must own what it uses or outlive the line.
    using commit_step = std::function<base::awaitable<bool>()>;

    /// Hands one letter over. When the caller is cancelled the dialogue is stopped: before the commit nothing is
    /// delivered, behind it the server's answer is still awaited for `net::mail_limits::after_stop`. The answer always
    /// comes by value, and after it the caller cannot be cancelled any more.
    [[nodiscard]] base::awaitable<net::mail_answer> send(net::envelope letter, commit_step commit,
                                                         base::deadline limit);

private:
    struct dialogue;
    [[nodiscard]] base::awaitable<> speak(std::shared_ptr<dialogue> d, net::envelope letter, base::deadline limit);
    [[nodiscard]] static base::awaitable<> decide(std::shared_ptr<dialogue> d, commit_step commit);
    [[nodiscard]] std::unique_ptr<net::mail_sender> idle_sender();

    net::smtp_server server_;
    std::vector<std::unique_ptr<net::mail_sender>> idle_;
    base::blocking_pool threads_;
};

}  // namespace dormouse::jobs::reminder_email
