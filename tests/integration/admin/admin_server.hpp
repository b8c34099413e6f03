#pragma once
// The admin server on an event loop and a thread of its own, and a blocking client that says any bytes to it.

#include "admin/http_server.hpp"
#include "admin/pages.hpp"

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace dormouse::admin {

/// Serves from construction until `stop` or destruction. Throws base::failure if it cannot listen.
class admin_server {
public:
    explicit admin_server(std::string listen = "127.0.0.1:0", server_limits limits = {},
                          std::vector<route> routes = plain_routes());
    ~admin_server() { stop(); }
    admin_server(const admin_server&) = delete;
    admin_server& operator=(const admin_server&) = delete;

    /// Stops the server and waits until its event loop has nothing left to do.
    void stop();
    [[nodiscard]] bool stopped() const noexcept { return stopped_; }

    [[nodiscard]] const std::string& address() const noexcept { return address_; }
    [[nodiscard]] std::size_t connections();

    /// `/hello` answers at once; `/slow` never does.
    [[nodiscard]] static std::vector<route> plain_routes();

private:
    boost::asio::io_context io_;
    std::unique_ptr<http_server> server_;
    std::string address_;
    std::atomic<bool> stopped_{false};
    std::thread thread_;
};

/// One connection to `address` (as in admin.listen). Every call ends within 10 s or throws.
class raw_client {
public:
    explicit raw_client(const std::string& address);
    ~raw_client();
    raw_client(raw_client&&) noexcept;

    /// False if the server has closed.
    bool say(std::string_view bytes);
    /// Reads until the server closes, or `limit` passes (then nothing).
    [[nodiscard]] std::optional<std::string> read_to_end(std::chrono::milliseconds limit = std::chrono::seconds{10});
    /// Reads until what was read contains `mark`.
    [[nodiscard]] std::string read_until(std::string_view mark);

private:
    int fd_ = -1;
};

/// `GET` of `path` on a connection that is closed after the answer; the whole answer.
[[nodiscard]] std::string get(const std::string& address, const std::string& path);

}  // namespace dormouse::admin
