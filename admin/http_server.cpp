#include "admin/http_server.hpp"

#include "admin/listener.hpp"
#include "admin/request_rules.hpp"
#include "base/async/with_deadline.hpp"
#include "base/log.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <array>
#include <list>
#include <optional>

namespace dormouse::admin {

namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using stream = beast::basic_stream<listener::protocol>;
using parser = http::request_parser<http::empty_body>;
using steady = std::chrono::steady_clock;
using base::as_result;

struct session {
    explicit session(stream::socket_type&& socket) : peer{std::move(socket)} {}

    stream peer;
    beast::flat_buffer buffer;
    asio::cancellation_signal stop;
    std::optional<steady::time_point> waiting_since = steady::now();  ///< For a request; empty while answering.
};
using session_ptr = std::shared_ptr<session>;

request_head head_of(const parser& p, bool over_network) {
    const auto& r = p.get();
    return {.method = {r.method_string().data(), r.method_string().size()},
            .target = {r.target().data(), r.target().size()},
            .host = {r[http::field::host].data(), r[http::field::host].size()},
            .hosts = r.count(http::field::host),
            .has_body = p.chunked() || p.content_length().value_or(0) > 0,
            .is_http_1_1 = r.version() >= 11,
            .over_network = over_network};
}

/// What to say to a client whose head could not be read; nothing if it is gone or too slow.
std::optional<reply> answer_to_garbage(const boost::system::error_code& code) {
    constexpr const char* text = "text/plain; charset=utf-8";
    if (code == http::error::header_limit || code == http::error::buffer_overflow)
        return reply{431, "The request head is too large.\n", text};
    if (code == http::error::end_of_stream || code == http::error::partial_message) return std::nullopt;
    if (code.category() == http::make_error_code(http::error::bad_method).category())
        return reply{400, "This is not an HTTP/1 request: " + code.message() + ".\n", text};
    return std::nullopt;
}

template <class Body>
void fill_head(http::response<Body>& out, const reply& r, bool keep_alive) {
    out.result(static_cast<unsigned>(r.status));
    out.set(http::field::content_type, r.content_type);
    out.set(http::field::cache_control, "no-store");
    out.set("X-Content-Type-Options", "nosniff");
    out.set("Content-Security-Policy",
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    if (r.status == 405) out.set(http::field::allow, "GET, HEAD");
    out.keep_alive(keep_alive);
    out.content_length(r.body.size());
}

template <class Body>
base::awaitable<bool> write_message(session_ptr s, http::response<Body> message) {
    const auto [code, bytes] = co_await http::async_write(s->peer, message, as_result);
    co_return !code;
}

base::awaitable<bool> write_reply(session_ptr s, reply r, bool keep_alive, bool head_only, base::ms limit) {
    s->peer.expires_after(limit);
    if (head_only) {
        http::response<http::empty_body> message;
        fill_head(message, r, keep_alive);
        co_return co_await write_message(s, std::move(message));
    }
    http::response<http::string_body> message;
    fill_head(message, r, keep_alive);
    message.body() = std::move(r.body);
    co_return co_await write_message(s, std::move(message));
}

/// Ends a connection so that the client can still read the last answer: closing with unread bytes in our buffer would
/// reset it. Without such bytes there is nothing to wait for.
base::awaitable<> linger(session_ptr s, bool more_may_come) {
    boost::system::error_code ignored;
    s->peer.socket().shutdown(asio::socket_base::shutdown_send, ignored);
    if (!more_may_come && s->buffer.size() == 0 && s->peer.socket().available(ignored) == 0) co_return;
    s->peer.expires_after(std::chrono::seconds{1});
    std::array<char, 4096> waste;
    for (int i = 0; i < 16; ++i) {
        const auto [code, bytes] = co_await s->peer.async_read_some(asio::buffer(waste), as_result);
        if (code) break;
    }
}

base::awaitable<base::result<reply>> run_route(const route& r) {
    try {
        auto out = co_await r.handler();
        if (out.content_type.empty()) out.content_type = r.content_type;
        co_return out;
    } catch (const boost::system::system_error& e) {
        if (e.code() == asio::error::operation_aborted) co_return base::error{base::errc::cancelled};
        co_return base::error{e.code(), e.what()};
    } catch (const std::exception& e) {
        co_return base::error{base::errc::server_error, e.what()};
    }
}

}  // namespace

class http_server::impl : public std::enable_shared_from_this<impl> {
public:
    impl(asio::any_io_executor executor, std::string listen, std::vector<route> routes, server_limits limits)
        : executor_{std::move(executor)}, listen_{std::move(listen)}, routes_{std::move(routes)}, limits_{limits} {}

    base::result<void> open() {
        const auto where = parse_listen(listen_);
        if (!where) return where.error();
        auto opened = listener::open(executor_, *where);
        if (!opened) return base::fail(std::move(opened));
        listener_.emplace(std::move(*opened));
        over_network_ = listener_->is_tcp();
        return {};
    }

    base::awaitable<> run() {
        while (listener_ && co_await has_room()) {
            if (!listener_) break;
            auto [code, socket] = co_await listener_->sockets().async_accept(as_result);
            if (!listener_) break;
            if (!code) {
                start(std::move(socket));
            } else if (code == asio::error::operation_aborted) {
                break;
            } else {
                base::log::warn("admin.accept_failed", {{"error", code.message()}});
                co_await wait_for_change(limits_.grace);  // out of file descriptors, most likely
            }
        }
        stop();
        co_await base::shield();
        while (!sessions_.empty()) co_await wait_for_change(limits_.grace);
    }

