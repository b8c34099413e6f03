#pragma once
// A private SMTP server (tests/mail/smtp_server.py) on free loopback ports, scriptable at every step of the dialogue.
// It keeps each accepted mail and every byte it was sent.

#include "tests/support/process.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace dormouse::test {

/// A mail that the server answered with 250 to the final dot.
struct received_mail {
    int connection = 0;  ///< Number of the connection, from 1, over all ports.
    std::string from;
    std::vector<std::string> to;
    std::vector<std::string> options;  ///< Of MAIL FROM: SIZE=…, BODY=….
    bool tls = false;
    std::string user;     ///< Who authenticated; empty if nobody.
    std::string content;  ///< The message, dots unstuffed.
};

class smtp_server {
public:
    struct options {
        bool tls = false;  ///< STARTTLS and TLS ports; costs about 0.1 s for the certificates.
        std::string user = "dormouse";
        std::string password = "relay-password";
    };
    smtp_server();  ///< Without TLS; waits until it listens.
    explicit smtp_server(const options& o);

    /// Of "plain", "starttls_<kind>" or "tls_<kind>"; kinds as in `receiver_zoo::tls_url`.
    [[nodiscard]] std::uint16_t port(const std::string& name = "plain") const;
    /// Trust anchor of the good certificates (PEM).
    [[nodiscard]] std::string ca_file() const { return dir_.file("tls/ca.pem"); }

    /// What shall go wrong from now on, instead of what was said before: see `script.json` in the script.
    void script(const boost::json::object& wishes);

    [[nodiscard]] std::vector<received_mail> mails() const;
    /// All that came on connection `number` so far, TLS taken off; empty if there was none.
    [[nodiscard]] std::string wire(int number) const;
    [[nodiscard]] int connections() const;

    /// Ends the server at once (SIGKILL).
    void stop();

private:
    temp_dir dir_;
    std::unique_ptr<child_process> process_;
    std::map<std::string, std::uint16_t> ports_;
};

}  // namespace dormouse::test
