#include "net/resolver.hpp"

#include <netdb.h>

#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <optional>

namespace dormouse::net {

namespace {

namespace ip = boost::asio::ip;
constexpr std::size_t max_addresses = 16;

base::result<resolver::endpoints> look_up(const std::string& host, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* raw = nullptr;
    const int code = getaddrinfo(host.c_str(), nullptr, &hints, &raw);
    if (code != 0) return base::error{base::errc::not_found, host + ": " + gai_strerror(code)};
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> list{raw, freeaddrinfo};
    resolver::endpoints out;
    for (const auto* i = list.get(); i != nullptr; i = i->ai_next) {
        ip::tcp::endpoint e;
        if (i->ai_addrlen > e.capacity() || (i->ai_family != AF_INET && i->ai_family != AF_INET6)) continue;
        std::memcpy(e.data(), i->ai_addr, i->ai_addrlen);
        e.resize(i->ai_addrlen);
        e.port(port);
        out.push_back(e);
    }
    if (out.empty()) return base::error{base::errc::not_found, host + ": the name has no address"};
    return out;
}

}  // namespace

// Shared by the waiter and the thread; whichever ends last frees it.
struct resolver::lookup {
    lookup(const boost::asio::any_io_executor& executor, std::string h, std::uint16_t p, base::deadline limit)
        : host{std::move(h)}, port{p}, done{executor, limit.at()} {}

    const std::string host;
    const std::uint16_t port;
    std::atomic<bool> abandoned{false};            ///< Nobody waits any more; do not begin.
    std::optional<base::result<endpoints>> found;  ///< On the event loop only.
    boost::asio::steady_timer done;                ///< The waiter's condition: cancelled when `found` is set.
};

resolver::resolver(boost::asio::any_io_executor executor) : executor_{std::move(executor)} {}

base::awaitable<> resolver::run(base::blocking_pool& pool, std::shared_ptr<lookup> l) {
    // The call holds a share of its own: this frame may be gone with the event loop while the thread still runs.
    auto found = co_await pool.run([l]() -> base::result<endpoints> {
        if (l->abandoned) return base::error{base::errc::cancelled};
        return look_up(l->host, l->port);
    });
    l->found = std::move(found);
    l->done.cancel();
}

base::awaitable<base::result<resolver::endpoints>> resolver::resolve(std::string host, std::uint16_t port,
                                                                     base::deadline limit) {
    auto l = std::make_shared<lookup>(executor_, host, port, limit);
    boost::asio::co_spawn(executor_, run(threads_, l), boost::asio::detached);
    const auto [code] = co_await l->done.async_wait(base::as_result);
    if (l->found) {
        if (l->found->has_error()) co_return l->found->error();
        auto out = alternate_families(**l->found);
        out.resize(std::min(out.size(), max_addresses));
        co_return out;
    }
    l->abandoned = true;
    if (code) co_return base::error{base::errc::cancelled};
    co_return base::error{base::errc::timed_out, host + ": the name was not resolved in time"};
}

resolver::endpoints alternate_families(const resolver::endpoints& in) {
    resolver::endpoints first;
    resolver::endpoints second;
    for (const auto& e : in) (e.address().is_v6() == in.front().address().is_v6() ? first : second).push_back(e);
    resolver::endpoints out;
    for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
        if (i < first.size()) out.push_back(first[i]);
        if (i < second.size()) out.push_back(second[i]);
    }
    return out;
}

}  // namespace dormouse::net
