#include "tests/integration/site/sql_cutter.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <thread>

namespace dormouse::test {

namespace {

namespace asio = boost::asio;
using stream = asio::local::stream_protocol;

constexpr int off = -1;

/// One client and its line to the server. A client of this protocol waits for each answer, so what it sends at once is
/// one request; all runs on the door's thread.
struct line : std::enable_shared_from_this<line> {
    line(stream::socket c, stream::socket s, std::atomic<int>& left, std::atomic<cut>& where)
        : client{std::move(c)}, server{std::move(s)}, left{left}, where{where} {}

    void listen_to_client() {
        client.async_read_some(asio::buffer(up), [self = shared_from_this()](auto failed, std::size_t size) {
            if (failed) return self->close();
            const auto before = self->left.load();
            if (before > 0) self->left = before - 1;
            if (before == 0) {
                self->left = off;
                if (self->where == cut::request) return self->close();
                self->deaf = true;
            }
            self->pass(self->server, self->up, size);
            self->listen_to_client();
        });
    }
    void listen_to_server() {
        server.async_read_some(asio::buffer(down), [self = shared_from_this()](auto failed, std::size_t size) {
            if (failed || self->deaf) return self->close();
            self->pass(self->client, self->down, size);
            self->listen_to_server();
        });
    }
    template <class Buffer>
    void pass(stream::socket& to, const Buffer& bytes, std::size_t size) {
        boost::system::error_code failed;
        asio::write(to, asio::buffer(bytes.data(), size), failed);
        if (failed) close();
    }
    void close() {
        boost::system::error_code ignored;
        client.close(ignored);
        server.close(ignored);
    }

    stream::socket client;
    stream::socket server;
    std::atomic<int>& left;
    std::atomic<cut>& where;
    bool deaf = false;
    std::array<char, 1 << 16> up{};
    std::array<char, 1 << 16> down{};
};

}  // namespace

struct sql_cutter::door {
    door(const std::string& at, std::string to) : acceptor{io, stream::endpoint{at}}, to{std::move(to)} {
        accept();
        thread = std::thread{[this] { io.run(); }};
    }
    ~door() {
        io.stop();
        thread.join();
    }
    void accept() {
        acceptor.async_accept([this](auto failed, stream::socket client) {
            if (failed) return;
            stream::socket server{io};
            server.connect(stream::endpoint{to}, failed);
            if (!failed) {
                const auto one = std::make_shared<line>(std::move(client), std::move(server), left, where);
                one->listen_to_client();
                one->listen_to_server();
            }
            accept();
        });
    }

    asio::io_context io;
    stream::acceptor acceptor;
    std::string to;
    std::atomic<int> left{off};
    std::atomic<cut> where{cut::request};
    std::thread thread;
};

sql_cutter::sql_cutter(std::string to)
    : socket_{dir_.file("cut.sock")}, door_{std::make_unique<door>(socket_, std::move(to))} {}

sql_cutter::~sql_cutter() = default;

void sql_cutter::arm(int passed, cut where) {
    door_->where = where;
    door_->left = passed;
}

bool sql_cutter::disarm() { return door_->left.exchange(off) == off; }

}  // namespace dormouse::test
