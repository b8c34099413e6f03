#pragma once
// A relay, a sender that trusts it, and a letter.

#include "net/mail_sender.hpp"
#include "tests/support/smtp_server.hpp"

#include <gtest/gtest.h>
#include <boost/json/value.hpp>

#include <string>

namespace dormouse::net {

/// A message of `body`, with the CRLF it must end in.
inline std::string letter_of(const std::string& body = "Hello.\r\n") {
    return "From: shop@example.test\r\nTo: anna@example.org\r\nSubject: Letter\r\n\r\n" + body;
}

struct mail_world {
    explicit mail_world(test::smtp_server::options o = {}) : relay{o} {
        server.host = "127.0.0.1";
        server.tls = tls_mode::none;
        server.port = relay.port();
        if (o.tls) server.ca_file = relay.ca_file();
        commit = [this] {
            ++commits;
            return true;
        };
    }

    /// For a relay with TLS: which of its ports, and how.
    void use(tls_mode mode, const std::string& port) {
        server.tls = mode;
        server.port = relay.port(port);
    }
    void log_in(const std::string& password = "relay-password") {
        server.user = "dormouse";
        server.password = base::secret{password};
    }

    /// With a sender of its own.
    mail_answer send(const std::string& bytes = letter_of()) {
        mail_sender sender{server};
        return send_by(sender, bytes);
    }
    mail_answer send_by(mail_sender& sender, const std::string& bytes = letter_of()) {
        return sender.send({.from = "shop@example.test", .to = "anna@example.org", .bytes = bytes}, commit,
                           stop.get_token(), base::deadline::after(limit));
    }

    test::smtp_server relay;
    smtp_server server;
    std::function<bool()> commit;
    std::stop_source stop;
    std::chrono::milliseconds limit{10'000};
    int commits = 0;
};

}  // namespace dormouse::net
