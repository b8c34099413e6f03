#include "net/http_client.hpp"

#include "base/ascii.hpp"
#include "base/log.hpp"
#include "base/redact.hpp"
#include "net/connection_pool.hpp"
#include "net/connector.hpp"
#include "net/exchange.hpp"
#include "net/host_gate.hpp"
#include "net/request_head.hpp"
#include "net/resolver.hpp"
#include "net/target_policy.hpp"
#include "net/watchdog.hpp"

#include <boost/system/system_error.hpp>

namespace dormouse::net {

namespace {

namespace asio = boost::asio;

void fail(exchange& out, failure_class c, std::string detail) {
    out.failed = c;
    out.detail = std::move(detail);
}

std::vector<asio::ip::address> own_addresses_or_none() {
    auto own = own_addresses();
    if (own) return *std::move(own);
    base::log::warn("net.own_addresses", {{"error", own.error().message()}});
    return {};
}

}  // namespace

class http_client::impl {
public:
    impl(const asio::any_io_executor& executor, config::net_settings settings)
        : settings_{std::move(settings)},
          policy_{settings_, own_addresses_or_none()},
          tls_{settings_.ca_file},
          resolver_{executor},
          gate_{executor, settings_.per_host},
          pool_{executor, settings_} {}

    base::awaitable<void> run(request& r, base::deadline total, exchange& out);

    client_counters counters_;
    target_policy& policy() { return policy_; }
    connection_pool& pool() { return pool_; }

private:
    using owned_connection = std::unique_ptr<connection>;

    base::awaitable<void> talk(const url& u, trust t, const message& m, exchange& out);
    base::awaitable<owned_connection> open(const url& u, trust t, const message& m, exchange& out);
    base::awaitable<std::vector<asio::ip::tcp::endpoint>> addresses(const url& u, trust t, const message& m,
                                                                    exchange& out);
    base::awaitable<bool> secure(connection& c, const url& u, const message& m, exchange& out);

    // What a connection may be re-used for: trust is part of it, because an untrusted target must not ride on a
    // connection that was opened without its checks.
    static std::string key_of(const url& u, trust t) {
        return u.origin() + (t == trust::configured ? " configured" : " untrusted");
    }

