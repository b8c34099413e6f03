#pragma once
// A private receiver zoo (tests/zoo): HTTP and TLS receivers, good, odd and hostile, on free loopback ports. The path
// of a request picks the behaviour, see tests/zoo/behaviours.py.

#include "tests/support/process.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dormouse::test {

/// One request as a receiver read it. Recorded before it is answered.
struct recorded_request {
    std::int64_t time_ms = 0;  ///< Epoch.
    std::int64_t time_us = 0;  ///< The same, for measurements.
    std::string port;          ///< "http", "tls_good", …
    int connection = 0;        ///< Number of the connection, over all ports.
    int number = 0;            ///< Number of the request on that connection, from 1.
    std::string method;
    std::string target;
    std::vector<std::pair<std::string, std::string>> headers;  ///< In order, names as sent.
    std::string body;                                          ///< The bytes, if they are UTF-8.
    bool tls_resumed = false;

    /// First value of a header, names compared without case; empty if absent.
    [[nodiscard]] std::string header(std::string_view name) const;
};

class receiver_zoo {
public:
    struct options {
        bool tls = false;  ///< Also listen with TLS; costs about 0.1 s for the certificates.
    };
    receiver_zoo();  ///< Without TLS; waits until it listens.
    explicit receiver_zoo(options o);

    /// `http://127.0.0.1:<port><path>`
    [[nodiscard]] std::string url(const std::string& path) const;
    /// `https://127.0.0.1:<port><path>` of the port "tls_<kind>": good, expired, wrong_name, self_signed, unknown_ca,
    /// 12 (TLS 1.2 only), 10 (TLS 1.0 only), reset (RST in the handshake), silent, garbage.
    [[nodiscard]] std::string tls_url(const std::string& kind, const std::string& path) const;
    /// Of "http", "reset" (RST at once), "silent" (accepts and never reads) or "tls_<kind>".
    [[nodiscard]] std::uint16_t port(const std::string& name) const;
    /// All of them, for `net.ports`.
    [[nodiscard]] std::vector<std::uint16_t> ports() const;
    [[nodiscard]] bool has_tls() const { return ports_.contains("tls_good"); }
    /// Trust anchor of the good certificates (PEM).
    [[nodiscard]] std::string ca_file() const { return dir_.file("tls/ca.pem"); }

    /// Everything received so far, in order.
    [[nodiscard]] std::vector<recorded_request> requests() const;
    /// Those whose target begins with `prefix`.
    [[nodiscard]] std::vector<recorded_request> requests(std::string_view prefix) const;
    /// Waits until at least `count` requests with that prefix have come; false when `limit` passes first.
    [[nodiscard]] bool wait_for(std::size_t count, std::string_view prefix,
                                std::chrono::milliseconds limit = std::chrono::seconds{10}) const;

    [[nodiscard]] child_process& process() { return *process_; }

private:
    temp_dir dir_;
    std::unique_ptr<child_process> process_;
    std::map<std::string, std::uint16_t> ports_;
};

}  // namespace dormouse::test
