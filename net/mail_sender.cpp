#include "net/mail_sender.hpp"

#include "base/redact.hpp"
#include "net/host_name.hpp"
#include "net/mail_address.hpp"
#include "net/mail_transfer.hpp"
#include "net/message_text.hpp"

#include <boost/asio/ip/address.hpp>

#include <openssl/evp.h>
#include <sys/socket.h>

#include <fstream>
#include <mutex>
#include <utility>

namespace dormouse::net {

namespace {

using std::chrono::steady_clock;

// Ours are shorter; libcurl's must not end anything first.
constexpr long no_limit_ms = 24L * 3'600'000;

struct easy_deleter {
    void operator()(CURL* h) const noexcept { curl_easy_cleanup(h); }
};
struct multi_deleter {
    void operator()(CURLM* h) const noexcept { curl_multi_cleanup(h); }
};

base::error bad(std::string why) { return {base::errc::invalid_argument, std::move(why)}; }

// The host as it stands in a URL, an IPv6 address in brackets.
base::result<std::string> url_host(const std::string& host) {
    boost::system::error_code no_address;
    const auto address = boost::asio::ip::make_address(host, no_address);
    if (!no_address) return address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
    return canonical_host_name(host);
}

base::result<void> check_envelope(const envelope& e) {
    for (const auto* address : {&e.from, &e.to}) {
        const auto same = canonical_address(*address);
        if (!same) return same.error();
        if (*same != *address) return base::error{mail_errc::bad_address, "the address is not in canonical form"};
    }
    return check_message_bytes(e.bytes);
}

// What goes over the wire is no secret as it stands in the configuration: some relays quote the line they refuse.
void register_wire_forms(const smtp_server& s) {
    if (s.user.empty()) return;
    const auto base64 = [](const std::string& text) {
        std::string out((text.size() + 2) / 3 * 4 + 1, '\0');
        const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
        const auto size =
            EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes, static_cast<int>(text.size()));
        out.resize(static_cast<std::size_t>(size));
        return out;
    };
    const std::string nul(1, '\0');
    base::register_secret(base64(nul + s.user + nul + s.password.reveal()));  // AUTH PLAIN
    base::register_secret(base64(s.password.reveal()));                       // AUTH LOGIN
}

void initialise_curl() {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

void set_connection(CURL* easy, const smtp_server& s) {
    const auto* scheme = s.tls == tls_mode::implicit ? "smtps://" : "smtp://";
    const auto url = scheme + url_host(s.host).value() + ":" + std::to_string(s.port) + "/" + s.helo;
    set_option(easy, CURLOPT_URL, url.c_str());
    set_option(easy, CURLOPT_PROTOCOLS_STR, s.tls == tls_mode::implicit ? "smtps" : "smtp");
    set_option(easy, CURLOPT_PROXY, "");
    set_option(easy, CURLOPT_NOSIGNAL, 1L);
    set_option(easy, CURLOPT_QUICK_EXIT, 1L);  // a name server that does not answer is not waited for at the end
    set_option(easy, CURLOPT_CONNECTTIMEOUT_MS, no_limit_ms);
    set_option(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, no_limit_ms / 1'000);
    set_option(easy, CURLOPT_MAXAGE_CONN,
               static_cast<long>(std::chrono::ceil<std::chrono::seconds>(s.limits.idle).count()));
    set_option(easy, CURLOPT_MAXCONNECTS, 1L);
}

void set_security(CURL* easy, const smtp_server& s) {
    set_option(easy, CURLOPT_USE_SSL, static_cast<long>(s.tls == tls_mode::none ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    set_option(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set_option(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    set_option(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    if (!s.ca_file.empty()) set_option(easy, CURLOPT_CAINFO, s.ca_file.c_str());  // the system's stay trusted by CAPATH
    if (s.user.empty()) return;
    set_option(easy, CURLOPT_USERNAME, s.user.c_str());
    set_option(easy, CURLOPT_PASSWORD, s.password.reveal().c_str());
    set_option(easy, CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");
}

}  // namespace

base::result<void> check_server(const smtp_server& s) {
    if (const auto host = url_host(s.host); !host) return bad("host: " + host.error().detail);
    if (s.port == 0) return bad("port: must be 1 to 65535");
    if (!s.user.empty() && s.tls == tls_mode::none)
        return bad("tls: none together with a user: a password is sent within TLS only");
    if (!s.user.empty() && s.password.empty()) return bad("password: is empty, but there is a user");
    if (!s.helo.empty())
        if (const auto helo = canonical_host_name(s.helo); !helo) return bad("helo: " + helo.error().detail);
    if (!s.ca_file.empty() && std::ifstream{s.ca_file}.peek() == std::ifstream::traits_type::eof())
        return bad("ca_file: cannot read " + s.ca_file + ", or it is empty");
    if (s.limits.mails_per_connection < 1) return bad("mails_per_connection: must be at least 1");
    return {};
}

class mail_sender::impl {
public:
    explicit impl(smtp_server server)
        : server_{std::move(server)}, sockets_{server_.tls == tls_mode::none && !server_.allow_plain} {
        if (const auto checked = check_server(server_); !checked) throw base::failure{checked.error()};
        initialise_curl();
        register_wire_forms(server_);
        easy_.reset(curl_easy_init());
        multi_.reset(curl_multi_init());
        if (easy_ == nullptr || multi_ == nullptr) throw std::bad_alloc{};
        curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, 1L);
        set_connection(easy_.get(), server_);
        set_security(easy_.get(), server_);
        sockets_.attach(easy_.get());
    }

    // QUIT is written, but nobody waits for "221": reading ends at once.
    ~impl() {
        sockets_.shut(SHUT_RD);
        multi_.reset();
        easy_.reset();
    }
    impl(const impl&) = delete;
    impl& operator=(const impl&) = delete;

    mail_answer send(const mail_order& order) {
        if (const auto checked = check_envelope(order.mail); !checked)
            return {.failure = mail_failure::bad_envelope, .text = checked.error().message()};
        if (steady_clock::now() - last_used_ >= server_.limits.idle) sockets_.shut(SHUT_RDWR);
        bool stale = false;
        auto answer = transfer(order, stale);
        if (stale) answer = transfer(order, stale);
        last_used_ = steady_clock::now();
        return answer;
    }

private:
    mail_answer transfer(const mail_order& order, bool& stale) {
        sockets_.forget_refusal();
        // A retry of a stale connection finds none to use: libcurl has closed it.
        const bool last = mails_ + 1 >= server_.limits.mails_per_connection;
        set_option(easy_.get(), CURLOPT_FORBID_REUSE, last ? 1L : 0L);
        mail_transfer t{easy_.get(), order, server_, sockets_};
        const auto code = perform(t, order.stop);
        auto answer = t.conclude(code);
        stale = t.was_stale();
        mails_ = answer.ok() && !last ? mails_ + 1 : 0;
        return answer;
    }

    CURLcode perform(mail_transfer& t, const std::stop_token& stop) {
        curl_multi_add_handle(multi_.get(), easy_.get());
        CURLcode code = CURLE_OK;
        {
            const std::stop_callback wake{stop, [multi = multi_.get()] { curl_multi_wakeup(multi); }};
            for (int running = 1;;) {
                curl_multi_perform(multi_.get(), &running);
                if (running == 0) break;
                curl_multi_poll(multi_.get(), nullptr, 0, t.patience_ms(), nullptr);
            }
        }
        int more = 0;
        while (const auto* message = curl_multi_info_read(multi_.get(), &more))
            if (message->msg == CURLMSG_DONE) code = message->data.result;
        // Only after its end: a transfer that is taken out in the middle gets its final dot from libcurl 7.88.
        curl_multi_remove_handle(multi_.get(), easy_.get());
        return code;
    }

    const smtp_server server_;
    open_sockets sockets_;
    std::unique_ptr<CURL, easy_deleter> easy_;
    std::unique_ptr<CURLM, multi_deleter> multi_;
    int mails_ = 0;  ///< On the open connection.
    steady_clock::time_point last_used_ = steady_clock::now();
};

mail_sender::mail_sender(smtp_server server) : impl_{std::make_unique<impl>(std::move(server))} {}
mail_sender::~mail_sender() = default;

mail_answer mail_sender::send(const envelope& mail, const std::function<bool()>& commit, std::stop_token stop,
                              base::deadline limit) {
    return impl_->send({.mail = mail, .commit = commit, .stop = std::move(stop), .limit = limit});
}

std::string_view to_string(mail_stage s) noexcept {
    switch (s) {
        case mail_stage::connect: return "connect";
        case mail_stage::greeting: return "greeting";
        case mail_stage::auth: return "auth";
        case mail_stage::from: return "from";
        case mail_stage::rcpt: return "rcpt";
        case mail_stage::data: return "data";
        case mail_stage::body: return "body";
        case mail_stage::committed: return "committed";
        case mail_stage::answered: return "answered";
    }
    return "unknown";
}

std::string_view to_string(mail_sent s) noexcept {
    switch (s) {
        case mail_sent::not_sent: return "not_sent";
        case mail_sent::refused: return "refused";
        case mail_sent::maybe: return "maybe";
        case mail_sent::accepted: return "accepted";
    }
    return "unknown";
}

std::string_view to_string(mail_failure f) noexcept {
    switch (f) {
        case mail_failure::none: return "none";
        case mail_failure::bad_envelope: return "bad_envelope";
        case mail_failure::connect: return "connect";
        case mail_failure::tls: return "tls";
        case mail_failure::tls_verify: return "tls_verify";
        case mail_failure::starttls_missing: return "starttls_missing";
        case mail_failure::plain_refused: return "plain_refused";
        case mail_failure::auth_missing: return "auth_missing";
        case mail_failure::refused: return "refused";
        case mail_failure::protocol: return "protocol";
        case mail_failure::lost: return "lost";
        case mail_failure::timeout: return "timeout";
        case mail_failure::cancelled: return "cancelled";
        case mail_failure::commit_refused: return "commit_refused";
    }
    return "unknown";
}

}  // namespace dormouse::net