    config::net_settings settings_;
    target_policy policy_;
    tls_context tls_;  // before the pool: outlives every connection
    resolver resolver_;
    host_gate gate_;
    connection_pool pool_;
};

base::awaitable<void> http_client::impl::run(request& r, base::deadline total, exchange& out) {
    const auto u = parse_url(r.url);
    if (!u) {
        fail(out, failure_class::bad_url, u.error().detail);
        co_return;
    }
    if (const auto refused = policy_.refuses(*u, r.trust)) {
        ++counters_.blocked_targets;
        fail(out, failure_class::blocked_target, *refused);
        co_return;
    }
    auto head = request_head(r, *u, settings_.user_agent);
    if (!head) {
        fail(out, failure_class::bad_header, head.error().detail);
        co_return;
    }
    const message m{*std::move(head), std::move(r.body), r.method == "HEAD", r.most_body, r.limits, total};
    const auto permit = co_await gate_.enter(u->host, total);
    if (!permit) {
        fail(out, failure_class::connect, "no connection to the host became free in time (net.per_host)");
        co_return;
    }
    co_await talk(*u, r.trust, m, out);
}

base::awaitable<void> http_client::impl::talk(const url& u, trust t, const message& m, exchange& out) {
    auto c = pool_.take(key_of(u, t));
    out.reused = c != nullptr;
    for (;;) {
        if (!c) c = co_await open(u, t, m, out);
        if (!c) co_return;
        if (m.total.is_reached()) {
            fail(out, failure_class::connect, "the time limit passed before anything was sent");
            co_return;
        }
        ++(out.reused ? counters_.connections_reused : counters_.connections_new);
        out.tls_resumed = c->resumed();
        const auto end = co_await converse(*c, m, out);
        if (end == conversation_end::reusable) pool_.put(std::move(c));
        if (end != conversation_end::stale) co_return;
        // The peer closed while the connection was idle; the request was not answered. Once, on a fresh one.
        ++counters_.stale_retries;
        c.reset();
        out.reused = false;
    }
}

base::awaitable<http_client::impl::owned_connection> http_client::impl::open(const url& u, trust t, const message& m,
                                                                             exchange& out) {
    const auto targets = co_await addresses(u, t, m, out);
    if (targets.empty()) co_return nullptr;
    auto socket = co_await connect_any(targets, m.total.at_most(m.limits.connect));
    if (!socket) {
        fail(out, failure_class::connect, socket.error().message());
        co_return nullptr;
    }
    auto c = std::make_unique<connection>(*std::move(socket), key_of(u, t), u.https ? &tls_ : nullptr);
    if (u.https && !co_await secure(*c, u, m, out)) co_return nullptr;
    co_return c;
}

base::awaitable<std::vector<asio::ip::tcp::endpoint>> http_client::impl::addresses(const url& u, trust t,
                                                                                   const message& m, exchange& out) {
    resolver::endpoints found;
    if (u.address) {
        found.emplace_back(*u.address, u.port);
    } else {
        auto resolved = co_await resolver_.resolve(u.host, u.port, m.total.at_most(m.limits.resolve));
        if (!resolved) {
            fail(out, failure_class::dns, resolved.error().detail);
            co_return resolver::endpoints{};
        }
        found = *std::move(resolved);
    }
    auto judged = policy_.judge(found, t);
    if (!judged.denied.empty()) ++counters_.blocked_targets;
    if (judged.good.empty()) fail(out, failure_class::blocked_target, u.host + " is " + judged.denied);
    co_return std::move(judged.good);
}

base::awaitable<bool> http_client::impl::secure(connection& c, const url& u, const message& m, exchange& out) {
    watchdog dog{c.socket()};
    dog.arm(m.total.at_most(m.limits.tls));
    const auto done = co_await c.handshake(u);
    if (!done.code) {
        ++(c.resumed() ? counters_.tls_resumed : counters_.tls_full);
        co_return true;
    }
    if (dog.fired()) {
        fail(out, failure_class::tls, "the TLS handshake did not end in time");
    } else if (const auto refused = c.verify_problem()) {
        fail(out, failure_class::tls_verify, "the certificate of " + u.host + " is refused: " + *refused);
    } else {
        fail(out, failure_class::tls, "the TLS handshake failed: " + done.code.message());
    }
    co_return false;
}

http_client::http_client(const asio::any_io_executor& executor, config::net_settings settings)
    : impl_{std::make_shared<impl>(executor, std::move(settings))} {}
http_client::~http_client() = default;

base::awaitable<exchange> http_client::send(request r, base::deadline limit) {
    const auto began = std::chrono::steady_clock::now();
    const auto self = impl_;
    exchange out;
    try {
        co_await self->run(r, limit.at_most(r.limits.total), out);
    } catch (const boost::system::system_error& e) {
        // Thrown by Asio at the next await after a cancellation; everything else comes by value.
        if (e.code() != asio::error::operation_aborted) throw;
        if (out.failed == failure_class::none) fail(out, failure_class::cancelled, "cancelled");
    }
    const auto state = co_await asio::this_coro::cancellation_state;
    if (!out.ok() && state.cancelled() != asio::cancellation_type::none) out.failed = failure_class::cancelled;
    out.duration = std::chrono::duration_cast<base::ms>(std::chrono::steady_clock::now() - began);
    if (!out.ok()) out.detail = r.method + " " + base::url_for_log(r.url) + ": " + base::redact(out.detail);
    co_return out;
}

const client_counters& http_client::counters() const noexcept { return impl_->counters_; }
void http_client::close_idle() { impl_->pool().close_idle(); }
void http_client::forbid(const asio::ip::tcp::endpoint& listener) { impl_->policy().forbid(listener); }

std::string_view response::header(std::string_view name) const noexcept {
    for (const auto& [n, v] : headers)
        if (base::same_but_for_case(n, name)) return v;
    return {};
}

std::string_view to_string(failure_class c) noexcept {
    switch (c) {
        case failure_class::none: return "none";
        case failure_class::bad_url: return "bad_url";
        case failure_class::bad_header: return "bad_header";
        case failure_class::blocked_target: return "blocked_target";
        case failure_class::dns: return "dns";
        case failure_class::connect: return "connect";
        case failure_class::tls: return "tls";
        case failure_class::tls_verify: return "tls_verify";
        case failure_class::timeout: return "timeout";
        case failure_class::reset: return "reset";
        case failure_class::bad_response: return "bad_response";
        case failure_class::cancelled: return "cancelled";
    }
    return "none";
}

}  // namespace dormouse::net
