#include "tests/support/sql_trap.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string_view>
#include <thread>

namespace dormouse::test {

namespace {

namespace asio = boost::asio;
using stream = asio::local::stream_protocol;

// Of the protocol: a packet is three bytes of length, one of sequence, then the command.
constexpr std::size_t head = 4;
constexpr char com_query = 0x03;
constexpr char com_prepare = 0x16;
constexpr char com_execute = 0x17;

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
    std::uint32_t out = 0;
    for (std::size_t i = 0; i < 4 && at + i < bytes.size(); ++i)
        out |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
    return out;
}

/// What one client runs, told from its packets. A client waits for each answer, so what it sends at once is one
/// request.
class statements {
public:
    /// The text that this request carries out; empty if none.
    std::string_view of_request(std::string_view bytes) {
        being_prepared_.clear();
        if (bytes.size() <= head) return {};
        const auto text = bytes.substr(head + 1);
        if (bytes[head] == com_query) return text;
        if (bytes[head] == com_prepare) being_prepared_ = text;
        if (bytes[head] != com_execute) return {};
        const auto known = prepared_.find(number_at(bytes, head + 1));
        return known == prepared_.end() ? std::string_view{} : std::string_view{known->second};
    }
    void hear(std::string_view answer) {
        if (!being_prepared_.empty() && answer.size() > head && answer[head] == 0)
            prepared_[number_at(answer, head + 1)] = being_prepared_;
        being_prepared_.clear();
    }

private:
    std::map<std::uint32_t, std::string> prepared_;
    std::string being_prepared_;
};

struct armed {
    std::string words;
    sql_trap::moment at = sql_trap::moment::request;
    int passed = 0;
    std::function<void()> spring;
};

}  // namespace

struct sql_trap::door {
    struct line;

    door(const std::string& at, std::string to) : acceptor{io, stream::endpoint{at}}, to{std::move(to)} {
        accept();
        thread = std::thread{[this] { io.run(); }};
    }
    ~door() {
        io.stop();
        thread.join();
    }
    void accept();

    /// True if the trap is at this statement; it is then no longer armed.
    bool catches(std::string_view statement, armed& caught) {
        const std::lock_guard lock{guard};
        if (!trap.spring || statement.find(trap.words) == std::string_view::npos) return false;
        if (trap.passed-- > 0) return false;
        caught = std::exchange(trap, {});
        return true;
    }

    asio::io_context io;
    stream::acceptor acceptor;
    std::string to;
    std::mutex guard;
    armed trap;
    std::thread thread;
};

/// One client and its way to the server; all runs on the door's thread.
struct sql_trap::door::line : std::enable_shared_from_this<line> {
    line(stream::socket c, stream::socket s, door& d) : client{std::move(c)}, server{std::move(s)}, trap{d} {}

    void listen_to_client() {
        client.async_read_some(asio::buffer(up), [self = shared_from_this()](auto failed, std::size_t size) {
            if (failed || !self->may_pass({self->up.data(), size})) return self->close();
            self->pass(self->server, self->up, size);
            self->listen_to_client();
        });
    }
    void listen_to_server() {
        server.async_read_some(asio::buffer(down), [self = shared_from_this()](auto failed, std::size_t size) {
            if (failed) return self->close();
            if (self->caught.spring) {
                self->caught.spring();
                return self->close();
            }
            self->known.hear({self->down.data(), size});
            self->pass(self->client, self->down, size);
            self->listen_to_server();
        });
    }
    bool may_pass(std::string_view bytes) {
        const auto statement = known.of_request(bytes);
        if (statement.empty() || !trap.catches(statement, caught)) return true;
        if (caught.at == moment::answer) return true;
        caught.spring();
        return false;
    }
    template <class Buffer>
    void pass(stream::socket& other, const Buffer& bytes, std::size_t size) {
        boost::system::error_code failed;
        asio::write(other, asio::buffer(bytes.data(), size), failed);
        if (failed) close();
    }
    void close() {
        boost::system::error_code ignored;
        client.close(ignored);
        server.close(ignored);
    }

    stream::socket client;
    stream::socket server;
    door& trap;
    statements known;
    armed caught;
    std::array<char, 1 << 16> up{};
    std::array<char, 1 << 16> down{};
};

void sql_trap::door::accept() {
    acceptor.async_accept([this](auto failed, stream::socket client) {
        if (failed) return;
        stream::socket server{io};
        server.connect(stream::endpoint{to}, failed);
        if (!failed) {
            const auto one = std::make_shared<line>(std::move(client), std::move(server), *this);
            one->listen_to_client();
            one->listen_to_server();
        }
        accept();
    });
}

sql_trap::sql_trap(std::string to)
    : socket_{dir_.file("trap.sock")}, door_{std::make_unique<door>(socket_, std::move(to))} {}

sql_trap::~sql_trap() = default;

void sql_trap::arm(std::string words, moment at, int passed, std::function<void()> spring) {
    const std::lock_guard lock{door_->guard};
    door_->trap = {std::move(words), at, passed, std::move(spring)};
}

void sql_trap::disarm() {
    const std::lock_guard lock{door_->guard};
    door_->trap = {};
}

}  // namespace dormouse::test
