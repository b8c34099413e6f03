#pragma once
// TLS as a client: version 1.2 at least, chain and name always verified, sessions kept per origin so that the next
// connection resumes (spec 3-jobs B0.8).

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace dormouse::net {

/// One per client. Outlives every connection made with it; used on one event loop.
class tls_context {
public:
    /// Trusts the system's authorities and those of `ca_file` (PEM; empty = none). Throws base::failure naming the
    /// file if it cannot be read.
    explicit tls_context(const std::string& ca_file);
    ~tls_context();
    tls_context(const tls_context&) = delete;
    tls_context& operator=(const tls_context&) = delete;

    [[nodiscard]] boost::asio::ssl::context& native() noexcept { return context_; }

    /// Before the handshake: name to send and verify, and the last session of `session_key`, if there is one.
    /// `session_key` outlives the connection. False if OpenSSL refuses the name.
    [[nodiscard]] bool prepare(SSL* connection, const std::string& host,
                               const std::optional<boost::asio::ip::address>& address, const std::string& session_key);

    /// Before the connection is freed: OpenSSL drops sessions of connections that end without a TLS shutdown, and
    /// would then never resume (measured; spec 3-jobs, Facts about HTTP clients).
    static void finish(SSL* connection) noexcept;

    /// Why the certificate was refused; nothing if it was not the certificate.
    [[nodiscard]] static std::optional<std::string> verify_problem(SSL* connection);
    [[nodiscard]] static bool resumed(SSL* connection) noexcept;

private:
    struct session_deleter {
        void operator()(SSL_SESSION* s) const noexcept { SSL_SESSION_free(s); }
    };

    static int on_new_session(SSL* connection, SSL_SESSION* session);
    void keep(const std::string& key, SSL_SESSION* session);

    boost::asio::ssl::context context_;
    std::unordered_map<std::string, std::unique_ptr<SSL_SESSION, session_deleter>> sessions_;
};

}  // namespace dormouse::net