    void stop() {
        listener_.reset();
        const std::vector<session_ptr> open_now{sessions_.begin(), sessions_.end()};
        for (const auto& s : open_now) end(*s);
        changed_.cancel();
    }

    [[nodiscard]] std::string address() const { return listener_ ? listener_->address() : std::string{}; }
    [[nodiscard]] std::size_t connections() const noexcept { return sessions_.size(); }

private:
    [[nodiscard]] bool is_full() const noexcept { return sessions_.size() >= limits_.connections; }

    /// Waits until one more connection may be accepted; false when cancelled.
    base::awaitable<bool> has_room() {
        while (listener_ && is_full()) {
            end_longest_waiting();
            if (!co_await wait_for_change(limits_.grace)) co_return false;
        }
        co_return true;
    }

    /// Until a connection has ended, `stop` was called, or `most` has passed; false when cancelled.
    base::awaitable<bool> wait_for_change(base::ms most) {
        changed_.expires_after(most);
        co_await changed_.async_wait(as_result);
        const auto state = co_await asio::this_coro::cancellation_state;
        co_return state.cancelled() == asio::cancellation_type::none;
    }

    static void end(session& s) {
        s.stop.emit(asio::cancellation_type::terminal);
        s.peer.close();
    }

    void end_longest_waiting() {
        auto longest = steady::now() - limits_.grace;
        session* found = nullptr;
        for (const auto& s : sessions_) {
            if (!s->waiting_since || *s->waiting_since > longest) continue;
            longest = *s->waiting_since;
            found = s.get();
        }
        if (found) end(*found);
    }

    void start(stream::socket_type socket) {
        auto s = std::make_shared<session>(std::move(socket));
        const auto at = sessions_.insert(sessions_.end(), s);
        asio::co_spawn(executor_, serve(s),
                       asio::bind_cancellation_slot(s->stop.slot(),
                                                    [self = shared_from_this(), at](const std::exception_ptr& failed) {
                                                        self->ended(at, failed);
                                                    }));
    }

    void ended(std::list<session_ptr>::iterator at, const std::exception_ptr& failed) {
        sessions_.erase(at);
        changed_.cancel();
        try {
            if (failed) std::rethrow_exception(failed);
        } catch (const boost::system::system_error& e) {
            if (e.code() != asio::error::operation_aborted)
                base::log::warn("admin.connection_failed", {{"error", e.what()}});
        } catch (const std::exception& e) {
            base::log::error("admin.connection_failed", {{"error", e.what()}});
        }
    }

    base::awaitable<> serve(session_ptr s) {
        while (co_await serve_one(s)) s->waiting_since = steady::now();
    }

    /// One request and its answer; false when the connection has ended.
    base::awaitable<bool> serve_one(session_ptr s) {
        parser p;
        p.header_limit(limits_.head_bytes);
        s->peer.expires_after(limits_.request);
        const auto [code, bytes] = co_await http::async_read_header(s->peer, s->buffer, p, as_result);
        s->waiting_since.reset();
        if (code) {
            if (auto r = answer_to_garbage(code)) {
                (void)co_await write_reply(s, std::move(*r), false, false, limits_.write);
                co_await linger(s, true);
            }
            co_return false;
        }
        const auto head = head_of(p, over_network_);
        auto refused = refusal(head);
        const bool keep_alive =
            p.keep_alive() && head.is_http_1_1 && !head.has_body && !is_full() && listener_.has_value();
        const bool head_only = head.method == "HEAD";
        auto answer = refused ? std::move(*refused) : co_await answer_to(std::string{path_of(head.target)});
        const bool written = co_await write_reply(s, std::move(answer), keep_alive, head_only, limits_.write);
        if (written && keep_alive) co_return true;
        if (written) co_await linger(s, head.has_body);
        co_return false;
    }

    base::awaitable<reply> answer_to(std::string path) {
        for (const auto& r : routes_) {
            if (r.path != path) continue;
            auto made = co_await base::with_deadline(run_route(r), base::deadline::after(limits_.answer));
            if (made) co_return std::move(*made);
            const bool late = made.error() == base::errc::timed_out;
            if (!(made.error() == base::errc::cancelled))
                base::log::warn("admin.route_failed", {{"path", r.path}, {"error", made.error().message()}});
            co_return reply{late ? 503 : 500, late ? "This took too long.\n" : "This failed; the log says why.\n",
                            "text/plain; charset=utf-8"};
        }
        co_return reply{404, "There is nothing here.\n", "text/plain; charset=utf-8"};
    }

    asio::any_io_executor executor_;
    std::string listen_;
    std::vector<route> routes_;
    server_limits limits_;
    std::optional<listener> listener_;
    bool over_network_ = true;
    std::list<session_ptr> sessions_;
    asio::steady_timer changed_{executor_};
};

/// The coroutine owns what it runs on: the server object may go first.
base::awaitable<> http_server::run_held(std::shared_ptr<impl> held) { co_await held->run(); }

http_server::http_server(boost::asio::any_io_executor executor, std::string listen, std::vector<route> routes,
                         server_limits limits)
    : impl_{std::make_shared<impl>(std::move(executor), std::move(listen), std::move(routes), limits)} {}

http_server::~http_server() { impl_->stop(); }

base::result<void> http_server::open() { return impl_->open(); }

base::awaitable<> http_server::run() { return run_held(impl_); }

void http_server::stop() { impl_->stop(); }

std::string http_server::address() const { return impl_->address(); }

std::size_t http_server::connections() const noexcept { return impl_->connections(); }

}  // namespace dormouse::admin
