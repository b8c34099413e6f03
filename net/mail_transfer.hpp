#pragma once
// One try to hand over one mail: libcurl's callbacks and what they know. Used by mail_sender alone; libcurl calls it on
// the thread of the send.

#include "base/error.hpp"
#include "net/mail_sender.hpp"
#include "net/smtp_dialogue.hpp"

#include <curl/curl.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace dormouse::net {

/// curl_easy_setopt; throws base::failure if this libcurl was built without the option.
template <class T>
void set_option(CURL* easy, CURLoption option, T value) {
    if (const auto code = curl_easy_setopt(easy, option, value); code != CURLE_OK)
        throw base::failure{base::error{base::errc::io_error, std::string{"libcurl: "} + curl_easy_strerror(code)}};
}

/// Sockets that libcurl holds for one sender, newest last. It opens and closes them through here.
class open_sockets {
public:
    /// `loopback_only` refuses every other address, whatever the name resolved to.
    explicit open_sockets(bool loopback_only) noexcept : loopback_only_{loopback_only} {}

    /// Sets CURLOPT_OPENSOCKETFUNCTION and its like; this outlives the handle's connections.
    void attach(CURL* easy);
    /// -1 if there is none.
    [[nodiscard]] int newest() const noexcept { return sockets_.empty() ? -1 : sockets_.back(); }
    [[nodiscard]] bool refused_one() const noexcept { return refused_; }
    void forget_refusal() noexcept { refused_ = false; }
    /// shutdown(2) of each, so that nothing waits for the other side any more.
    void shut(int how) noexcept;

private:
    static curl_socket_t on_open(void* self, curlsocktype purpose, curl_sockaddr* address) noexcept;
    static int on_close(void* self, curl_socket_t socket) noexcept;

    std::vector<int> sockets_;
    bool loopback_only_;
    bool refused_ = false;
};

/// What one `send` was given; outlives the transfer.
struct mail_order {
    const envelope& mail;
    const std::function<bool()>& commit;
    std::stop_token stop;
    base::deadline limit;
};

class mail_transfer {
public:
    mail_transfer(CURL* easy, const mail_order& order, const smtp_server& server, const open_sockets& sockets);
    ~mail_transfer();
    mail_transfer(const mail_transfer&) = delete;
    mail_transfer& operator=(const mail_transfer&) = delete;

    /// Longest wait until something of ours may be over, for curl_multi_poll; 1..1000 ms.
    [[nodiscard]] int patience_ms() const noexcept;
    /// The answer, once libcurl has ended with `code`.
    [[nodiscard]] mail_answer conclude(CURLcode code) const;
    /// True if nothing but a connection that had died while idle stood in the way.
    [[nodiscard]] bool was_stale() const noexcept;

private:
    static std::size_t on_read(char* to, std::size_t size, std::size_t count, void* self) noexcept;
    static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept;
    static int on_trace(CURL*, curl_infotype type, char* data, std::size_t size, void* self) noexcept;

    std::size_t end_of_body() noexcept;
    [[nodiscard]] bool body_arrived() noexcept;
    [[nodiscard]] bool commit_said_yes() noexcept;
    [[nodiscard]] bool must_end() noexcept;
    void notice_connection() noexcept;
    [[nodiscard]] base::ms phase_limit() const noexcept;
    [[nodiscard]] mail_failure failure_of(CURLcode code) const noexcept;
    bool fail(mail_failure why) noexcept;
    void touch() noexcept { phase_began_ = std::chrono::steady_clock::now(); }

    using instant = std::chrono::steady_clock::time_point;
    CURL* easy_;
    const mail_order& order_;
    const smtp_server& server_;
    const open_sockets& sockets_;
    smtp_dialogue dialogue_;
    mail_failure failure_ = mail_failure::none;  ///< Why we ended it ourselves.
    std::size_t given_ = 0;                      ///< Bytes of the message that libcurl has taken.
    std::size_t written_ = 0;                    ///< Bytes that it has written, stuffed dots among them.
    instant phase_began_ = std::chrono::steady_clock::now();
    instant committed_at_{};
    instant stop_seen_{};
    curl_slist* recipients_ = nullptr;
    char error_[CURL_ERROR_SIZE] = {};
};

}  // namespace dormouse::net
