#include "net/mail_transfer.hpp"

#include "base/redact.hpp"

#include <boost/asio/ip/address.hpp>

#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

namespace dormouse::net {

namespace {

using std::chrono::steady_clock;

constexpr long upload_buffer = 65'536;
constexpr base::ms quit_limit{1'000};

// Stuffing adds one dot to each of these lines.
std::size_t lines_with_dot(std::string_view bytes) {
    std::size_t count = bytes.starts_with('.') ? 1 : 0;
    for (auto at = bytes.find("\n."); at != std::string_view::npos; at = bytes.find("\n.", at + 2)) ++count;
    return count;
}

mail_failure failure_of_handshake(CURLcode code) noexcept {
    switch (code) {
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_ISSUER_ERROR: return mail_failure::tls_verify;
        case CURLE_USE_SSL_FAILED: return mail_failure::starttls_missing;
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_SSL_CIPHER:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_CERTPROBLEM: return mail_failure::tls;
        default: return mail_failure::none;
    }
}

bool is_loopback(const sockaddr& address) noexcept {
    namespace ip = boost::asio::ip;
    if (address.sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &address, sizeof v4);
        return ip::address_v4{ntohl(v4.sin_addr.s_addr)}.is_loopback();
    }
    sockaddr_in6 v6{};
    if (address.sa_family != AF_INET6) return false;
    std::memcpy(&v6, &address, sizeof v6);
    return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) != 0;
}

std::string printable(std::string_view text) {
    auto out = base::redact(text);
    out.resize(std::min<std::size_t>(out.size(), 500));
    std::ranges::replace_if(out, [](char c) { return c < 0x20 || c > 0x7E; }, '?');
    return out;
}

}  // namespace

mail_transfer::mail_transfer(CURL* easy, const mail_order& order, const smtp_server& server,
                             const open_sockets& sockets)
    : easy_{easy}, order_{order}, server_{server}, sockets_{sockets} {
    recipients_ = curl_slist_append(nullptr, order.mail.to.c_str());
    if (recipients_ == nullptr) throw std::bad_alloc{};
    set_option(easy, CURLOPT_MAIL_FROM, order.mail.from.c_str());
    set_option(easy, CURLOPT_MAIL_RCPT, recipients_);
    set_option(easy, CURLOPT_UPLOAD, 1L);
    set_option(easy, CURLOPT_UPLOAD_BUFFERSIZE, upload_buffer);
    // libcurl takes an upload for complete when this many bytes were written, dots and all, without asking for the end.
    // So it is more than can be written; SIZE= (RFC 1870) may be an estimate.
    const auto& bytes = order.mail.bytes;
    set_option(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(bytes.size() + lines_with_dot(bytes) + 1));
    set_option(easy, CURLOPT_READFUNCTION, &mail_transfer::on_read);
    set_option(easy, CURLOPT_READDATA, this);
    set_option(easy, CURLOPT_NOPROGRESS, 0L);
    set_option(easy, CURLOPT_XFERINFOFUNCTION, &mail_transfer::on_progress);
    set_option(easy, CURLOPT_XFERINFODATA, this);
    set_option(easy, CURLOPT_VERBOSE, 1L);
    set_option(easy, CURLOPT_DEBUGFUNCTION, &mail_transfer::on_trace);
    set_option(easy, CURLOPT_DEBUGDATA, this);
    set_option(easy, CURLOPT_ERRORBUFFER, static_cast<char*>(error_));
}

mail_transfer::~mail_transfer() {
    // The handle lives on for its connection; nothing of ours may be called from it any more.
    for (const auto option : {CURLOPT_READFUNCTION, CURLOPT_XFERINFOFUNCTION, CURLOPT_DEBUGFUNCTION})
        curl_easy_setopt(easy_, option, nullptr);
    for (const auto option : {CURLOPT_READDATA, CURLOPT_XFERINFODATA, CURLOPT_DEBUGDATA, CURLOPT_ERRORBUFFER})
        curl_easy_setopt(easy_, option, nullptr);
    curl_easy_setopt(easy_, CURLOPT_VERBOSE, 0L);
    curl_easy_setopt(easy_, CURLOPT_NOPROGRESS, 1L);
    curl_easy_setopt(easy_, CURLOPT_MAIL_RCPT, nullptr);
    curl_slist_free_all(recipients_);
}

