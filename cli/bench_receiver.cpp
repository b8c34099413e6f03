#include "cli/bench_receiver.hpp"

#include "base/async/awaitable.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <cstdlib>

namespace dormouse::cli {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::size_t largest_head = 16'384;
constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok";

std::size_t length_in(std::string_view head) {
    constexpr std::string_view name = "Content-Length: ";
    const auto at = head.find(name);
    return at == std::string_view::npos ? 0 : std::strtoul(head.data() + at + name.size(), nullptr, 10);
}

base::awaitable<> serve(tcp::socket socket, base::ms stall) {
    std::string bytes;
    asio::steady_timer timer{socket.get_executor()};
    for (;;) {
        const auto [failed, head] = co_await asio::async_read_until(socket, asio::dynamic_buffer(bytes, largest_head),
                                                                    "\r\n\r\n", base::as_result);
        if (failed) co_return;
        const auto whole = head + length_in(std::string_view{bytes}.substr(0, head));
        if (bytes.size() < whole) {
            const auto have = bytes.size();
            bytes.resize(whole);
            const auto [cut, got] =
                co_await asio::async_read(socket, asio::buffer(bytes.data() + have, whole - have), base::as_result);
            if (cut) co_return;
        }
        bytes.erase(0, whole);
        if (stall > base::ms{0}) {
            timer.expires_after(stall);
            (void)co_await timer.async_wait(base::as_result);
        }
        const auto [unsent, sent] = co_await asio::async_write(socket, asio::buffer(answer), base::as_result);
        if (unsent) co_return;
    }
}

base::awaitable<> accept_all(tcp::acceptor acceptor, base::ms stall) {
    for (;;) {
        auto [failed, socket] = co_await acceptor.async_accept(base::as_result);
        if (failed) co_return;
        socket.set_option(tcp::no_delay{true});
        asio::co_spawn(acceptor.get_executor(), serve(std::move(socket), stall), asio::detached);
    }
}

}  // namespace

bench_receiver::bench_receiver(int endpoints, base::ms stall) {
    for (int i = 0; i < endpoints; ++i) {
        const auto address = asio::ip::make_address("127.0.0." + std::to_string(i + 1));
        tcp::acceptor acceptor{io_, tcp::endpoint{address, 0}};
        const auto port = std::to_string(acceptor.local_endpoint().port());
        urls_.push_back("http://" + address.to_string() + ":" + port + "/");
        asio::co_spawn(io_, accept_all(std::move(acceptor), i == 0 ? stall : base::ms{0}), asio::detached);
    }
    thread_ = std::thread{[this] { io_.run(); }};
}

bench_receiver::~bench_receiver() {
    io_.stop();
    thread_.join();
}

}  // namespace dormouse::cli
