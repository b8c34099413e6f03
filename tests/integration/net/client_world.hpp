#pragma once
// A receiver zoo, an event loop and a client that may talk to it as if it were an untrusted target.

#include "net/http_client.hpp"
#include "tests/support/receiver_zoo.hpp"
#include "tests/support/run.hpp"

#include <boost/asio/io_context.hpp>

#include <optional>
#include <string>

namespace dormouse::net {

inline config::net_settings zoo_settings(const test::receiver_zoo& zoo) {
    config::net_settings s;
    s.allow_http = true;
    s.allow_private = {"127.0.0.0/8"};
    s.ports = zoo.ports();
    if (zoo.has_tls()) s.ca_file = zoo.ca_file();
    return s;
}

/// Limits that no healthy exchange on loopback reaches, and that a test can wait for where one is meant to pass.
inline phase_limits patient() {
    return {.resolve = base::ms{60'000},
            .connect = base::ms{60'000},
            .tls = base::ms{60'000},
            .write = base::ms{60'000},
            .first_byte = base::ms{60'000},
            .gap = base::ms{60'000},
            .total = base::ms{90'000}};
}

struct client_world {
    explicit client_world(test::receiver_zoo::options o = {}) : zoo{o}, settings{zoo_settings(zoo)} { restart(); }

    /// A new client with the current `settings`.
    void restart() { client.emplace(io.get_executor(), settings); }

    exchange send(request r) { return test::run_on(io, client->send(std::move(r), base::deadline{})); }
    exchange post(const std::string& url, std::string body = "{}") {
        return send({.url = url, .body = std::move(body), .limits = patient()});
    }
    exchange get(const std::string& path) { return post(zoo.url(path)); }

    test::receiver_zoo zoo;
    config::net_settings settings;
    boost::asio::io_context io{1};
    std::optional<http_client> client;
};

}  // namespace dormouse::net
