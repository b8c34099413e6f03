#include "net/tls.hpp"

#include "base/error.hpp"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>

namespace dormouse::net {

namespace {

constexpr std::size_t max_sessions = 1024;

// Where a connection keeps the key of its session.
int key_index() {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

// Where an SSL_CTX keeps its tls_context; its "app data" belongs to Asio.
int context_index() {
    static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

}  // namespace

tls_context::tls_context(const std::string& ca_file) : context_{boost::asio::ssl::context::tls_client} {
    auto* const native = context_.native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    context_.set_default_verify_paths();
    context_.set_verify_mode(boost::asio::ssl::verify_peer);
    if (!ca_file.empty()) {
        boost::system::error_code code;
        context_.load_verify_file(ca_file, code);
        if (code)
            throw base::failure{{base::errc::invalid_argument,
                                 "net.ca_file: cannot read certificates from " + ca_file + ": " + code.message()}};
    }
    constexpr std::array<unsigned char, 9> protocols{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    SSL_CTX_set_alpn_protos(native, protocols.data(), protocols.size());
    SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_set_ex_data(native, context_index(), this);
    SSL_CTX_sess_set_new_cb(native, &tls_context::on_new_session);
}

tls_context::~tls_context() { SSL_CTX_sess_set_new_cb(context_.native_handle(), nullptr); }

bool tls_context::prepare(SSL* connection, const std::string& host,
                          const std::optional<boost::asio::ip::address>& address, const std::string& session_key) {
    auto* const rules = SSL_get0_param(connection);
    X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (address) {
        if (X509_VERIFY_PARAM_set1_ip_asc(rules, address->to_string().c_str()) != 1) return false;
    } else if (SSL_set_tlsext_host_name(connection, host.c_str()) != 1 ||
               SSL_set1_host(connection, host.c_str()) != 1) {
        return false;
    }
    SSL_set_ex_data(connection, key_index(), const_cast<std::string*>(&session_key));
    const auto found = sessions_.find(session_key);
    if (found != sessions_.end() && SSL_SESSION_is_resumable(found->second.get()) == 1)
        SSL_set_session(connection, found->second.get());
    return true;
}

void tls_context::finish(SSL* connection) noexcept {
    // A session of a handshake that failed must not be resumed, so only finished ones are marked.
    if (SSL_is_init_finished(connection) == 1) SSL_set_shutdown(connection, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

std::optional<std::string> tls_context::verify_problem(SSL* connection) {
    const auto code = SSL_get_verify_result(connection);
    if (code == X509_V_OK) return std::nullopt;
    return X509_verify_cert_error_string(code);
}

bool tls_context::resumed(SSL* connection) noexcept { return SSL_session_reused(connection) == 1; }

int tls_context::on_new_session(SSL* connection, SSL_SESSION* session) {
    auto* const self = static_cast<tls_context*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), context_index()));
    const auto* const key = static_cast<const std::string*>(SSL_get_ex_data(connection, key_index()));
    if (self == nullptr || key == nullptr) return 0;
    self->keep(*key, session);
    return 1;  // the reference is ours now
}

void tls_context::keep(const std::string& key, SSL_SESSION* session) {
    if (sessions_.size() >= max_sessions && !sessions_.contains(key)) sessions_.erase(sessions_.begin());
    sessions_[key].reset(session);
}

}  // namespace dormouse::net
