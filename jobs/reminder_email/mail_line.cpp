#include "jobs/reminder_email/mail_line.hpp"

#include "base/async/event.hpp"
#include "base/async/spawn.hpp"

#include <boost/asio/cancellation_state.hpp>

#include <future>
#include <optional>
#include <stop_token>
#include <utility>

namespace dormouse::jobs::reminder_email {

namespace asio = base::asio;

/// One letter between the event loop and a mail thread. Belongs to the loop but for `stop` and `committed`.
struct mail_line::dialogue {
    explicit dialogue(const asio::any_io_executor& on) : loop{on}, changed{on} {}

    asio::any_io_executor loop;
    base::event changed;
    bool commit_asked = false;
    bool ended = false;
    net::mail_answer answer;
    std::stop_source stop;
    std::promise<bool> committed;

    /// On the mail thread.
    static bool ask(const std::shared_ptr<dialogue>& d) {
        auto word = d->committed.get_future();
        asio::post(d->loop, [d] {
            d->commit_asked = true;
            d->changed.set();
        });
        return word.wait_for(commit_patience) == std::future_status::ready && word.get();
    }
};

mail_line::mail_line(net::smtp_server server, std::size_t threads) : server_{std::move(server)}, threads_{threads} {}

std::unique_ptr<net::mail_sender> mail_line::idle_sender() {
    if (idle_.empty()) return std::make_unique<net::mail_sender>(server_);
    auto out = std::move(idle_.back());
    idle_.pop_back();
    return out;
}

base::awaitable<> mail_line::speak(std::shared_ptr<dialogue> d, net::envelope letter, base::deadline limit) {
    // What did not end well is not used again: a fresh connection has no past.
    auto sender = idle_sender();
    auto* const connection = sender.get();
    d->answer = co_await threads_.run([d, connection, letter = std::move(letter), limit] {
        return connection->send(letter, [&d] { return dialogue::ask(d); }, d->stop.get_token(), limit);
    });
    if (d->answer.ok() || d->answer.sent == net::mail_sent::refused) idle_.push_back(std::move(sender));
    d->ended = true;
    d->changed.set();
}

base::awaitable<> mail_line::decide(std::shared_ptr<dialogue> d, commit_step commit) {
    d->committed.set_value(!d->stop.stop_requested() && co_await commit());
}

base::awaitable<net::mail_answer> mail_line::send(net::envelope letter, commit_step commit, base::deadline limit) {
    const auto loop = co_await asio::this_coro::executor;
    const auto d = std::make_shared<dialogue>(loop);
    base::spawn(loop, "mail.letter", speak(d, std::move(letter), limit), [d] {
        d->ended = true;
        d->changed.set();
    });
    while (!d->ended) {
        (void)co_await d->changed.wait({});
        const bool cancelled =
            (co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none;
        if (cancelled) {
            co_await base::shield();
            d->stop.request_stop();
        }
        if (std::exchange(d->commit_asked, false)) base::spawn(loop, "mail.commit", decide(d, commit));
    }
    co_await base::shield();
    co_return d->answer;
}

}  // namespace dormouse::jobs::reminder_email
