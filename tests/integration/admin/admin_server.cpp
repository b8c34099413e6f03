#include "tests/integration/admin/admin_server.hpp"

#include "admin/listener.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace dormouse::admin {

namespace {

base::awaitable<reply> hello() { co_return reply{200, "hello\n"}; }

base::awaitable<reply> never() {
    boost::asio::steady_timer timer{co_await boost::asio::this_coro::executor,
                                    boost::asio::steady_timer::time_point::max()};
    co_await timer.async_wait(boost::asio::use_awaitable);
    co_return reply{};
}

base::awaitable<reply> broken() {
    throw std::runtime_error{"broken"};
    co_return reply{};
}

}  // namespace

std::vector<route> admin_server::plain_routes() {
    return {{"/hello", "text/plain", hello}, {"/slow", "text/plain", never}, {"/broken", "text/plain", broken}};
}

admin_server::admin_server(std::string listen, server_limits limits, std::vector<route> routes)
    : server_{std::make_unique<http_server>(io_.get_executor(), std::move(listen), std::move(routes), limits)} {
    server_->open().value();
    address_ = server_->address();
    boost::asio::co_spawn(io_, server_->run(), boost::asio::detached);
    thread_ = std::thread{[this] {
        io_.run();
        stopped_ = true;
    }};
}

void admin_server::stop() {
    if (!thread_.joinable()) return;
    boost::asio::post(io_, [this] { server_->stop(); });
    thread_.join();
}

std::size_t admin_server::connections() {
    std::promise<std::size_t> count;
    boost::asio::post(io_, [&] { count.set_value(server_->connections()); });
    return count.get_future().get();
}

namespace {

void wait_for(int fd, short event, std::chrono::milliseconds limit) {
    pollfd p{fd, event, 0};
    if (::poll(&p, 1, static_cast<int>(limit.count())) <= 0) throw std::runtime_error{"the server is silent"};
}

template <class Endpoint>
int connect_to(const Endpoint& at) {
    const int fd = ::socket(at.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) throw std::runtime_error{"no more file descriptors"};
    if (::connect(fd, at.data(), static_cast<socklen_t>(at.size())) == 0) return fd;
    ::close(fd);
    throw std::runtime_error{"nobody listens"};
}

}  // namespace

raw_client::raw_client(const std::string& address)
    : fd_{std::visit([](const auto& at) { return connect_to(at); }, parse_listen(address).value())} {}

raw_client::raw_client(raw_client&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}

raw_client::~raw_client() {
    if (fd_ >= 0) ::close(fd_);
}

bool raw_client::say(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

std::optional<std::string> raw_client::read_to_end(std::chrono::milliseconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    std::string out;
    std::array<char, 4096> part;
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        pollfd p{fd_, POLLIN, 0};
        if (left.count() <= 0 || ::poll(&p, 1, static_cast<int>(left.count())) <= 0) return std::nullopt;
        const auto n = ::recv(fd_, part.data(), part.size(), 0);
        if (n <= 0) return out;
        out.append(part.data(), static_cast<std::size_t>(n));
    }
}

std::string raw_client::read_until(std::string_view mark) {
    std::string out;
    std::array<char, 4096> part;
    while (out.find(mark) == std::string::npos) {
        wait_for(fd_, POLLIN, std::chrono::seconds{10});
        const auto n = ::recv(fd_, part.data(), part.size(), 0);
        if (n <= 0) throw std::runtime_error{"closed after: " + out};
        out.append(part.data(), static_cast<std::size_t>(n));
    }
    return out;
}

std::string get(const std::string& address, const std::string& path) {
    raw_client client{address};
    client.say("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    return client.read_to_end().value();
}

}  // namespace dormouse::admin