std::size_t mail_transfer::on_read(char* to, std::size_t size, std::size_t count, void* self) noexcept {
    auto& t = *static_cast<mail_transfer*>(self);
    if (t.must_end()) return CURL_READFUNC_ABORT;
    t.touch();
    const auto& bytes = t.order_.mail.bytes;
    const auto room = size * count;
    if (const auto left = bytes.size() - t.given_; left > 0) {
        const auto piece = std::min(room, left);
        std::memcpy(to, bytes.data() + t.given_, piece);
        t.given_ += piece;
        return piece;
    }
    // Less room than the whole buffer: libcurl still holds bytes in front of it (it tops up below a thirty-second) and
    // will ask again when they are written.
    if (room < static_cast<std::size_t>(upload_buffer)) return 0;
    return t.end_of_body();
}

std::size_t mail_transfer::end_of_body() noexcept {
    if (written_ < order_.mail.bytes.size()) return fail(mail_failure::protocol), CURL_READFUNC_ABORT;
    if (!body_arrived() || must_end() || !commit_said_yes()) return CURL_READFUNC_ABORT;
    committed_at_ = steady_clock::now();
    dialogue_.committed();
    touch();
    return 0;
}

// Waits until the other side's kernel has acknowledged the body, so that a connection that is gone shows before the
// commit and leaves no doubt. No event tells of acknowledgements, so it asks again after a growing pause.
bool mail_transfer::body_arrived() noexcept {
    const bool plain = server_.tls == tls_mode::none;
    for (int pause = 0;; pause = std::min(pause * 2 + 1, 20)) {
        pollfd watched{.fd = sockets_.newest(), .events = POLLIN | POLLRDHUP, .revents = 0};
        if (poll(&watched, 1, pause) < 0 && errno != EINTR) return fail(mail_failure::lost);
        if ((watched.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0) return fail(mail_failure::lost);
        if (plain && (watched.revents & POLLIN) != 0) return fail(mail_failure::protocol);  // an answer to no question
        int unacknowledged = 0;
        if (ioctl(watched.fd, SIOCOUTQ, &unacknowledged) != 0) return fail(mail_failure::lost);
        if (unacknowledged == 0) return true;
        if (must_end()) return false;
    }
}

bool mail_transfer::commit_said_yes() noexcept {
    try {
        return order_.commit() || fail(mail_failure::commit_refused);
    } catch (...) {
        return fail(mail_failure::commit_refused);
    }
}

int mail_transfer::on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept {
    auto& t = *static_cast<mail_transfer*>(self);
    t.notice_connection();
    return t.must_end() ? 1 : 0;
}

void mail_transfer::notice_connection() noexcept {
    if (dialogue_.stage() != mail_stage::connect) return;
    curl_off_t microseconds = 0;
    const auto what = server_.tls == tls_mode::implicit ? CURLINFO_APPCONNECT_TIME_T : CURLINFO_CONNECT_TIME_T;
    if (curl_easy_getinfo(easy_, what, &microseconds) != CURLE_OK || microseconds == 0) return;
    dialogue_.connected();
    touch();
}

int mail_transfer::on_trace(CURL*, curl_infotype type, char* data, std::size_t size, void* self) noexcept {
    auto& t = *static_cast<mail_transfer*>(self);
    if (type == CURLINFO_HEADER_OUT)
        t.dialogue_.sent({data, size});
    else if (type == CURLINFO_HEADER_IN)
        t.dialogue_.received({data, size});
    else if (type == CURLINFO_DATA_OUT)
        t.written_ += size;
    else
        return 0;
    t.touch();
    return 0;
}

bool mail_transfer::fail(mail_failure why) noexcept {
    if (failure_ == mail_failure::none) failure_ = why;
    return false;
}

base::ms mail_transfer::phase_limit() const noexcept {
    const auto& l = server_.limits;
    if (dialogue_.leaving()) return quit_limit;
    switch (dialogue_.stage()) {
        case mail_stage::connect: return l.connect;
        case mail_stage::greeting: return dialogue_.greeted() ? l.command : l.greeting;
        case mail_stage::auth:
        case mail_stage::from:
        case mail_stage::rcpt: return l.command;
        case mail_stage::data: return l.data;
        case mail_stage::body: return l.block;
        case mail_stage::committed:
        case mail_stage::answered: return l.final_dot;
    }
    return l.command;
}

bool mail_transfer::must_end() noexcept {
    const auto now = steady_clock::now();
    if (now - phase_began_ >= phase_limit()) return !fail(mail_failure::timeout);
    // Behind the commit neither a stop nor the deadline may keep the dot back: that would make doubt out of nothing.
    const bool decided = dialogue_.stage() >= mail_stage::committed;
    if (order_.stop.stop_requested()) {
        if (stop_seen_ == instant{}) stop_seen_ = now;
        if (!decided || now - stop_seen_ >= server_.limits.after_stop) return !fail(mail_failure::cancelled);
    }
    if (order_.limit.is_reached() && (!decided || now - committed_at_ >= server_.limits.after_stop))
        return !fail(mail_failure::timeout);
    // libcurl goes on without AUTH when a server offers none, perhaps to the body before we are asked.
    if (dialogue_.stage() >= mail_stage::from && !decided && !server_.user.empty() && !dialogue_.reused() &&
        !dialogue_.authenticated())
        return !fail(mail_failure::auth_missing);
    return false;
}

int mail_transfer::patience_ms() const noexcept {
    const auto now = steady_clock::now();
    auto left = std::chrono::ceil<base::ms>(phase_began_ + phase_limit() - now);
    if (!order_.limit.is_never()) left = std::min(left, std::chrono::ceil<base::ms>(order_.limit.left()));
    return static_cast<int>(std::clamp(left, base::ms{1}, base::ms{1'000}).count());
}

bool mail_transfer::was_stale() const noexcept {
    if (!dialogue_.reused() || dialogue_.stage() > mail_stage::rcpt || failure_ != mail_failure::none) return false;
    return dialogue_.reply().code == 0 || dialogue_.reply().code == 421;
}

mail_failure mail_transfer::failure_of(CURLcode code) const noexcept {
    if (dialogue_.stage() == mail_stage::answered) {
        const auto answer = dialogue_.reply().code / 100;
        return answer == 2 ? mail_failure::none : answer >= 4 ? mail_failure::refused : mail_failure::protocol;
    }
    if (failure_ != mail_failure::none) return failure_;
    if (const auto handshake = failure_of_handshake(code); handshake != mail_failure::none) return handshake;
    if (dialogue_.reply().code >= 400) return mail_failure::refused;
    if (sockets_.refused_one()) return mail_failure::plain_refused;
    switch (code) {
        case CURLE_LOGIN_DENIED: return mail_failure::auth_missing;
        case CURLE_WEIRD_SERVER_REPLY: return mail_failure::protocol;
        default: return dialogue_.stage() == mail_stage::connect ? mail_failure::connect : mail_failure::lost;
    }
}

mail_answer mail_transfer::conclude(CURLcode code) const {
    mail_answer out;
    out.stage = dialogue_.stage();
    out.failure = failure_of(code);
    out.reused = dialogue_.reused();
    const auto& reply = dialogue_.reply();
    // A code above 399 was said to what failed; one below, to what went well before it.
    if (reply.code >= 400 || out.stage == mail_stage::answered) {
        out.code = reply.code;
        out.enhanced = reply.enhanced;
        out.text = printable(reply.text);
    } else {
        out.text = printable(error_[0] != '\0' ? static_cast<const char*>(error_) : curl_easy_strerror(code));
    }
    if (out.failure == mail_failure::none)
        out.sent = mail_sent::accepted;
    else if (out.stage == mail_stage::committed || (out.stage == mail_stage::answered && out.code < 400))
        out.sent = mail_sent::maybe;
    else if (out.failure == mail_failure::refused)
        out.sent = mail_sent::refused;
    if (out.ok()) out.queue_id = printable(queue_id_of(reply.text));
    return out;
}

// --- sockets --------------------------------------------------------------------------------------------------------

void open_sockets::attach(CURL* easy) {
    set_option(easy, CURLOPT_OPENSOCKETFUNCTION, &open_sockets::on_open);
    set_option(easy, CURLOPT_OPENSOCKETDATA, this);
    set_option(easy, CURLOPT_CLOSESOCKETFUNCTION, &open_sockets::on_close);
    set_option(easy, CURLOPT_CLOSESOCKETDATA, this);
}

curl_socket_t open_sockets::on_open(void* self, curlsocktype, curl_sockaddr* address) noexcept {
    auto& s = *static_cast<open_sockets*>(self);
    if (s.loopback_only_ && !is_loopback(address->addr)) {
        s.refused_ = true;
        return CURL_SOCKET_BAD;
    }
    const int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd >= 0) s.sockets_.push_back(fd);
    return fd;
}

int open_sockets::on_close(void* self, curl_socket_t socket) noexcept {
    std::erase(static_cast<open_sockets*>(self)->sockets_, socket);
    return ::close(socket);
}

void open_sockets::shut(int how) noexcept {
    for (const int fd : sockets_) ::shutdown(fd, how);
}

}  // namespace dormouse::net
